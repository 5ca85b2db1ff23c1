"""Code discounts: made through the API, judged at the checkout."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from connector.sandbox.shopify.world import Doc, World, zulu


def find(world: World, code: str) -> Doc | None:
    """A code in any case of letters."""
    return world.shelf.get("code", code.strip().upper())


def create(world: World, asked: Doc) -> tuple[Doc | None, list[Doc]]:
    """Make a basic discount; the discount or what is wrong with it."""
    problems = _problems(asked)
    if problems:
        return None, problems
    code = str(asked["code"]).strip()
    number = world.new_id("discount")
    made = {
        "id": number,
        "code": code,
        "title": asked["title"],
        "percent": str(Decimal(str(asked["customerGets"]["value"]["percentage"])) * 100),
        "starts_at": asked["startsAt"],
        "ends_at": asked.get("endsAt"),
        "limit": asked.get("usageLimit"),
        "once": bool(asked.get("appliesOncePerCustomer")),
        "used_by": [],
    }
    if not world.shelf.add_new("code", code.upper(), made):
        return None, [user_error("TAKEN", "code", "must be unique. Please try a different code.")]
    return made, []


def _problems(asked: Doc) -> list[Doc]:
    """The business rules that a schema does not hold; messages as Shopify words them."""
    percentage = asked.get("customerGets", {}).get("value", {}).get("percentage") or 0
    starts, ends = asked.get("startsAt"), asked.get("endsAt")
    wrong = {
        ("BLANK", "title", "can't be blank"): not asked.get("title"),
        ("BLANK", "code", "can't be blank"): not str(asked.get("code") or "").strip(),
        ("BLANK", "startsAt", "can't be blank"): not starts,
        ("VALUE_OUTSIDE_RANGE", "percentage", "must be between 0.0 and 1.0"): not (
            0 < percentage <= 1
        ),
        ("INVALID", "context", "can't be blank"): asked.get("context") != {"all": "ALL"},
        ("END_DATE_BEFORE_START_DATE", "endsAt", "needs to be after the start"): bool(
            starts and ends and datetime.fromisoformat(ends) <= datetime.fromisoformat(starts)
        ),
    }
    return [user_error(*what) for what, is_so in wrong.items() if is_so]


def user_error(code: str, name: str, message: str) -> Doc:
    """One entry of `userErrors`."""
    return {
        "__typename": "DiscountUserError",
        "field": ["basicCodeDiscount", name],
        "message": f"{name.capitalize()} {message}",
        "code": code,
        "extraInfo": None,
    }


def judge(world: World, code: str, shopper: str) -> tuple[Doc | None, str]:
    """The discount if it may be used now by this shopper; else why not."""
    found = find(world, code)
    if found is None:
        return None, "This code does not exist."
    now = world.clock.now()
    if now < datetime.fromisoformat(found["starts_at"]):
        return None, "This code is not valid yet."
    if found["ends_at"] and now >= datetime.fromisoformat(found["ends_at"]):
        return None, "This code has expired."
    if found["limit"] is not None and len(found["used_by"]) >= found["limit"]:
        return None, "This code has been used up."
    if found["once"] and shopper and shopper in found["used_by"]:
        return None, "You have used this code already."
    return found, ""


def use(world: World, discount: Doc, shopper: str) -> None:
    """Count one use."""
    used = {**discount, "used_by": [*discount["used_by"], shopper]}
    world.shelf.put("code", discount["code"].upper(), used)


def off(world: World, discount: Doc | None, subtotal: Decimal) -> Decimal:
    """How much less is to be paid."""
    percent = Decimal(discount["percent"]) if discount else Decimal(0)
    return world.settings.money(subtotal * percent / 100)


def node(discount: Doc, now: datetime) -> Doc:
    """The API's picture of a discount."""
    ends = discount["ends_at"]
    expired = bool(ends) and now >= datetime.fromisoformat(ends)
    code: dict[str, Any] = {
        "id": f"gid://shopify/DiscountRedeemCode/{discount['id']}",
        "code": discount["code"],
    }
    basic = {
        "__typename": "DiscountCodeBasic",
        "title": discount["title"],
        "status": "EXPIRED" if expired else "ACTIVE",
        "startsAt": zulu(discount["starts_at"]),
        "endsAt": zulu(ends) if ends else None,
        "usageLimit": discount["limit"],
        "appliesOncePerCustomer": discount["once"],
        "asyncUsageCount": len(discount["used_by"]),
        "codes": {"nodes": [code]},
    }
    return {"id": f"gid://shopify/DiscountCodeNode/{discount['id']}", "codeDiscount": basic}
