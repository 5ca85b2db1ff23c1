"""What a new discount asks for, and the business rules that a schema does not hold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation

from connector.sandbox.shopify import catalogue
from connector.sandbox.shopify.world import Doc, World

BASIC, SHIPPING = "basicCodeDiscount", "freeShippingCodeDiscount"
_CLASSES = {
    "orderDiscounts": "ORDER",
    "productDiscounts": "PRODUCT",
    "shippingDiscounts": "SHIPPING",
}
_EVERYBODY = {"all": "ALL"}


def user_error(root: str, code: str, name: str, message: str) -> Doc:
    """One entry of `userErrors`; `root` is the argument that it is about."""
    return {
        "__typename": "DiscountUserError",
        "field": [root, name],
        "message": f"{name.capitalize()} {message}",
        "code": code,
        "extraInfo": None,
    }


def terms(asked: Doc, root: str) -> Doc:
    """What the shop keeps of it: what it gives, on which goods, to whom, and beside what."""
    gets = asked.get("customerGets") or {}
    value, items = gets.get("value") or {}, gets.get("items") or {}
    fixed = (value.get("discountAmount") or {}).get("amount")
    least = (asked.get("minimumRequirement") or {}).get("subtotal") or {}
    context = asked.get("context") or {}
    kinds = {SHIPPING: "shipping", BASIC: "percent" if fixed is None else "fixed"}
    return {
        "title": asked.get("title"),
        "kind": kinds[root],
        "percent": str(_number(value.get("percentage") or 0) * 100),
        "amount": str(_number(fixed or 0)),
        "products": _ids((items.get("products") or {}).get("productsToAdd")),
        "collections": _ids((items.get("collections") or {}).get("add")),
        "minimum": str(_number(least.get("greaterThanOrEqualToSubtotal") or 0)),
        "customers": _ids((context.get("customers") or {}).get("add")),
        "combines": [
            named for flag, named in _CLASSES.items() if (asked.get("combinesWith") or {}).get(flag)
        ],
        "starts_at": asked.get("startsAt"),
        "ends_at": asked.get("endsAt"),
        "limit": asked.get("usageLimit"),
        "once": bool(asked.get("appliesOncePerCustomer")),
    }


def _number(text: object) -> Decimal:
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return Decimal(-1)


def _ids(gids: Iterable[str] | None) -> list[str]:
    return [gid.rpartition("/")[2] for gid in gids or ()]


def problems(world: World, asked: Doc, root: str) -> list[Doc]:
    """Everything that is wrong with it, in Shopify's words."""
    wanted = terms(asked, root)
    wrong = {
        **_form(asked, wanted),
        **(_shipping(wanted) if root == SHIPPING else _value(wanted)),
        **_names(world, asked, wanted),
    }
    return [user_error(root, *what) for what, is_so in wrong.items() if is_so]


def _form(asked: Doc, wanted: Doc) -> dict[tuple[str, str, str], bool]:
    starts, ends = wanted["starts_at"], wanted["ends_at"]
    return {
        ("BLANK", "title", "can't be blank"): not wanted["title"],
        ("BLANK", "code", "can't be blank"): not str(asked.get("code") or "").strip(),
        ("BLANK", "startsAt", "can't be blank"): not starts,
        ("INVALID", "minimumRequirement", "is invalid"): Decimal(wanted["minimum"]) < 0,
        ("END_DATE_BEFORE_START_DATE", "endsAt", "needs to be after the start"): bool(
            starts and ends and datetime.fromisoformat(ends) <= datetime.fromisoformat(starts)
        ),
    }


def _value(wanted: Doc) -> dict[tuple[str, str, str], bool]:
    percent, amount = Decimal(wanted["percent"]), Decimal(wanted["amount"])
    return {
        ("VALUE_OUTSIDE_RANGE", "percentage", "must be between 0.0 and 1.0"): (
            wanted["kind"] == "percent" and not 0 < percent <= 100  # noqa: PLR2004
        ),
        ("GREATER_THAN", "amount", "must be greater than 0"): (
            wanted["kind"] == "fixed" and amount <= 0
        ),
        ("TOO_MANY_ARGUMENTS", "items", "must be products or collections"): bool(
            wanted["products"] and wanted["collections"]
        ),
    }


def _shipping(wanted: Doc) -> dict[tuple[str, str, str], bool]:
    words = "can't include shipping discounts"
    return {
        ("INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS", "combinesWith", words): (
            "SHIPPING" in wanted["combines"]
        ),
    }


def _names(world: World, asked: Doc, wanted: Doc) -> dict[tuple[str, str, str], bool]:
    """Ids of things that there are not."""
    goods = {str(product.id) for product in catalogue.products()}
    groups = {str(number) for number in catalogue.COLLECTIONS}
    people = {str(customer["id"]) for customer in world.shelf.all("customer")}
    nobody = not wanted["customers"] and asked.get("context") != _EVERYBODY
    return {
        ("INVALID", "products", "don't exist"): not set(wanted["products"]) <= goods,
        ("INVALID", "collections", "don't exist"): not set(wanted["collections"]) <= groups,
        ("INVALID", "context", "is invalid"): nobody or not set(wanted["customers"]) <= people,
    }
