"""Orders: placed from carts, paid, refused, called off, refunded; and what is sent about each."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connector.sandbox.woocommerce import carts, catalog, coupons
from connector.sandbox.woocommerce.basket import Basket, Used
from connector.sandbox.woocommerce.outbox import Outbox
from connector.sandbox.woocommerce.state import State, key_of

OUTCOMES = {
    "paid": "processing",
    "on-hold": "on-hold",
    "pending": "pending",
    "failed": "failed",
}
_DRAFT = "checkout-draft"
OPEN = {_DRAFT, "failed"}  # the cart is not ordered yet
_UNPAID = {*OPEN, "pending", "cancelled"}
_GATEWAYS = {"paid": "stripe", "on-hold": "bacs", "pending": "paypal", "failed": "stripe"}
_PAID = {"processing", "completed"}
_USES_COUPON = {"pending", "processing", "on-hold", "completed"}
_TAKES_STOCK = {"processing", "on-hold", "completed"}


def get(state: State, number: object) -> dict[str, Any]:
    """An order; Unknown if there is none."""
    text = str(number)
    order = state.shelf.get("order", key_of(int(text))) if text.isdecimal() else None
    if order is None:
        raise carts.Unknown(f"no order {text}")
    return order


def index(state: State) -> list[dict[str, Any]]:
    """Of each order what lists are made by, in the order of their ids."""
    found: list[dict[str, Any]] = state.drawn("order", _drawn)
    return found


def _drawn(order: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: order[name] for name in ("id", "status", "created", "modified")}
    return {**known, "customer": order["person"].get("customer_id", 0)}


def place(
    state: State, outbox: Outbox, cart: dict[str, Any], asked: Mapping[str, Any]
) -> dict[str, Any]:
    """A shopper presses "Place order"; after a failed payment the same order is used again."""
    again = _open_order(state, cart)
    order = again or _new(state)
    was_draft = order["status"] == _DRAFT
    outcome = str(asked.get("outcome") or "paid")
    order.update(_content(state, cart, carts.basket_of(state, cart, codes_of(cart, asked))))
    order["gateway"] = asked.get("gateway") or _GATEWAYS[outcome]
    cart["order"] = order["id"]
    state.shelf.put("cart", cart["id"], cart)
    _set_status(state, order, OUTCOMES[outcome])
    if not asked.get("quiet"):
        _tell_placed(state, outbox, order, new=was_draft)
    return order


def draft(state: State, outbox: Outbox, cart: dict[str, Any]) -> None:
    """The checkout is open: older versions keep an order of it, and tell of it as "updated"."""
    if not state.keeps_drafts or cart["stage"] != "checkout" or not cart["items"]:
        return
    order = _open_order(state, cart) or _new(state)
    order.update(_content(state, cart, carts.basket_of(state, cart)))
    order["gateway"] = order.get("gateway", "")
    cart["order"] = order["id"]
    state.shelf.put("cart", cart["id"], cart)
    _set_status(state, order, order["status"])
    outbox.announce("order.updated", str(order["id"]))


def codes_of(cart: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """The codes that she gives with her order (commas between), or that the cart remembers."""
    given = str(asked.get("code") or "")
    return given.split(",") if given else list(cart["coupons"])


def _open_order(state: State, cart: Mapping[str, Any]) -> dict[str, Any] | None:
    """The cart's order that is used again: a draft, or one whose payment failed."""
    return get(state, cart["order"]) if cart["order"] and is_open(state, cart) else None


def is_open(state: State, cart: Mapping[str, Any]) -> bool:
    """True until the cart is ordered; a draft or a failed payment leaves it open."""
    return not cart["order"] or get(state, cart["order"])["status"] in OPEN


def is_placed(state: State, cart: Mapping[str, Any]) -> bool:
    """True when nothing is left to pay: our plugin's links restore such a cart no more."""
    return bool(cart["order"]) and get(state, cart["order"])["status"] not in _UNPAID


def _new(state: State) -> dict[str, Any]:
    return {
        "id": state.shelf.next_id("post", 101),
        "key": f"wc_order_{secrets.token_urlsafe(10)}",
        "created": state.stamp(),
        "paid": None,
        "completed": None,
        "status": _DRAFT,
        "via": "checkout" if state.shop.checkout == "classic" else "store-api",
        "uses": [],  # the codes whose use it has counted
        "in_stock": True,  # nothing taken yet
        "refunds": [],
    }


def _content(state: State, cart: Mapping[str, Any], basket: Basket) -> dict[str, Any]:
    return {
        "cart": cart["id"],
        "person": carts.person(cart),
        "lines": [
            {**item, "subtotal": str(line.cost), "total": str(line.cost - off)}
            for item, line, off in zip(cart["items"], basket.lines, basket.offs, strict=True)
        ],
        "subtotal": state.money(basket.worth),
        "discount": state.money(basket.off),
        "shipping": state.money(basket.shipping),
        "shipping_method": _method(basket),
        "total": state.money(basket.total),
        "coupons": [_kept(state, one) for one in basket.used],
    }


def _method(basket: Basket) -> str:
    """The shipping method; none in a shop that has set no rate."""
    if not basket.rate:
        return ""
    return "free_shipping" if basket.is_free_of_shipping else "flat_rate"


def _kept(state: State, used: Used) -> dict[str, Any]:
    names = ("code", "amount", "discount_type", "free_shipping")
    return {**{name: used.coupon[name] for name in names}, "discount": state.money(used.off)}


def _set_status(state: State, order: dict[str, Any], status: str) -> None:
    order["status"], order["modified"] = status, state.stamp()
    if status in _PAID and order["gateway"] != "cod":
        order["paid"] = order["paid"] or state.stamp()
    if status == "completed":
        order["completed"] = state.stamp()
    _count_coupons(state, order)
    state.shelf.put("order", key_of(order["id"]), order)


def _count_coupons(state: State, order: dict[str, Any]) -> None:
    """An order that is called off or fails gives its coupons' uses back."""
    counts = order["status"] in _USES_COUPON
    wanted = [coupon["code"] for coupon in order["coupons"]] if counts else []
    for codes, others, by in ((order["uses"], wanted, -1), (wanted, order["uses"], 1)):
        for code in codes:
            if code not in others:
                coupons.count_use(state, code, by, order["person"]["email"])
    order["uses"] = wanted


def _tell_placed(state: State, outbox: Outbox, order: dict[str, Any], *, new: bool) -> None:
    """Block checkout saves first: `order.updated` comes before `order.created`."""
    topics = ["order.updated", *(["order.created"] if new else [])]
    for topic in sorted(topics) if order.get("via") == "checkout" else topics:
        outbox.announce(topic, str(order["id"]))
    _take_stock(state, outbox, order)


def _take_stock(state: State, outbox: Outbox, order: dict[str, Any]) -> None:
    if order["status"] not in _TAKES_STOCK or not order["in_stock"]:
        return
    order["in_stock"] = False
    state.shelf.put("order", key_of(order["id"]), order)
    for line in order["lines"]:
        catalog.take_from_stock(state, line["product_id"], line["quantity"])
        outbox.announce("product.updated", str(line["product_id"]))


def change_status(
    state: State, outbox: Outbox, order: dict[str, Any], status: str
) -> dict[str, Any]:
    """The shop, a gateway or the merchant moves an order on; the trash tells "deleted"."""
    _set_status(state, order, status)
    topic = "order.deleted" if status == "trash" else "order.updated"
    outbox.announce(topic, str(order["id"]))
    _take_stock(state, outbox, order)
    return order


def refund(
    state: State, outbox: Outbox, order: dict[str, Any], amount: str | None
) -> dict[str, Any]:
    """Give money back; all of it (None) makes the order `refunded`."""
    back = sum((Decimal(r["total"]) for r in order["refunds"]), Decimal(0))  # negative
    left = Decimal(order["total"]) + back
    given = min(left, Decimal(amount)) if amount is not None else left
    number = state.shelf.next_id("post", 101)
    entry = {"id": number, "reason": "", "total": f"-{state.money(given)}"}
    order["refunds"].append(entry)
    status = "refunded" if given == left else order["status"]
    return change_status(state, outbox, order, status)
