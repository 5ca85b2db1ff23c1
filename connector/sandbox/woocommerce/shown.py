"""Carts and orders as the shop's pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connector.sandbox.woocommerce import carts, catalog
from connector.sandbox.woocommerce.state import State


def money(state: State, amount: Decimal) -> str:
    """An amount for people."""
    return f"{state.rounded(amount):,} {state.settings.currency}"


def basket(state: State, cart: Mapping[str, Any]) -> dict[str, Any]:
    """What is in the cart, what the codes take off or why they do not, and what it comes to."""
    made = carts.basket_of(state, cart)
    way = "Free" if made.is_free_of_shipping else money(state, made.shipping)
    return {
        "lines": [_line(state, item) for item in cart["items"]],
        "codes": [code for code in cart["coupons"] if code],
        "used": {one.coupon["code"]: money(state, one.off) for one in made.used},
        "refusals": made.refusals,
        "shipping": way if made.rate else "",
        "total": money(state, made.total),
    }


def ordered(state: State, order: Mapping[str, Any]) -> dict[str, Any]:
    """What was bought."""
    ways = {"free_shipping": "Free", "flat_rate": money(state, Decimal(order["shipping"]))}
    return {
        "lines": [_line(state, item) for item in order["lines"]],
        "used": {one["code"]: money(state, Decimal(one["discount"])) for one in order["coupons"]},
        "shipping": ways.get(order["shipping_method"], ""),
        "total": money(state, Decimal(order["total"])),
    }


def _line(state: State, item: Mapping[str, Any]) -> dict[str, Any]:
    choice = carts.choice_of(item)
    cost = catalog.price(state, choice.product) * item["quantity"]
    return {"name": choice.name, "quantity": item["quantity"], "total": money(state, cost)}
