"""Code discounts: made through the API, found, used."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connector.sandbox.shopify import discount_input
from connector.sandbox.shopify.paging import page
from connector.sandbox.shopify.world import Doc, World, zulu

GID = "gid://shopify/DiscountCodeNode/"


def find(world: World, code: str) -> Doc | None:
    """A code in any case of letters."""
    return world.shelf.get("code", code.strip().upper())


def create(world: World, asked: Doc, root: str) -> tuple[Doc | None, list[Doc]]:
    """Make a discount; the discount or what is wrong with it. `root` names its kind."""
    problems = discount_input.problems(world, asked, root)
    if problems:
        return None, problems
    code = str(asked["code"]).strip()
    number = world.new_id("discount")
    made = {
        **discount_input.terms(asked, root),
        "id": number,
        "code": code,
        "used_by": [],
        "created_at": world.now(),
    }
    if not world.shelf.add_new("code", code.upper(), made):
        words = "must be unique. Please try a different code."
        return None, [discount_input.user_error(root, "TAKEN", "code", words)]
    return made, []


def class_of(discount: Doc) -> str:
    """What it takes something off; which codes go together is a matter of classes."""
    if discount["kind"] == "shipping":
        return "SHIPPING"
    return "PRODUCT" if discount["products"] or discount["collections"] else "ORDER"


def use(world: World, discount: Doc, shopper: str) -> None:
    """Count one use."""
    used = {**discount, "used_by": [*discount["used_by"], shopper]}
    world.shelf.put("code", discount["code"].upper(), used)


def status(discount: Doc, now: datetime) -> str:
    """Scheduled, active or expired; one that was deactivated has expired at that instant."""
    ends = discount["ends_at"]
    if ends and now >= datetime.fromisoformat(ends):
        return "EXPIRED"
    starts = datetime.fromisoformat(discount["starts_at"])
    return "SCHEDULED" if now < starts else "ACTIVE"


def node(discount: Doc, now: datetime) -> Doc:
    """The API's picture of a discount."""
    ends = discount["ends_at"]
    code: dict[str, Any] = {
        "id": f"gid://shopify/DiscountRedeemCode/{discount['id']}",
        "code": discount["code"],
        "asyncUsageCount": len(discount["used_by"]),
    }
    is_shipping = discount["kind"] == "shipping"
    shown = {
        "__typename": "DiscountCodeFreeShipping" if is_shipping else "DiscountCodeBasic",
        "title": discount["title"],
        "status": status(discount, now),
        "startsAt": zulu(discount["starts_at"]),
        "endsAt": zulu(ends) if ends else None,
        "usageLimit": discount["limit"],
        "appliesOncePerCustomer": discount["once"],
        "asyncUsageCount": len(discount["used_by"]),
        "codes": lambda asked: page([code], lambda one: str(one["id"]), asked),
        "codesCount": {"count": 1, "precision": "EXACT"},
    }
    return {"id": f"{GID}{discount['id']}", "codeDiscount": shown}
