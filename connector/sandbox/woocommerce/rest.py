"""REST v3, as far as it is used: orders, coupons, products, webhooks, settings; v2's customer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, request

from connector.sandbox.woocommerce import (
    catalog,
    coupons,
    customers,
    hooks,
    order_body,
    orders,
    outbox,
    product_body,
)
from connector.sandbox.woocommerce.auth import Guard, last_values
from connector.sandbox.woocommerce.carts import Unknown
from connector.sandbox.woocommerce.errors import RestError, invalid, no_route, no_such
from connector.sandbox.woocommerce.state import State, key_of

_METHODS = ["GET", "POST", "PUT", "DELETE"]


class Rest:
    """The calls below /wp-json/wc/v3; each gives JSON or raises RestError."""

    def __init__(self, state: State) -> None:
        self.state = state

    def list_orders(self) -> Response:
        """Orders by status and modification time."""
        query = last_values(request)
        found = [o for o in self.state.shelf.all("order") if _has_status(o, query)]
        if "customer" in query:
            buyer = _number(query, "customer", 0)
            found = [o for o in found if o["person"].get("customer_id", 0) == buyer]
        if "modified_after" in query:
            after = self._gmt(query["modified_after"], query.get("dates_are_gmt", ""))
            found = [order for order in found if order["modified"] > after]
        by = "modified" if query.get("orderby") == "modified" else "created"
        latest_first = query.get("order", "desc") == "desc"
        found.sort(key=lambda order: (order[by], order["id"]), reverse=latest_first)
        return self._page(found, lambda order: order_body.body(self.state, order))

    def _gmt(self, text: str, are_gmt: str) -> str:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            local = ZoneInfo(self.state.settings.timezone)
            at = at.replace(tzinfo=UTC if are_gmt in {"true", "1"} else local)
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def one_order(self, key: str) -> Response:
        """One order."""
        try:
            return jsonify(order_body.body(self.state, orders.get(self.state, key)))
        except Unknown:
            raise no_such("shop_order") from None

    def list_coupons(self) -> Response:
        """Coupons, or the one of a code."""
        code = last_values(request).get("code", "").lower()
        found = [c for c in self.state.shelf.all("coupon") if code in {"", c["code"]}]
        return self._page(found, lambda coupon: coupons.body(self.state, coupon))

    def new_coupon(self) -> Response:
        """Make a coupon."""
        made = coupons.create(self.state, request.get_json(silent=True) or {})
        return _created(coupons.body(self.state, made))

    def one_coupon(self, key: str) -> Response:
        """Look at one coupon, or delete it for good."""
        coupon = self._stored("coupon", key, "shop_coupon")
        if request.method == "DELETE":
            self.state.shelf.drop("coupon", key_of(coupon["id"]))
        return jsonify(coupons.body(self.state, coupon))

    def list_products(self) -> Response:
        """Products, or those of `include` (text with commas)."""
        wanted = [i for i in last_values(request).get("include", "").split(",") if i]
        found = [p for p in catalog.CATALOG if not wanted or str(p.id) in wanted]
        return self._page(found, lambda product: product_body.body(self.state, product))

    def list_categories(self) -> Response:
        """Categories of products, or those of `include` (text with commas)."""
        wanted = [i for i in last_values(request).get("include", "").split(",") if i]
        found = [key for key in catalog.CATEGORIES if not wanted or str(key) in wanted]
        return self._page(found, product_body.category)

    def one_product(self, key: str) -> Response:
        """One product."""
        product = catalog.product(key)
        if product is None:
            raise no_such("product")
        return jsonify(product_body.body(self.state, product))

    def list_hooks(self) -> Response:
        """All webhooks, without their secrets."""
        found = self.state.shelf.all("hook")
        return self._page(found, lambda hook: hooks.body(self.state, hook))

    def new_hook(self) -> Response:
        """Save a webhook, then say hello to its receiver, within the call."""
        hook = hooks.create(self.state, request.get_json(silent=True) or {})
        outbox.ping(self.state, hook["delivery_url"], hook["id"])
        return _created(hooks.body(self.state, hook))

    def one_hook(self, key: str) -> Response:
        """Look at, change or delete a webhook; there is no trash for them."""
        hook = self._stored("hook", key, "shop_webhook")
        if request.method == "PUT":
            hook = hooks.update(self.state, hook, request.get_json(silent=True) or {})
        if request.method == "DELETE":
            if last_values(request).get("force") not in {"true", "1"}:
                words = "Webhooks do not support trashing."
                raise RestError("woocommerce_rest_trash_not_supported", words, 501)
            self.state.shelf.drop("hook", key_of(hook["id"]))
        return jsonify(hooks.body(self.state, hook))

    def older_customer(self, key: str) -> Response:
        """REST v2's customer, who also has what she bought."""
        try:
            return jsonify(customers.older_body(self.state, key))
        except (Unknown, ValueError):
            words = "Invalid user ID."
            raise RestError("wc_user_invalid_id", words, 404) from None

    def one_setting(self, name: str) -> Response:
        """A general setting."""
        known = {
            "woocommerce_currency": self.state.settings.currency,
            "woocommerce_default_country": self.state.settings.country,
            "woocommerce_price_num_decimals": str(self.state.settings.decimals),
        }
        if name not in known:
            raise RestError("rest_setting_setting_invalid", "Invalid setting.", 404)
        return jsonify({"id": name, "group_id": "general", "value": known[name]})

    def _stored(self, kind: str, key: str, named: str) -> dict[str, Any]:
        found = self.state.shelf.get(kind, key_of(int(key))) if key.isdecimal() else None
        if found is None:
            raise no_such(named)
        return found

    def _page(self, found: Sequence[Any], shown: Callable[[Any], dict[str, Any]]) -> Response:
        """One page of a list; the totals stand in headers."""
        query = last_values(request)
        size, page = _number(query, "per_page", 10), _number(query, "page", 1)
        if not 1 <= size <= 100:  # noqa: PLR2004
            words = "per_page must be between 1 (inclusive) and 100 (inclusive)"
            raise invalid("per_page", words, "rest_out_of_bounds")
        part = found[(page - 1) * size : page * size]
        answer = jsonify([shown(item) for item in part])
        answer.headers["X-WP-Total"] = str(len(found))
        answer.headers["X-WP-TotalPages"] = str(ceil(len(found) / size))
        return answer


def _has_status(order: dict[str, Any], query: dict[str, str]) -> bool:
    wanted = query.get("status", "any").split(",")
    return order["status"] in wanted or ("any" in wanted and order["status"] != "trash")


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise invalid(name, f"{name} is not of type integer.", "rest_invalid_type")
    return int(text)


def _created(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.status_code = 201
    answer.headers["Location"] = body["_links"]["self"][0]["href"]
    return answer


def blueprint(state: State, guard: Guard) -> Blueprint:
    """The routes, behind scripted faults and the check of keys."""
    rest = Rest(state)
    wc = Blueprint("rest", __name__, url_prefix="/wp-json/wc")

    @wc.before_request
    def let_in() -> Response | None:
        state.calls[_operation()] += 1
        fault = _fault(state)
        if fault is None:
            guard.check(request)
        return fault

    @wc.after_request
    def hang(answer: Response) -> Response:
        time.sleep(state.faults.take_hang())
        return answer

    _add_routes(wc, rest)
    return wc


def _add_routes(wc: Blueprint, rest: Rest) -> None:
    for rule, method, view in (
        ("/orders", "GET", rest.list_orders),
        ("/orders/<key>", "GET", rest.one_order),
        ("/coupons", "GET", rest.list_coupons),
        ("/coupons", "POST", rest.new_coupon),
        ("/coupons/<key>", "GET DELETE", rest.one_coupon),
        ("/products", "GET", rest.list_products),
        ("/products/categories", "GET", rest.list_categories),
        ("/products/<key>", "GET", rest.one_product),
        ("/webhooks", "GET", rest.list_hooks),
        ("/webhooks", "POST", rest.new_hook),
        ("/webhooks/<key>", "GET PUT DELETE", rest.one_hook),
        ("/settings/general/<name>", "GET", rest.one_setting),
        ("/<path:_>", " ".join(_METHODS), _nowhere),
    ):
        name = f"{view.__name__}_{method.replace(' ', '_')}"
        wc.add_url_rule(f"/v3{rule}", name, view, methods=method.split())
    wc.add_url_rule("/v2/customers/<key>", "older_customer", rest.older_customer)


def _nowhere(_: str) -> Response:
    raise no_route()


def _operation() -> str:
    """How calls are counted: "GET orders", "POST coupons"."""
    return f"{request.method} {request.path.split('/')[4]}"


def _fault(state: State) -> Response | None:
    """A scripted failure: a host's page, PHP's last words, or a refusal."""
    if state.faults.take("throttle"):
        page = "<html><title>429 Too Many Requests</title></html>"
        return Response(page, 429, {"Retry-After": "1"}, mimetype="text/html")
    if state.faults.take("fail_5xx"):
        words = "<p>There has been a critical error on this website.</p>"
        raise RestError("internal_server_error", words, 500)
    refused = state.faults.take_user_error() if request.method == "POST" else None
    if refused is not None:
        raise RestError("woocommerce_rest_invalid_coupon", refused, 400)
    return None
