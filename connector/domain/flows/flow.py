"""A flow as it is written: when it begins, its rules, its steps."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from connector.domain.flows.conditions import Condition
from connector.domain.flows.forms import Country, Form, Line, Wall, Word
from connector.domain.flows.steps import StepText
from connector.domain.names import is_country, is_domain, is_network
from connector.domain.people import clean_email


class TriggerKind(StrEnum):
    """What makes a person enter a flow."""

    CHECKOUT_ABANDONED = "checkout_abandoned"
    CART_ABANDONED = "cart_abandoned"  # goods in the cart of a known person, no checkout
    ORDER_UNPAID = "order_unpaid"
    PAYMENT_FAILED = "payment_failed"
    ORDER_PLACED = "order_placed"
    ORDER_PAID = "order_paid"
    ORDER_FULFILLED = "order_fulfilled"
    ORDER_REFUNDED = "order_refunded"
    FIRST_ORDER = "first_order"
    NTH_ORDER = "nth_order"
    CUSTOMER_CREATED = "customer_created"
    WIN_BACK = "win_back"  # not ordered for `days`
    PRODUCT_VIEWED = "product_viewed"
    POINTS_CHANGED = "points_changed"
    SEGMENT_JOINED = "segment_joined"


CART_TRIGGERS = frozenset(
    {
        TriggerKind.CHECKOUT_ABANDONED,
        TriggerKind.CART_ABANDONED,
        TriggerKind.ORDER_UNPAID,
        TriggerKind.PAYMENT_FAILED,
    }
)
ORDER_TRIGGERS = frozenset(
    {
        TriggerKind.ORDER_PLACED,
        TriggerKind.ORDER_PAID,
        TriggerKind.ORDER_FULFILLED,
        TriggerKind.ORDER_REFUNDED,
        TriggerKind.FIRST_ORDER,
        TriggerKind.NTH_ORDER,
    }
)
LATER_TRIGGERS = {
    TriggerKind.PRODUCT_VIEWED: "product views",
    TriggerKind.POINTS_CHANGED: "points for purchases",
    TriggerKind.SEGMENT_JOINED: "segments",
}


class Trigger(Form, frozen=True, kw_only=True):
    """What begins a run: one of several events, if `where` holds then.

    `at` ("11:00", the store's time) begins runs at that time of the day after: TasOn's "daily
    11:00 for yesterday's carts". With `days` it is the time of the day on which they are over.
    """

    on: TriggerKind | list[TriggerKind]
    where: Condition | None = None
    times: Annotated[int, Meta(ge=2, le=1000)] | None = None  # for nth_order
    days: Annotated[int, Meta(ge=1, le=730)] | None = None  # for win_back
    at: Wall | None = None

    def __post_init__(self) -> None:
        """Refuse a kind without what it needs, and what no kind uses."""
        for kind, given, name in (
            (TriggerKind.NTH_ORDER, self.times, "times"),
            (TriggerKind.WIN_BACK, self.days, "days"),
        ):
            if (kind in self.kinds) != (given is not None):
                raise ValueError(
                    f"{name} belongs to {kind}, and {kind} needs it"
                    f" — write `trigger: {{on: {kind}, {name}: 30}}`"
                )
        if not self.kinds:
            raise ValueError("on: name at least one event — write `on: cart_abandoned`")
        if TriggerKind.WIN_BACK in self.kinds and len(self.kinds) > 1:
            raise ValueError("win_back stands alone — give the other events a flow of their own")

    @property
    def kinds(self) -> frozenset[TriggerKind]:
        """The events."""
        return frozenset([self.on] if isinstance(self.on, TriggerKind) else self.on)

    @property
    def about_cart(self) -> bool:
        """True if runs are about carts that wait: an order ends them."""
        return bool(self.kinds & CART_TRIGGERS)


class Exit(StrEnum):
    """What ends a run early."""

    ORDER = "order"
    CART_EMPTIED = "cart_emptied"
    UNSUBSCRIBED = "unsubscribed"
    REFUNDED = "refunded"


def _no_address(text: str) -> bool:
    return clean_email(text) == "" or "*" in text


def _no_domain(text: str) -> bool:
    return not is_domain(text.strip().lstrip("@"))


_EXCLUDED_BY: tuple[tuple[str, Callable[[str], bool], str, str], ...] = (
    ("emails", _no_address, "no e-mail address", "write it in full; whole domains under `domains`"),
    ("domains", _no_domain, "no domain", "write it as example.com"),
    ("ips", lambda ip: not is_network(ip), "no IP address or network", "write 192.0.2.0/24"),
    ("countries", lambda c: not is_country(c), "no country", "use ISO 3166: GB, and not UK"),
)


class Exclusions(Form, frozen=True, kw_only=True):
    """Who never enters; spelling of e-mails and letter case do not matter."""

    emails: list[Line] = []
    domains: list[Line] = []
    ips: list[Line] = []  # single addresses or networks: 192.0.2.0/24
    countries: list[Country] = []
    roles: list[Line] = []
    tags: list[Line] = []

    def __post_init__(self) -> None:
        """Refuse what would never match: a merchant relies on it."""
        for name, is_none, what, mend in _EXCLUDED_BY:
            for one in getattr(self, name):
                if is_none(one):
                    raise ValueError(f"{name}: {one!r} is {what} — {mend}")


class Rules(Form, frozen=True, kw_only=True):
    """How a flow behaves among others."""

    cooldown_days: Annotated[float, Meta(ge=0, le=365)] = 3  # after a run without an order
    priority: Annotated[int, Meta(ge=-100, le=100)] = 0  # the higher wins
    exits: list[Exit] | None = None  # None: what suits the trigger
    exclude: Exclusions = Exclusions()
    offer_in_first: bool = False  # an offer in the very first message is meant


class FlowText(Form, frozen=True, kw_only=True):
    """A whole flow. `on_order` is where an order takes a run; "continue": it stays on its way."""

    key: Word
    name: Line
    about: str = ""
    trigger: TriggerKind | Trigger
    rules: Rules = Rules()
    steps: Annotated[list[StepText], Meta(min_length=1, max_length=200)]
    on_order: list[StepText] | Literal["continue"] = []

    @property
    def entry(self) -> Trigger:
        """The trigger in its long form."""
        if isinstance(self.trigger, TriggerKind):
            return Trigger(on=self.trigger)
        return self.trigger
