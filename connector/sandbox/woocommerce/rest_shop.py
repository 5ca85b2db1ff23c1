"""REST v3 about the shop itself: goods, settings, and what it runs on."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from flask import Response, jsonify, request

from connector.sandbox.woocommerce import catalog, lists, plugin, product_body
from connector.sandbox.woocommerce.auth import last_values
from connector.sandbox.woocommerce.errors import RestError, no_such
from connector.sandbox.woocommerce.state import State


class ShopCalls:
    """The calls below /products, /settings and /system_status."""

    def __init__(self, state: State) -> None:
        self.state = state

    def list_products(self) -> Response:
        """Products, or those of `include` (text with commas)."""
        ids = lists.wanted_ids(last_values(request))
        found = [p for p in catalog.CATALOG if not ids or str(p.id) in ids]
        return lists.paged(found, lambda product: product_body.body(self.state, product))

    def list_categories(self) -> Response:
        """Categories of products, or those of `include` (text with commas)."""
        ids = lists.wanted_ids(last_values(request))
        found = [key for key in catalog.CATEGORIES if not ids or str(key) in ids]
        return lists.paged(found, product_body.category)

    def one_product(self, key: str) -> Response:
        """One product."""
        product = catalog.product(key)
        if product is None:
            raise no_such("product")
        return lists.answer(product_body.body(self.state, product))

    def list_settings(self, group: str) -> Response:
        """The settings of a group."""
        return jsonify([_setting(group, *pair) for pair in self._settings(group).items()])

    def one_setting(self, group: str, name: str) -> Response:
        """A setting."""
        known = self._settings(group)
        if name not in known:
            raise RestError("rest_setting_setting_invalid", "Invalid setting.", 404)
        return lists.answer(_setting(group, name, known[name]))

    def _settings(self, group: str) -> dict[str, str]:
        settings = self.state.settings
        known = {
            "general": {
                "woocommerce_currency": settings.currency,
                "woocommerce_default_country": settings.country,
                "woocommerce_price_num_decimals": str(settings.decimals),
            },
            "products": {
                "woocommerce_manage_stock": "yes",
                "woocommerce_hold_stock_minutes": "60",
            },
            "account": {"woocommerce_enable_guest_checkout": "yes"},
        }
        if group not in known:
            words = "Invalid setting group."
            raise RestError("rest_setting_setting_group_invalid", words, 404)
        return known[group]

    def system_status(self) -> Response:
        """What the shop runs on, as far as it is asked for: `_fields=environment`."""
        shop = self.state.shop
        active = [{"plugin": "cartwright/cartwright.php", "version": plugin.VERSION}]
        return lists.answer(
            {
                "environment": {
                    "home_url": self.state.home,
                    "site_url": self.state.home,
                    "store_id": str(uuid5(NAMESPACE_URL, self.state.settings.consumer_key)),
                    "version": shop.version,
                    "wp_version": shop.wordpress,
                    "wp_multisite": False,
                    "wp_debug_mode": False,
                    "wp_cron": not shop.cron_disabled,
                    "language": "en_US",
                    "server_info": "nginx/1.22.1",
                    "php_version": plugin.PHP,
                    "default_timezone": "UTC",
                },
                "active_plugins": active if shop.plugin else [],
                "settings": {"currency": self.state.settings.currency, "HPOS_enabled": True},
            }
        )


def _setting(group: str, name: str, value: str) -> dict[str, Any]:
    return {"id": name, "group_id": group, "value": value}
