"""What a cart costs: its goods, the way to her, and what her codes take off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from connector.sandbox.shopify import catalogue, customers, discounts
from connector.sandbox.shopify.catalogue import Product
from connector.sandbox.shopify.world import Doc, World

_TYPES = {"percent": "percentage", "fixed": "fixed_amount", "shipping": "shipping"}


@dataclass(frozen=True)
class Used:
    """A code that was accepted, and how much less is to be paid for it."""

    discount: Doc
    off: Decimal

    @property
    def shown(self) -> Doc:
        """As a checkout or order tells of it."""
        kind = _TYPES[self.discount["kind"]]
        return {"code": self.discount["code"], "amount": str(self.off), "type": kind}


@dataclass(frozen=True)
class Bill:
    """Amounts in the shop's currency; `refusals` says of each other code why not."""

    goods: Decimal
    shipping: Decimal  # before any code
    used: tuple[Used, ...]
    refusals: dict[str, str]

    @property
    def off(self) -> Decimal:
        """What the codes take off the goods."""
        return sum((one.off for one in self._of(shipping=False)), Decimal(0) * self.goods)

    @property
    def shipping_off(self) -> Decimal:
        """What the codes take off the shipping."""
        return sum((one.off for one in self._of(shipping=True)), Decimal(0) * self.shipping)

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        return self.goods - self.off + self.shipping - self.shipping_off

    @property
    def codes(self) -> str:
        """The accepted codes, with commas between."""
        return ",".join(one.discount["code"] for one in self.used)

    def _of(self, *, shipping: bool) -> list[Used]:
        return [one for one in self.used if (one.discount["kind"] == "shipping") is shipping]


def goods(cart: Doc) -> list[tuple[Product, int]]:
    """What is in the cart, and how many of each."""
    return [(catalogue.find(item["variant_id"]), item["quantity"]) for item in cart["items"]]


def make(world: World, cart: Doc, codes: str = "") -> Bill:
    """The bill with `codes` (commas between them), or with those that the cart remembers."""
    accepted: list[Doc] = []
    refusals = {}
    for code in _split(codes or cart["code"]):
        found, reason = _judge(world, cart, code, accepted)
        if found is None:
            refusals[code] = reason
        else:
            accepted.append(found)
    shipping = world.shipping if cart["items"] else world.settings.money(Decimal(0))
    return Bill(
        goods=_cost(world, goods(cart)),
        shipping=shipping,
        used=_worth(world, cart, accepted, shipping),
        refusals=refusals,
    )


def _split(codes: str) -> list[str]:
    spelled = {code.strip().upper(): code.strip() for code in codes.split(",")}
    return [code for code in spelled.values() if code]


def _cost(world: World, bought: Sequence[tuple[Product, int]]) -> Decimal:
    return sum(
        (catalogue.price_of(p, world.settings) * n for p, n in bought),
        world.settings.money(Decimal(0)),
    )


def _judge(world: World, cart: Doc, code: str, others: Sequence[Doc]) -> tuple[Doc | None, str]:
    """The discount if it may be used now, for this cart and beside those; else why not."""
    found = discounts.find(world, code)
    if found is None:
        return None, "This code does not exist."
    wrong = {
        **_of_time(world, found),
        **_of_person(world, cart, found),
        **_of_goods(world, cart, found),
        "This code can't be used with your other discounts.": any(
            not _go_together(found, other) for other in others
        ),
    }
    reason = next((words for words, is_so in wrong.items() if is_so), "")
    return (None, reason) if reason else (found, "")


def _of_time(world: World, found: Doc) -> dict[str, bool]:
    now, ends = world.clock.now(), found["ends_at"]
    return {
        "This code is not valid yet.": now < datetime.fromisoformat(found["starts_at"]),
        "This code has expired.": bool(ends) and now >= datetime.fromisoformat(ends),
        "This code has been used up.": (
            found["limit"] is not None and len(found["used_by"]) >= found["limit"]
        ),
    }


def _of_person(world: World, cart: Doc, found: Doc) -> dict[str, bool]:
    shopper, account = cart["email"], customers.known(world, cart)
    number = str(account["id"]) if account else ""
    return {
        "You have used this code already.": (
            found["once"] and bool(shopper) and shopper in found["used_by"]
        ),
        "This code is for another customer.": (
            bool(found["customers"]) and number not in found["customers"]
        ),
    }


def _of_goods(world: World, cart: Doc, found: Doc) -> dict[str, bool]:
    fitting = _fitting(cart, found)
    least = world.settings.money(Decimal(found["minimum"]))
    return {
        "This code does not fit anything in your cart.": not fitting,
        f"This code needs a purchase of {least} {world.settings.currency} or more.": (
            _cost(world, fitting) < least
        ),
    }


def _fitting(cart: Doc, found: Doc) -> list[tuple[Product, int]]:
    """The lines that it is for."""
    if discounts.class_of(found) != "PRODUCT":
        return goods(cart)
    return [
        (product, n)
        for product, n in goods(cart)
        if str(product.id) in found["products"]
        or {str(number) for number in product.collections} & set(found["collections"])
    ]


def _go_together(one: Doc, other: Doc) -> bool:
    """Each must name the other's class; two shipping discounts never go together."""
    both = discounts.class_of(one), discounts.class_of(other)
    agreed = both[1] in one["combines"] and both[0] in other["combines"]
    return agreed and both != ("SHIPPING", "SHIPPING")


def _worth(world: World, cart: Doc, accepted: Sequence[Doc], shipping: Decimal) -> tuple[Used, ...]:
    """Discounts of products come off first, those of the order off what is left."""
    left, worth = _cost(world, goods(cart)), {}
    for found in sorted(accepted, key=lambda one: discounts.class_of(one) == "ORDER"):
        if found["kind"] == "shipping":
            worth[found["code"]] = shipping
            continue
        base = min(left, _cost(world, _fitting(cart, found)))
        off = base * Decimal(found["percent"]) / 100 + Decimal(found["amount"])
        worth[found["code"]] = min(base, world.settings.money(off))
        left -= worth[found["code"]]
    return tuple(Used(found, worth[found["code"]]) for found in accepted)
