"""Code discounts: made through the API, found, used."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connector.sandbox.shopify import discount_input
from connector.sandbox.shopify.world import Doc, World, zulu


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
    made = {**discount_input.terms(asked, root), "id": number, "code": code, "used_by": []}
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


def node(discount: Doc, now: datetime) -> Doc:
    """The API's picture of a discount."""
    ends = discount["ends_at"]
    expired = bool(ends) and now >= datetime.fromisoformat(ends)
    code: dict[str, Any] = {
        "id": f"gid://shopify/DiscountRedeemCode/{discount['id']}",
        "code": discount["code"],
    }
    is_shipping = discount["kind"] == "shipping"
    shown = {
        "__typename": "DiscountCodeFreeShipping" if is_shipping else "DiscountCodeBasic",
        "title": discount["title"],
        "status": "EXPIRED" if expired else "ACTIVE",
        "startsAt": zulu(discount["starts_at"]),
        "endsAt": zulu(ends) if ends else None,
        "usageLimit": discount["limit"],
        "appliesOncePerCustomer": discount["once"],
        "asyncUsageCount": len(discount["used_by"]),
        "codes": {"nodes": [code]},
    }
    return {"id": f"gid://shopify/DiscountCodeNode/{discount['id']}", "codeDiscount": shown}
