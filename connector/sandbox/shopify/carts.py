"""What a shopper does before she pays."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from connector.sandbox.shopify import catalogue, customers
from connector.sandbox.shopify.cart_bodies import cart_body, checkout_body
from connector.sandbox.shopify.outbox import Event, Outbox
from connector.sandbox.shopify.world import Doc, Refusal, World

_CONTACT = ("email", "phone", "first_name", "last_name", "country", "province", "locale")
_FIELDS = frozenset({*_CONTACT, "accepts_email", "accepts_sms", "items", "stage", "code"})


def get(world: World, token: str) -> Doc:
    """A cart by its token. Refusal if there is none."""
    cart = world.shelf.get("cart", token)
    if cart is None:
        raise Refusal("there is no such cart")
    return cart


def fill(world: World, outbox: Outbox, asked: Doc) -> Doc:
    """A shopper fills a new cart, and begins a checkout unless she stops before."""
    now = world.now()
    empty: Doc = {
        "id": secrets.token_hex(16),
        "checkout_token": secrets.token_hex(16),
        "key": secrets.token_hex(16),
        "number": world.new_id("checkout"),
        **dict.fromkeys(_CONTACT, ""),
        "accepts_email": None,
        "accepts_sms": None,
        "items": [],
        "code": "",
        "stage": "cart",
        "created_at": now,
        "updated_at": now,
        "checkout_at": "",
        "completed_at": "",
    }
    cart = _changed(world, empty, {"stage": "checkout", **asked})
    events = [("carts/create", cart_body(world, cart))]
    outbox.announce([*events, *_checkout_events(world, empty, cart)])
    return cart


def change(world: World, outbox: Outbox, token: str, asked: Doc) -> Doc:
    """She changes goods, contact or consent, or goes on to the checkout."""
    old = get(world, token)
    if old["completed_at"]:
        raise Refusal("this cart has become an order")
    cart = _changed(world, old, asked)
    # carts/update is no longer sent when nothing in the cart changed (October 2026).
    moved = old["items"] != cart["items"]
    events = [("carts/update", cart_body(world, cart))] if moved else []
    outbox.announce([*events, *_checkout_events(world, old, cart)])
    return cart


def _changed(world: World, old: Doc, asked: Doc) -> Doc:
    if unknown := asked.keys() - _FIELDS:
        raise Refusal(f"no such field: {', '.join(sorted(unknown))}")
    given = {name: value for name, value in asked.items() if name in _CONTACT or name == "code"}
    cart = {**old, **{name: str(value or "") for name, value in given.items()}}
    cart |= {name: asked[name] for name in ("accepts_email", "accepts_sms") if name in asked}
    if "items" in asked:
        cart["items"] = _items(asked["items"])
    cart["updated_at"] = world.now()
    if asked.get("stage", cart["stage"]) == "checkout":
        cart["stage"], cart["checkout_at"] = "checkout", cart["checkout_at"] or world.now()
    return world.shelf.put("cart", cart["id"], cart)


def _items(asked: Iterable[Doc]) -> list[Doc]:
    found = []
    for item in asked:
        product = catalogue.find(item.get("variant_id") or item.get("product_id") or "")
        quantity = int(item.get("quantity", 1))
        if not 0 < quantity < 1000:  # noqa: PLR2004 - more than any shelf holds
            raise Refusal("the quantity must be 1 to 999")
        found.append({"variant_id": product.variant_id, "quantity": quantity})
    return found


def _checkout_events(world: World, old: Doc, cart: Doc) -> list[Event]:
    if cart["stage"] != "checkout":
        return []
    heard = customers.hear(world, cart)
    topic = "checkouts/update" if old["stage"] == "checkout" else "checkouts/create"
    return [(topic, checkout_body(world, cart)), *heard]


def link(world: World, outbox: Outbox, token: str, items: list[Doc], code: str) -> Doc:
    """A cart link was followed: the goods of the link, with what the browser knows of her.

    `token` is the cart that the browser had; an open one is refilled, else there is a new one.
    """
    had = world.shelf.get("cart", token) if token else None
    if had and not had["completed_at"]:
        return change(world, outbox, token, {"items": items, "code": code, "stage": "checkout"})
    remembered = {name: had[name] for name in _CONTACT} if had else {}
    return fill(world, outbox, {**remembered, "items": items, "code": code})
