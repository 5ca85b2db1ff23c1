"""REST v3, as far as it is used, and v2's customer: the routes, and the calls about webhooks."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, jsonify, request

from connector.sandbox.woocommerce import hooks, lists, outbox
from connector.sandbox.woocommerce.auth import Guard, last_values
from connector.sandbox.woocommerce.errors import RestError, no_route, no_such
from connector.sandbox.woocommerce.rest_coupons import CouponCalls
from connector.sandbox.woocommerce.rest_orders import PastCalls
from connector.sandbox.woocommerce.rest_shop import ShopCalls
from connector.sandbox.woocommerce.state import State, key_of

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_EDIT = "PUT POST PATCH"  # WordPress's EDITABLE


class HookCalls:
    """The calls below /webhooks; each gives JSON or raises RestError."""

    def __init__(self, state: State) -> None:
        self.state = state

    def list_hooks(self) -> Response:
        """Webhooks, all or of a status, without their secrets."""
        status = last_values(request).get("status", "all")
        found = [one for one in self.state.shelf.all("hook") if status in {"all", one["status"]}]
        return lists.paged(lists.ordered(found), lambda hook: hooks.body(self.state, hook))

    def new_hook(self) -> Response:
        """Save a webhook, then say hello to its receiver, within the call."""
        hook = hooks.create(self.state, request.get_json(silent=True) or {})
        outbox.ping(self.state, hook["delivery_url"], hook["id"])
        return _created(hooks.body(self.state, hook))

    def one_hook(self, key: str) -> Response:
        """Look at, change or delete a webhook; there is no trash for them."""
        hook = self.state.shelf.get("hook", key_of(int(key))) if key.isdecimal() else None
        if hook is None:
            raise no_such("shop_webhook")
        if request.method in {"PUT", "POST", "PATCH"}:
            hook = hooks.update(self.state, hook, request.get_json(silent=True) or {})
        if request.method == "DELETE":
            if last_values(request).get("force") not in {"true", "1"}:
                words = "Webhooks do not support trashing."
                raise RestError("woocommerce_rest_trash_not_supported", words, 501)
            self.state.shelf.drop("hook", key_of(hook["id"]))
        return lists.answer(hooks.body(self.state, hook))


def _created(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.status_code = 201
    answer.headers["Location"] = body["_links"]["self"][0]["href"]
    return answer


def blueprint(state: State, guard: Guard) -> Blueprint:
    """The routes, behind scripted faults and the check of keys."""
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
        time.sleep(state.faults.take_seconds("hang_s"))
        return answer

    _add_routes(wc, state)
    return wc


def _add_routes(wc: Blueprint, state: State) -> None:
    told, codes, past, shop = (
        HookCalls(state),
        CouponCalls(state),
        PastCalls(state),
        ShopCalls(state),
    )
    for rule, method, view in (
        ("/orders", "GET", past.list_orders),
        ("/orders/<key>", "GET", past.one_order),
        ("/customers", "GET", past.list_customers),
        ("/customers/<key>", "GET", past.one_customer),
        ("/coupons", "GET", codes.list_coupons),
        ("/coupons", "POST", codes.new_coupon),
        ("/coupons/batch", _EDIT, codes.batch),
        ("/coupons/<key>", f"GET DELETE {_EDIT}", codes.one_coupon),
        ("/products", "GET", shop.list_products),
        ("/products/categories", "GET", shop.list_categories),
        ("/products/<key>", "GET", shop.one_product),
        ("/webhooks", "GET", told.list_hooks),
        ("/webhooks", "POST", told.new_hook),
        ("/webhooks/<key>", f"GET DELETE {_EDIT}", told.one_hook),
        ("/settings/<group>", "GET", shop.list_settings),
        ("/settings/<group>/<name>", "GET", shop.one_setting),
        ("/system_status", "GET", shop.system_status),
        ("/<path:_>", " ".join(_METHODS), _nowhere),
    ):
        name = f"{view.__name__}_{method.replace(' ', '_')}"
        wc.add_url_rule(f"/v3{rule}", name, view, methods=method.split())
    wc.add_url_rule("/v2/customers", "older_customers", past.older_customers)
    wc.add_url_rule("/v2/customers/<key>", "older_customer", past.older_customer)


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
