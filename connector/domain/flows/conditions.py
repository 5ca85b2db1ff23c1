"""Conditions: what may be asked of a shopper and her cart, nested with all, any and not.

A condition with several fields asks for all of them. Adding a question is one field and one
line in QUESTIONS. Money is compared in the store's currency; a cart in another one has no
known worth there, so nothing that is asked of its worth is true of it. `orders_count` and
`total_spent` count the order that a flow is about too; `returning` asks what was before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from hashlib import sha256
from math import isfinite
from typing import Annotated, Any

from msgspec import Meta
from msgspec import field as named

from connector.domain.flows.forms import Country, Currency, Form, Line, Number, Word, decimal
from connector.domain.money import Money

Percent = Annotated[Number, Meta(gt=0, lt=100)]


@dataclass(frozen=True)
class Facts:
    """What conditions are asked of; counts are of purchases, money is the store's currency."""

    currency: str  # the store's
    draw: str = ""  # names her within the flow: random shares and splits are drawn from it
    cart_value: Money | None = None
    cart_items: int = 0
    products: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()
    payment: str = ""  # "", "waiting", "failed"
    orders_count: int = 0
    orders_since: int = 0  # of these, the order that the flow is about and later ones
    total_spent: Money | None = None
    ordered: bool = False  # since this flow began
    clicked: bool = False  # any message of this run
    consents: Mapping[str, str] = field(default_factory=dict)  # medium -> "yes", "no"
    reachable: frozenset[str] = frozenset()  # media for which an address is known
    country: str = ""
    language: str = ""
    tags: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


class Compare(Form, frozen=True, kw_only=True):
    """Bounds of a number; all that are given must hold."""

    at_least: Number | None = None
    more_than: Number | None = None
    at_most: Number | None = None
    less_than: Number | None = None
    exactly: Number | None = None

    def __post_init__(self) -> None:
        """Refuse a comparison with nothing, and with what is no number."""
        given = [bound for bound in self._bounds() if bound is not None]
        if not all(isfinite(bound) for bound in given):
            raise ValueError("that is no number — write digits")
        if not given:
            raise ValueError(
                "a comparison with nothing — say at_least, more_than, at_most, less_than or exactly"
            )

    def holds(self, value: Decimal) -> bool:
        """True if the value is within all bounds."""
        low, above, high, below, same = (
            None if bound is None else decimal(bound) for bound in self._bounds()
        )
        return (
            (low is None or value >= low)
            and (above is None or value > above)
            and (high is None or value <= high)
            and (below is None or value < below)
            and (same is None or value == same)
        )

    def least(self, unit: Decimal) -> Decimal | None:
        """The smallest multiple of `unit`, from 0 on, that is within all bounds; None: nothing."""
        from_ = max(decimal(self.at_least or 0), decimal(self.exactly or 0), Decimal(0))
        found = (from_ / unit).to_integral_value(ROUND_CEILING) * unit
        if self.more_than is not None and decimal(self.more_than) >= found:
            whole = (decimal(self.more_than) / unit).to_integral_value(ROUND_FLOOR)
            found = (whole + 1) * unit
        return found if self.holds(found) else None

    def _bounds(self) -> tuple[Number | None, ...]:
        return (self.at_least, self.more_than, self.at_most, self.less_than, self.exactly)


class Amount(Compare, frozen=True, kw_only=True):
    """Bounds of an amount of money, in the store's currency; naming it makes that sure."""

    currency: Currency | None = None


class Condition(Form, frozen=True, kw_only=True):
    """What must be true; several fields mean all of them."""

    all: list[Condition] = []
    any: list[Condition] = []
    not_: Condition | None = named(default=None, name="not")
    cart_value: Amount | None = None
    cart_items: Compare | None = None
    products: list[Line] = []  # one of these is in the cart or order
    collections: list[Line] = []
    payment_failed: bool | None = None
    orders_count: Compare | None = None
    total_spent: Amount | None = None
    returning: bool | None = None  # has ordered before
    ordered: bool | None = None  # since this flow began
    clicked: bool | None = None
    consent: dict[str, bool] = {}  # medium -> said yes
    reachable: list[str] = []  # an address for each of these media is known
    country: list[Country] = []
    language: list[str] = []
    tags: list[Line] = []  # has one of these
    roles: list[Line] = []
    random_percent: Percent | None = None  # this share of people, always the same ones
    points: Compare | None = None
    segment: Word | None = None
    viewed: list[Line] = []

    def __post_init__(self) -> None:
        """Refuse an empty condition: it is mostly a slip of indentation."""
        if not self.asked():
            known = ", ".join(sorted(name.rstrip("_") for name in QUESTIONS))
            raise ValueError(f"an empty condition — ask one of {known}")

    def asked(self) -> list[str]:
        """The questions of this condition, not those nested in it."""
        return [name for name in QUESTIONS if getattr(self, name) not in (None, [], {})]

    def holds(self, facts: Facts) -> bool:
        """True if everything asked is true of these facts."""
        return all(QUESTIONS[name](facts, getattr(self, name)) for name in self.asked())

    def parts(self) -> list[Condition]:
        """This condition and all nested in it."""
        nested = [*self.all, *self.any, *([self.not_] if self.not_ else [])]
        return [self, *(part for inner in nested for part in inner.parts())]


def share(draw: str) -> float:
    """A number in [0, 1) that is always the same for the same words."""
    return int.from_bytes(sha256(draw.encode()).digest()[:8], "big") / 2**64


def _worth(facts: Facts, value: Money | None, wanted: Compare) -> bool:
    if value is None or value.currency != facts.currency:
        return False
    return wanted.holds(value.amount)


def _later(_facts: Facts, _wanted: Any) -> bool:
    """Asked for a capability that is not there yet: refused at save, never true."""
    return False


QUESTIONS: dict[str, Callable[[Facts, Any], bool]] = {
    "all": lambda f, parts: all(part.holds(f) for part in parts),
    "any": lambda f, parts: any(part.holds(f) for part in parts),
    "not_": lambda f, part: not part.holds(f),
    "cart_value": lambda f, wanted: _worth(f, f.cart_value, wanted),
    "cart_items": lambda f, wanted: wanted.holds(Decimal(f.cart_items)),
    "products": lambda f, ids: not f.products.isdisjoint(ids),
    "collections": lambda f, ids: not f.collections.isdisjoint(ids),
    "payment_failed": lambda f, yes: (f.payment == "failed") is yes,
    "orders_count": lambda f, wanted: wanted.holds(Decimal(f.orders_count)),
    "total_spent": lambda f, wanted: _worth(f, f.total_spent or Money(f.currency, 0), wanted),
    "returning": lambda f, yes: (f.orders_count > f.orders_since) is yes,
    "ordered": lambda f, yes: f.ordered is yes,
    "clicked": lambda f, yes: f.clicked is yes,
    "consent": lambda f, wanted: all(
        (f.consents.get(medium) == "yes") is yes for medium, yes in wanted.items()
    ),
    "reachable": lambda f, media: f.reachable.issuperset(media),
    "country": lambda f, countries: f.country in countries,
    "language": lambda f, languages: f.language.partition("-")[0].lower() in languages,
    "tags": lambda f, tags: not f.tags.isdisjoint(tags),
    "roles": lambda f, roles: not f.roles.isdisjoint(roles),
    "random_percent": lambda f, percent: share(f"random:{f.draw}") * 100 < percent,
    "points": _later,
    "segment": _later,
    "viewed": _later,
}
LATER = {
    "points": "points for purchases",
    "segment": "segments",
    "viewed": "product views",
}
