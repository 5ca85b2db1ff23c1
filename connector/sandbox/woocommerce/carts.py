"""Carts in shoppers' sessions, and how our shop plugin tells about them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from connector.sandbox.woocommerce import basket, catalog
from connector.sandbox.woocommerce.outbox import Outbox
from connector.sandbox.woocommerce.state import State, key_of

RESTORE = "cartwright_restore"  # the word of our shop plugin that brings a cart back
REVIEW = "action.woocommerce_checkout_update_order_review"
FIELDS = (
    "email",
    "phone",
    "first_name",
    "last_name",
    "country",
    "province",
    "locale",
    "accepts_email",
    "accepts_sms",
    "stage",
    "ip",
    "customer_id",
)
_UNKNOWN: dict[str, Any] = {
    **dict.fromkeys(FIELDS, ""),
    "ip": "127.0.0.1",
    "customer_id": 0,
    "accepts_email": None,
    "accepts_sms": None,
    "stage": "checkout",
}


class Unknown(Exception):
    """No such cart, product or order; the text says which."""


def new(state: State, outbox: Outbox, given: Mapping[str, Any]) -> dict[str, Any]:
    """A shopper fills a cart."""
    return change(state, outbox, _empty(), given)


def visitor(state: State) -> dict[str, Any]:
    """Somebody looks around: a session with nothing in it, of which nobody is told."""
    cart = {**_empty(), "modified": state.stamp(), "stage": "browsing"}
    return state.shelf.put("cart", cart["id"], cart)


def _empty() -> dict[str, Any]:
    key = f"t_{secrets.token_hex(15)}"
    return {"id": key, **_UNKNOWN, "items": [], "revision": 0, "coupons": [], "order": None}


def person(cart: Mapping[str, Any]) -> dict[str, Any]:
    """What a cart knows of its shopper; one kept by an older version may know less."""
    return {name: cart.get(name, _UNKNOWN[name]) for name in FIELDS}


def get(state: State, key: str) -> dict[str, Any]:
    """A cart; Unknown if there is none."""
    cart = state.shelf.get("cart", key)
    if cart is None:
        raise Unknown(f"no cart {key}")
    return cart


def change(
    state: State, outbox: Outbox, cart: dict[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """She changes it, types an address, goes on to the checkout; the plugin tells."""
    told = {name: given[name] for name in FIELDS if name in given}
    cart.update({k: v if v is not None else _UNKNOWN[k] for k, v in told.items()})
    if "items" in given:
        cart["items"] = [_item(item) for item in given["items"] if int(item["quantity"])]
    if "coupons" in given:
        cart["coupons"] = list(given["coupons"])
    if not cart.get("link"):
        cart["link"] = secrets.token_hex(20)
        state.shelf.put("link", cart["link"], {"cart": cart["id"]})
    cart["revision"] += 1
    cart["modified"] = state.stamp()
    state.shelf.put("cart", cart["id"], cart)
    if state.plugin:
        outbox.announce("cart.updated", cart["id"])
    return cart


def _item(given: Mapping[str, Any]) -> dict[str, Any]:
    wanted = given.get("variant_id") or given.get("product_id")
    choice = catalog.choose(wanted)
    if choice is None:
        raise Unknown(f"no product {wanted}")
    return {
        "product_id": choice.product.id,
        "variation_id": choice.variation_id,
        "quantity": int(given["quantity"]),
    }


def by_link(state: State, key: str) -> dict[str, Any] | None:
    """The cart that our plugin's link restores: its key is not the session's, and says nothing."""
    found = state.shelf.get("link", key)
    return found and state.shelf.get("cart", found["cart"])


def choice_of(item: Mapping[str, Any]) -> catalog.Choice:
    """What an item of a cart is."""
    found = catalog.choose(item["variation_id"] or item["product_id"])
    if found is None:
        raise Unknown(f"no product {item['product_id']}")
    return found


def basket_of(
    state: State, cart: Mapping[str, Any], codes: Sequence[str] | None = None
) -> basket.Basket:
    """What the cart costs with `codes`, or with those that it remembers."""
    lines = []
    for item in cart["items"]:
        choice = choice_of(item)
        cost = catalog.price(state, choice.product) * item["quantity"]
        lines.append(basket.Line(choice, cost))
    return basket.make(state, lines, cart["email"], cart["coupons"] if codes is None else codes)


def body(state: State, key: str) -> dict[str, Any]:
    """The payload of the plugin's `cart.updated`, built when it is delivered."""
    cart = get(state, key)
    shopper = person(cart)
    return {
        "id": cart["id"],
        "revision": cart["revision"],
        "modified_gmt": cart["modified"],
        "stage": cart["stage"],
        "currency": state.settings.currency,
        "locale": cart["locale"].replace("-", "_"),
        "customer_id": shopper["customer_id"],
        "ip": shopper["ip"],
        "roles": _roles(state, shopper["customer_id"]),
        **{name: cart[name] for name in ("email", "phone", "first_name", "last_name", "country")},
        "state": cart["province"],
        "items": [_shown(state, item) for item in cart["items"]],
        "totals": {"total": state.money(_before_shipping(state, cart))},
        "checkout_url": _link(state, cart),
        "consent": {"email": cart["accepts_email"], "sms": cart["accepts_sms"]},
    }


def _link(state: State, cart: Mapping[str, Any]) -> str:
    """What restores the cart; "" for an empty one, and for one that is older than its link."""
    link = cart.get("link", "")
    return f"{state.home}/?{RESTORE}={link}" if link and cart["items"] else ""


def review_form(known: Mapping[str, Any]) -> str:
    """The classic checkout's form as its script posts it, urlencoded; no goods are in it."""
    typed = {
        "billing_first_name": known.get("first_name", ""),
        "billing_last_name": known.get("last_name", ""),
        "billing_company": "",
        "billing_country": known.get("country", ""),
        **dict.fromkeys(("billing_address_1", "billing_address_2"), ""),
        **dict.fromkeys(("billing_postcode", "billing_city"), ""),
        "billing_state": known.get("province", ""),
        "billing_phone": known.get("phone", ""),
        "billing_email": known.get("email", ""),
        "order_comments": "",
    }
    return urlencode(typed)


def _roles(state: State, customer_id: int) -> list[str]:
    account = state.shelf.get("customer", key_of(customer_id))
    return [account["role"]] if account else []


def _before_shipping(state: State, cart: Mapping[str, Any]) -> Decimal:
    made = basket_of(state, cart)
    return made.worth - made.off


def _shown(state: State, item: Mapping[str, Any]) -> dict[str, Any]:
    choice = choice_of(item)
    cost = catalog.price(state, choice.product)
    name = f"{choice.product.id}_{choice.variation_id}"
    return {
        "key": hashlib.sha256(name.encode()).hexdigest()[:32],
        **item,
        "name": choice.name,
        "price": state.money(cost),
        "image": catalog.image_url(state, choice.product),
        "permalink": catalog.permalink(state, choice.product),
        "line_total": float(cost * item["quantity"]),
    }
