"""Coupons: made by REST, used once or more, with WooCommerce's odd ideas about dates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from connector.sandbox.woocommerce.errors import RestError, invalid, missing, no_such
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
    with state.lock:
        number = state.shelf.next_id("post", 101)
        fresh = {
            **_KEPT,
            "id": number,
            "status": "publish",
            "discount_type": "fixed_cart",
            "amount": "0.00",
            "minimum_amount": "0.00",
            "expires": None,
            "email_restrictions": [],
            "created": state.stamp(),
            "uses": 0,
            "used_by": [],
            "meta": [],
        }
        return update(state, fresh, given)


def update(state: State, coupon: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Write what is given into a coupon; RestError leaves it as it was."""
    _check_lists(given)
    changes = {name: given[name] for name in (*_KEPT, "discount_type", "status") if name in given}
    merged = {**coupon, **changes}
    merged["amount"] = _amount({"amount": coupon["amount"], **merged, **given})
    if "minimum_amount" in given:
        merged["minimum_amount"] = _minimum(given)
    if "date_expires" in given:
        merged["expires"] = _expiry(state, given["date_expires"])
    if "email_restrictions" in given:
        merged["email_restrictions"] = _addresses(given["email_restrictions"])
    if "meta_data" in given:
        merged["meta"] = _meta(coupon, given["meta_data"])
    with state.lock:
        merged["code"] = _free_code(state, coupon, given)
        merged["modified"] = state.stamp()
        return state.shelf.put("coupon", key_of(coupon["id"]), merged)


def _free_code(state: State, coupon: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    code = str(given.get("code", coupon.get("code", ""))).strip().lower()
    if not code:
        words = "The coupon code cannot be empty."
        raise RestError("woocommerce_rest_empty_coupon_code", words, 400)
    taken = by_code(state, code)
    if taken and taken["id"] != coupon["id"]:
        words = "The coupon code already exists"
        raise RestError("woocommerce_rest_coupon_code_already_exists", words, 400)
    return code


def _addresses(given: Sequence[Any]) -> list[str] | dict[str, str]:
    """Bad ones are dropped without a word, even when none is left.

    PHP keeps the others' places: with a gap between them JSON shows an object.
    """
    kept = {n: str(e).lower() for n, e in enumerate(given) if _EMAIL.fullmatch(str(e))}
    if list(kept) == list(range(len(kept))):
        return list(kept.values())
    return {str(n): email for n, email in kept.items()}


def addresses(coupon: Mapping[str, Any]) -> list[str]:
    """Whom a coupon is for; nobody named: everybody."""
    allowed = coupon["email_restrictions"]
    return list(allowed.values() if isinstance(allowed, dict) else allowed)


def _meta(coupon: Mapping[str, Any], given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    named = {m["key"] for m in given}
    kept = [m for m in coupon["meta"] if m["key"] not in named]
    first = coupon["id"] * 10 + len(coupon["meta"])
    fresh = [{"id": first + n, "key": m["key"], "value": m["value"]} for n, m in enumerate(given)]
    return [*kept, *fresh]


def trash(state: State, coupon: dict[str, Any]) -> dict[str, Any]:
    """Into the trash: nobody can use it, and its code is free again."""
    first = coupon["id"] * 10 + len(coupon["meta"])
    marks = {
        "_wp_trash_meta_status": coupon["status"],
        "_wp_trash_meta_time": str(int(state.clock.now().timestamp())),
        "_wp_desired_post_slug": coupon["code"],
    }
    told = [{"id": first + n, "key": k, "value": v} for n, (k, v) in enumerate(marks.items())]
    coupon = {**coupon, "status": "trash", "meta": [*coupon["meta"], *told]}
    coupon["modified"] = state.stamp()
    return state.shelf.put("coupon", key_of(coupon["id"]), coupon)


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


def all_of(state: State) -> list[dict[str, Any]]:
    """All coupons, in the order of their ids; those of an older version know less."""
    return [_whole(coupon) for coupon in state.shelf.all("coupon")]


def get(state: State, number: str) -> dict[str, Any]:
    """A coupon by its id; RestError 404."""
    found = state.shelf.get("coupon", key_of(int(number))) if number.isdecimal() else None
    if found is None:
        raise no_such("shop_coupon")
    return _whole(found)


def _whole(coupon: dict[str, Any]) -> dict[str, Any]:
    return {"status": "publish", "modified": coupon["created"], **coupon}


def by_code(state: State, code: str) -> dict[str, Any] | None:
    """The coupon of a code in any case of letters; drafts and the trash do not count."""
    wanted = code.strip().lower()
    found = (c for c in all_of(state) if c["code"] == wanted)
    return next((c for c in found if c["status"] == "publish"), None)


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
        "status": coupon["status"],
        **state.dates(created=coupon["created"], modified=coupon["modified"]),
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
