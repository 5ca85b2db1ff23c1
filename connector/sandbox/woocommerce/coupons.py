"""Coupons: made by REST, used once or more, with WooCommerce's odd ideas about dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from connector.sandbox.woocommerce.errors import RestError, invalid, missing
from connector.sandbox.woocommerce.state import State, key_of

_TYPES = ("percent", "fixed_cart", "fixed_product")
_EMAIL = re.compile(r"[!-?A-~*]+@[a-z0-9.-]+\.[a-z]+", re.IGNORECASE)
# Fields kept as they are given, with WooCommerce's defaults.
_KEPT: dict[str, Any] = {
    "description": "",
    "individual_use": False,
    "product_ids": [],
    "usage_limit": None,
    "usage_limit_per_user": None,
    "free_shipping": False,
    "exclude_sale_items": False,
    "product_categories": [],
}
_LISTS = ("product_ids", "product_categories", "email_restrictions")
_CENT = Decimal("0.01")


def create(state: State, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make a coupon; RestError as the real store words it."""
    if "code" not in given:
        raise missing("code")
    code = str(given["code"]).strip().lower()
    if not code:
        words = "The coupon code cannot be empty."
        raise RestError("woocommerce_rest_empty_coupon_code", words, 400)
    amount, least = _amount(given), _minimum(given)
    _check_lists(given)
    expires = _expiry(state, given.get("date_expires"))
    with state.lock:
        if by_code(state, code):
            words = "The coupon code already exists"
            raise RestError("woocommerce_rest_coupon_code_already_exists", words, 400)
        known = {"code": code, "amount": amount, "expires": expires, "minimum_amount": least}
        return _put_new(state, given, known)


def _put_new(state: State, given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    number = state.shelf.next_id("post", 101)
    coupon = {
        **{name: given.get(name, default) for name, default in _KEPT.items()},
        **known,
        "id": number,
        "discount_type": given.get("discount_type", "fixed_cart"),
        "created": state.stamp(),
        "uses": 0,
        "used_by": [],
        # Bad addresses are dropped without a word, even when none is left.
        "email_restrictions": [
            e for e in given.get("email_restrictions", []) if _EMAIL.fullmatch(str(e))
        ],
        "meta": [
            {"id": number * 10 + n, "key": m["key"], "value": m["value"]}
            for n, m in enumerate(given.get("meta_data", []))
        ],
    }
    return state.shelf.put("coupon", key_of(number), coupon)


def _amount(given: Mapping[str, Any]) -> str:
    kind = given.get("discount_type", "fixed_cart")
    if kind not in _TYPES:
        words = "discount_type is not one of percent, fixed_cart, and fixed_product."
        raise invalid("discount_type", words, "rest_not_in_enum")
    try:
        amount = Decimal(str(given.get("amount", "0") or "0"))
    except InvalidOperation:
        amount = Decimal(-1)
    if amount < 0 or (kind == "percent" and amount > 100):  # noqa: PLR2004
        raise RestError("coupon_invalid_amount", "Invalid discount amount.", 400)
    return str(amount.quantize(_CENT))


def _minimum(given: Mapping[str, Any]) -> str:
    try:
        return str(Decimal(str(given.get("minimum_amount", "0") or "0")).quantize(_CENT))
    except InvalidOperation:
        return str(Decimal(0).quantize(_CENT))  # what is no number counts as none


def _check_lists(given: Mapping[str, Any]) -> None:
    """Ids of goods that there are not are taken like any others."""
    for name in _LISTS:
        if not isinstance(given.get(name, []), list):
            raise invalid(name, f"{name} is not of type array.", "rest_invalid_type")


def _expiry(state: State, given: Any) -> str | None:
    """UTC second of a `date_expires`: with a zone that instant, else the shop's own time.

    Junk is 1970 in the shop's time, and no error.
    """
    if given is not None and not isinstance(given, str):
        words = "date_expires is not of type null,string."
        raise invalid("date_expires", words, "rest_invalid_type", {"param": "date_expires"})
    if not given:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        at = datetime(1970, 1, 1)  # noqa: DTZ001 - the zone follows
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(state.settings.timezone))
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def by_code(state: State, code: str) -> dict[str, Any] | None:
    """The coupon of a code in any case of letters."""
    wanted = code.strip().lower()
    return next((c for c in state.shelf.all("coupon") if c["code"] == wanted), None)


def known(state: State, code: str) -> dict[str, Any]:
    """The coupon of a code that `refusal` has nothing against."""
    coupon = by_code(state, code)
    if coupon is None:
        raise KeyError(code)
    return coupon


def refusal(state: State, code: str) -> str:
    """Why nobody may use a code now, as she reads it; "" when its time and uses are not over."""
    coupon = by_code(state, code)
    if coupon is None:
        return f'Coupon "{code}" cannot be applied because it does not exist.'
    if coupon["expires"] and coupon["expires"] <= state.stamp():
        return f'Coupon "{code}" has expired.'
    if coupon["usage_limit"] and coupon["uses"] >= coupon["usage_limit"]:
        return f'Usage limit for coupon "{code}" has been reached.'
    return ""


def discount(state: State, coupon: Mapping[str, Any], worth: Decimal) -> Decimal:
    """What a coupon takes off goods of this worth."""
    amount = Decimal(coupon["amount"])
    off = worth * amount / 100 if coupon["discount_type"] == "percent" else amount
    return min(worth, state.rounded(off))


def count_use(state: State, code: str, by: int, email: str) -> None:
    """Her order uses a coupon (+1), or is called off and gives it back (-1)."""
    coupon = by_code(state, code)
    if coupon:
        coupon["uses"] = max(0, coupon["uses"] + by)
        if by > 0:
            coupon["used_by"].append(email.lower())
        elif email.lower() in coupon["used_by"]:
            coupon["used_by"].remove(email.lower())
        state.shelf.put("coupon", key_of(coupon["id"]), coupon)


def body(state: State, coupon: Mapping[str, Any]) -> dict[str, Any]:
    """The coupon as REST shows it."""
    return {
        "id": coupon["id"],
        "code": coupon["code"],
        "amount": coupon["amount"],
        "status": "publish",
        **state.dates(created=coupon["created"], modified=coupon["created"]),
        "discount_type": coupon["discount_type"],
        **state.dates(expires=coupon["expires"]),
        **{name: coupon[name] for name in _KEPT},
        "usage_count": coupon["uses"],
        "excluded_product_ids": [],
        "limit_usage_to_x_items": None,
        "excluded_product_categories": [],
        "minimum_amount": coupon["minimum_amount"],
        "maximum_amount": "0.00",
        "email_restrictions": coupon["email_restrictions"],
        "used_by": coupon["used_by"],
        "meta_data": coupon["meta"],
        "_links": state.links("coupons", coupon["id"]),
    }
