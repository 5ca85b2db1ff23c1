"""Paying, cancelling, refunding."""

from __future__ import annotations

import secrets
from decimal import Decimal, InvalidOperation

from connector.sandbox.shopify import bill, carts, customers, discounts
from connector.sandbox.shopify.bill import Bill
from connector.sandbox.shopify.cart_bodies import checkout_body
from connector.sandbox.shopify.order_bodies import order_body, refund_body
from connector.sandbox.shopify.outbox import Event, Outbox
from connector.sandbox.shopify.world import Doc, Refusal, World

# Bank transfer and cash on delivery are pending here; a failed payment makes no order at all.
_STATUS = {"paid": "paid", "on-hold": "pending", "pending": "pending"}


def place(world: World, outbox: Outbox, token: str, asked: Doc) -> Doc:
    """A shopper pays, or tries to. The order's id is "" when no order came of it."""
    cart = _at_checkout(world, outbox, carts.get(world, token))
    made = bill.make(world, cart, str(asked.get("code") or ""))
    outcome = asked.get("outcome", "paid")
    if outcome == "failed":
        outbox.announce([("checkouts/update", checkout_body(world, cart))])
        return _told(world, None, made)
    if outcome not in _STATUS:
        raise Refusal(f"no such outcome: {outcome}")
    order, events = _placed(world, cart, made, {**asked, "status": _STATUS[outcome]})
    if not asked.get("quiet"):
        outbox.announce(events)
    return _told(world, order, made)


def _at_checkout(world: World, outbox: Outbox, cart: Doc) -> Doc:
    if cart["completed_at"]:
        raise Refusal("this cart has become an order")
    if not cart["items"]:
        raise Refusal("the cart is empty")
    if cart["stage"] == "checkout":
        return cart
    return carts.change(world, outbox, cart["id"], {"stage": "checkout"})


def _placed(world: World, cart: Doc, made: Bill, asked: Doc) -> tuple[Doc, list[Event]]:
    now = world.now()
    done = {**cart, "code": made.codes, "completed_at": now, "updated_at": now}
    finished: Event = ("checkouts/update", checkout_body(world, done))  # judged before its use
    world.shelf.put("cart", cart["id"], done)
    customer, events = customers.ensure(world, done)
    for one in made.used:
        discounts.use(world, one.discount, cart["email"])
    number = world.new_id("order")
    order: Doc = {
        "id": number,
        "number": world.shelf.next_id("order name", 1001),
        "token": secrets.token_hex(16),
        "cart": done,
        "customer": customer,
        "codes": [one.shown for one in made.used],
        "subtotal": str(made.goods),
        "discount": str(made.off),
        "shipping": str(made.shipping),
        "shipping_off": str(made.shipping_off),
        "total": str(made.total),
        "refunded": str(world.settings.money(Decimal(0))),
        "financial_status": asked["status"],
        "gateway": str(asked.get("gateway") or "shopify_payments"),
        "created_at": now,
        "updated_at": now,
        "cancelled_at": "",
        "paid_at": now if asked["status"] == "paid" else "",
        "fulfilled_at": "",
    }
    world.shelf.put("order", str(number), order)
    topics = ["orders/create", "orders/paid"] if asked["status"] == "paid" else ["orders/create"]
    body = order_body(world, order)
    return order, [*events, *((topic, body) for topic in topics), finished]


def _told(world: World, order: Doc | None, made: Bill) -> Doc:
    """`code_accepted` means all codes that she gave; `codes` are those that were."""
    return {
        "order": str(order["id"]) if order else "",
        "total": order["total"] if order else "",
        "currency": world.settings.currency,
        "code_accepted": bool(made.used) and not made.refusals,
        "code_reason": next(iter(made.refusals.values()), ""),
        "codes": [one.discount["code"] for one in made.used],
        "shipping": str(made.shipping - made.shipping_off),
    }


def pay(world: World, outbox: Outbox, number: str) -> Doc:
    """The money of a pending order comes, by bank transfer or at the door."""
    order = _get(world, number)
    if order["financial_status"] != "pending" or order["cancelled_at"]:
        raise Refusal("this order does not wait for money")
    return _moved_on(world, outbox, order, "paid", financial_status="paid")


def fulfill(world: World, outbox: Outbox, number: str) -> Doc:
    """The merchant sends the whole order out."""
    order = _get(world, number)
    if order["cancelled_at"] or order.get("fulfilled_at"):
        raise Refusal("there is nothing to send")
    return _moved_on(world, outbox, order, "fulfilled")


def _moved_on(world: World, outbox: Outbox, order: Doc, verb: str, **changes: str) -> Doc:
    now = world.now()
    order = {**order, **changes, f"{verb}_at": now, "updated_at": now}
    world.shelf.put("order", str(order["id"]), order)
    body = order_body(world, order)
    outbox.announce([(f"orders/{verb}", body), ("orders/updated", body)])
    return {"order": str(order["id"])}


def cancel(world: World, outbox: Outbox, number: str) -> Doc:
    """The merchant calls an order off; what was paid goes back."""
    order = _get(world, number)
    if order["cancelled_at"]:
        raise Refusal("this order is cancelled already")
    events: list[Event] = []
    if order["financial_status"] != "pending":
        order, events = _refunded(world, order, _left(order))
    else:
        order = {**order, "financial_status": "voided"}
    order = {**order, "cancelled_at": world.now(), "updated_at": world.now()}
    world.shelf.put("order", number, order)
    body = order_body(world, order)
    outbox.announce([*events, ("orders/cancelled", body), ("orders/updated", body)])
    return {"order": number}


def refund(world: World, outbox: Outbox, number: str, amount: str | None) -> Doc:
    """Money goes back: `amount`, or all that is left."""
    order = _get(world, number)
    back = _left(order) if amount is None else _amount(world, amount)
    if not 0 < back <= _left(order):
        raise Refusal(f"at most {_left(order)} can be refunded")
    order, events = _refunded(world, order, back)
    outbox.announce([*events, ("orders/updated", order_body(world, order))])
    return {"order": number, "refunded": order["refunded"]}


def _refunded(world: World, order: Doc, back: Decimal) -> tuple[Doc, list[Event]]:
    if not back:
        return order, []
    total = Decimal(order["refunded"]) + back
    status = "refunded" if total == Decimal(order["total"]) else "partially_refunded"
    order = {
        **order,
        "refunded": str(total),
        "financial_status": status,
        "updated_at": world.now(),
    }
    world.shelf.put("order", str(order["id"]), order)
    made = {"id": world.new_id("refund"), "amount": str(back), "at": world.now()}
    return order, [("refunds/create", refund_body(world, order, made))]


def _left(order: Doc) -> Decimal:
    return Decimal(order["total"]) - Decimal(order["refunded"])


def _amount(world: World, text: str) -> Decimal:
    try:
        return world.settings.money(Decimal(text))
    except InvalidOperation:
        raise Refusal(f"not an amount: {text}") from None


def _get(world: World, number: str) -> Doc:
    order = world.shelf.get("order", number)
    if order is None:
        raise Refusal("there is no such order")
    return order
