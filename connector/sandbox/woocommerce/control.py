"""The hand that plays shoppers and merchant: /_sandbox/ verbs, the same for all sandbox stores."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, jsonify, request

from connector.sandbox.woocommerce import (
    carts,
    catalog,
    customers,
    history,
    orders,
    plugin,
    rest_keys,
)
from connector.sandbox.woocommerce.outbox import Outbox
from connector.sandbox.woocommerce.state import State


class Control:
    """Each verb takes and gives JSON."""

    def __init__(self, state: State, outbox: Outbox) -> None:
        self.state = state
        self.outbox = outbox

    def clock(self) -> Response:
        """Set the sandbox's time."""
        self.state.clock.set(datetime.fromisoformat(_body()["at"]))
        return jsonify({"at": self.state.clock.now().isoformat()})

    def new_cart(self) -> Response:
        """A shopper fills a cart and begins the checkout."""
        with self.state.lock:
            cart = carts.new(self.state, self.outbox, _body())
            self._checkout_opens(cart)
        return jsonify({"cart": cart["id"]})

    def change_cart(self, key: str) -> Response:
        """She changes it."""
        return self._change(key, _body())

    def empty_cart(self, key: str) -> Response:
        """She takes everything out."""
        return self._change(key, {"items": []})

    def _change(self, key: str, given: dict[str, Any]) -> Response:
        with self.state.lock:
            cart = carts.change(self.state, self.outbox, carts.get(self.state, key), given)
            self._checkout_opens(cart)
        return jsonify({"cart": key})

    def _checkout_opens(self, cart: dict[str, Any]) -> None:
        """What core tells of a checkout by itself, where it does."""
        orders.draft(self.state, self.outbox, cart)
        if self.state.shop.checkout == "classic" and cart["stage"] == "checkout":
            self.outbox.announce(carts.REVIEW, carts.review_form(cart))

    def order(self, key: str) -> Response:
        """She orders; an address may be typed at this moment. `quiet` loses the webhooks."""
        asked = _body()
        with self.state.lock:
            cart = carts.get(self.state, key)
            cart.update({name: asked[name] for name in carts.FIELDS if asked.get(name)})
            made = carts.basket_of(self.state, cart, orders.codes_of(cart, asked))
            if not (cart["email"] or cart["phone"]):
                raise carts.Unknown("nobody orders without an e-mail address or a phone number")
            order = orders.place(self.state, self.outbox, cart, asked)
        return jsonify(
            order=str(order["id"]),
            total=order["total"],
            currency=self.state.settings.currency,
            code_accepted=bool(made.used) and not made.refusals,
            code_reason=next(iter(made.refusals.values()), ""),
            codes=[coupon["code"] for coupon in order["coupons"]],
            shipping=order["shipping"],
        )

    def sign_up(self) -> Response:
        """Somebody makes an account; `role` may be a wholesaler's."""
        with self.state.lock:
            account = customers.sign_up(self.state, self.outbox, _body())
        return jsonify({"customer": str(account["id"])})

    def pay(self, key: str) -> Response:
        """The money of an order comes."""
        return self._status(key, "processing")

    def fulfill(self, key: str) -> Response:
        """The merchant sends the whole order out."""
        return self._status(key, "completed")

    def cancel(self, key: str) -> Response:
        """The merchant calls an order off."""
        return self._status(key, "cancelled")

    def status(self, key: str) -> Response:
        """The shop, a gateway or a plugin moves an order on."""
        return self._status(key, str(_body()["status"]))

    def _status(self, key: str, status: str) -> Response:
        with self.state.lock:
            order = orders.get(self.state, key)
            orders.change_status(self.state, self.outbox, order, status)
        return jsonify({"order": key, "status": status})

    def refund(self, key: str) -> Response:
        """The merchant gives money back: an amount, or all of it."""
        with self.state.lock:
            order = orders.get(self.state, key)
            order = orders.refund(self.state, self.outbox, order, _body().get("amount"))
        return jsonify({"order": key, "status": order["status"]})

    def uninstall(self) -> Response:
        """The merchant takes our keys and webhooks away; WooCommerce tells nobody."""
        rest_keys.revoke_all(self.state)
        for hook in self.state.shelf.all("hook"):
            self.state.shelf.drop("hook", f"{hook['id']:010d}")
        self.state.switch({"plugin": False})
        return jsonify({"uninstalled": True})

    def revoke(self, key: str) -> Response:
        """The merchant revokes a REST key by its number."""
        if not (key.isdecimal() and rest_keys.revoke(self.state, int(key))):
            raise carts.Unknown(f"no key {key}")
        return jsonify({"revoked": key})

    def shop(self) -> Response:
        """Change how the shop is set up: see `state.Switches` for the names."""
        self.outbox.look()
        try:
            made = self.state.switch(_body())
        except KeyError as error:
            raise carts.Unknown(f"no switch {error}") from None
        self.outbox.wake()
        return jsonify(asdict(made))

    def history(self) -> Response:
        """Fill the shop's past, telling nobody: see `history.make`."""
        return jsonify(history.make(self.state, _body()))

    def cron(self) -> Response:
        """The host's own timer calls wp-cron.php."""
        self.outbox.tick()
        return jsonify({"waiting": self.outbox.waiting})

    def privacy(self) -> Response:
        """The merchant exports or erases a person's data: `kind` and `email`."""
        asked = _body()
        reply = plugin.ask_privacy(self.state, str(asked["kind"]), str(asked["email"]))
        return jsonify(
            status=reply.status, answer=reply.body.decode(errors="replace"), why=reply.why
        )

    def shipping(self) -> Response:
        """The merchant sets what the way to a shopper costs."""
        self.state.shelf.put("rate", "shipping", {"price": str(Decimal(_body()["price"]))})
        return jsonify({"shipping": str(self.state.shipping)})

    def faults(self) -> Response:
        """Script what goes wrong next."""
        for name, value in _body().items():
            setattr(self.state.faults, name, value)
        self.outbox.wake()
        return jsonify({"faults": _body()})

    def tell(self) -> Response:
        """All that a test or a summary wants to know."""
        shelf = self.state.shelf
        return jsonify(
            carts=len(shelf.all("cart")),
            orders=[_order(order) for order in shelf.all("order")],
            codes=[_code(coupon) for coupon in shelf.all("coupon")],
            products=[self._product(choice) for choice in catalog.choices()],
            webhooks={
                **{name: self.outbox.counts[name] for name in ("sent", "accepted", "failed")},
                "waiting": self.outbox.waiting,
            },
            subscriptions=[_hook(hook) for hook in shelf.all("hook")],
            keys=[_key(key) for key in rest_keys.all_of(self.state)],
            shop=asdict(self.state.shop),
            calls=dict(self.state.calls),
        )

    def _product(self, choice: catalog.Choice) -> dict[str, Any]:
        return {
            "id": str(choice.product.id),
            "variant_id": str(choice.variation_id or choice.product.id),
            "title": choice.name,
            "price": self.state.money(catalog.price(self.state, choice.product)),
            "collections": [str(key) for key in choice.product.categories],
        }


def _order(order: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(order["id"]),
        "status": order["status"],
        "total": order["total"],
        "cart": order["cart"],
        "email": order["person"]["email"],
        "codes": [coupon["code"] for coupon in order["coupons"]],
    }


def _code(coupon: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": coupon["code"],
        "kind": _kind(coupon),
        "percent": coupon["amount"] if coupon["discount_type"] == "percent" else "0",
        "amount": "0" if coupon["discount_type"] == "percent" else coupon["amount"],
        "expires_at": coupon["expires"] and f"{coupon['expires']}Z",
        "uses": coupon["uses"],
        "limit": coupon["usage_limit"],
    }


def _kind(coupon: dict[str, Any]) -> str:
    if coupon["free_shipping"]:
        return "shipping"
    return "percent" if coupon["discount_type"] == "percent" else "fixed"


def _key(key: dict[str, Any]) -> dict[str, Any]:
    return {name: key[name] for name in ("id", "description", "permissions")}


def _hook(hook: dict[str, Any]) -> dict[str, Any]:
    return {name: hook[name] for name in ("id", "topic", "status", "failures", "delivery_url")}


def _body() -> dict[str, Any]:
    given = request.get_json(silent=True)
    return given if isinstance(given, dict) else {}


def blueprint(state: State, outbox: Outbox) -> Blueprint:
    """The verbs' routes."""
    control = Control(state, outbox)
    verbs = Blueprint("control", __name__, url_prefix="/_sandbox")
    for rule, view in (
        ("/clock", control.clock),
        ("/carts", control.new_cart),
        ("/carts/<key>", control.change_cart),
        ("/carts/<key>/empty", control.empty_cart),
        ("/carts/<key>/order", control.order),
        ("/customers", control.sign_up),
        ("/orders/<key>/pay", control.pay),
        ("/orders/<key>/fulfill", control.fulfill),
        ("/orders/<key>/cancel", control.cancel),
        ("/orders/<key>/refund", control.refund),
        ("/orders/<key>/status", control.status),
        ("/uninstall", control.uninstall),
        ("/keys/<key>/revoke", control.revoke),
        ("/shop", control.shop),
        ("/cron", control.cron),
        ("/history", control.history),
        ("/privacy", control.privacy),
        ("/shipping", control.shipping),
        ("/faults", control.faults),
    ):
        verbs.add_url_rule(rule, view.__name__, view, methods=["POST"])
    verbs.add_url_rule("/state", "tell", control.tell, methods=["GET"])
    return verbs
