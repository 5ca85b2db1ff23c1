"""What our shop plugin does in this shop: its status, product views, and privacy requests."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from connector import signing
from connector.sandbox.woocommerce import calls, carts, catalog
from connector.sandbox.woocommerce.auth import Guard
from connector.sandbox.woocommerce.errors import no_route
from connector.sandbox.woocommerce.outbox import Outbox, encode
from connector.sandbox.woocommerce.state import State

VERSION = "1.0.0"
PHP = "8.2.36"
_VIEWED = "cart.viewed"
_TIMEOUT_S = 20.0


def status(state: State, outbox: Outbox) -> dict[str, Any]:
    """The body of its status: what it runs on, and what may stand in its way."""
    shop = state.shop
    since = f"{state.clock.now() - timedelta(days=1):%Y-%m-%dT%H:%M:%S}"
    recent = [cart for cart in state.shelf.all("cart") if cart["modified"] >= since]
    return {
        "plugin": VERSION,
        "woocommerce": shop.version,
        "wordpress": shop.wordpress,
        "php": PHP,
        "hpos": True,
        "checkout": shop.checkout,
        "cart": shop.checkout,
        "permalinks": shop.permalinks,
        "cron": {"disabled": shop.cron_disabled, "oldest_due_s": outbox.oldest_due_s},
        "direct_push": shop.direct_push,
        "notice": shop.notice,
        "currency": state.settings.currency,
        "own_recovery_mail": shop.own_recovery_mail,
        "carts": len([cart for cart in recent if cart["revision"]]),
    }


def tell_view(state: State, outbox: Outbox, cart: dict[str, Any], product: catalog.Product) -> None:
    """Somebody looks at a product: `cart.viewed`, with its moment in the queue's argument."""
    if state.plugin:
        outbox.announce(_VIEWED, f"{cart['id']}|{product.id}|{state.stamp()}")


def view(state: State, key: str) -> dict[str, Any]:
    """The payload of `cart.viewed`: who she is by now, and what she looked at then."""
    cart_key, number, at = key.split("|")
    cart, product = carts.get(state, cart_key), catalog.product(number)
    if product is None:
        raise carts.Unknown(f"no product {number}")
    return {
        "id": cart["id"],
        "product_id": product.id,
        "name": product.name,
        "viewed_gmt": at,
        "customer_id": cart["customer_id"],
        "email": cart["email"],
        "phone": cart["phone"],
        "locale": cart["locale"].replace("-", "_"),
        "currency": state.settings.currency,
    }


def ask_privacy(state: State, kind: str, email: str) -> calls.Reply:
    """WordPress's tools "Export" and "Erase Personal Data": ask the service and say what it said.

    Signed with the secret of the webhook that tells it of carts. Unknown without one.
    """
    found = [h for h in state.shelf.all("hook") if h["topic"] == "cart.updated"]
    hook = next((h for h in found if h["status"] == "active"), None)
    if hook is None or not state.plugin:
        raise carts.Unknown("our plugin has no active webhook cart.updated to ask by")
    asked = {"kind": kind, "id": secrets.token_hex(16), "email": email, "asked_gmt": state.stamp()}
    body = encode(asked)
    given = [
        ("Content-Type", "application/json"),
        ("X-WC-Webhook-Source", f"{state.home}/"),
        ("X-WC-Webhook-Signature", signing.sign(body, hook["secret"])),
    ]
    headers = calls.by_wordpress(state, given, body)
    url = f"{hook['delivery_url'].rstrip('/')}/privacy"
    return calls.post(state.settings.routes, url, headers, body, _TIMEOUT_S)


def blueprint(state: State, outbox: Outbox, guard: Guard) -> Blueprint:
    """Its REST namespace, behind the same keys as WooCommerce's own."""
    routes = Blueprint("plugin", __name__)

    @routes.get("/wp-json/wc-cartwright/v1/status")
    def tell() -> Response:
        if not state.plugin:
            raise no_route()
        guard.check(request)
        state.calls["GET status"] += 1
        return jsonify(status(state, outbox))

    return routes
