"""A dry run: the same engine over what has been. It says what would go out, and nothing of sales.

Orders come as they came, since nobody can know what a message would have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import merge

from connector.domain.carts import CartSnapshot, OrderSnapshot
from connector.domain.flows import Flow
from connector.domain.flows.holdout import Arm
from connector.domain.gate import NotBefore
from connector.domain.settings import StoreSettings
from connector.ports.events import (
    CartChanged,
    CartClosed,
    ConsentChanged,
    ContactChanged,
    ErasureAsked,
    OrderPlaced,
    OrderRefunded,
)
from connector.rehearsal.base import Log
from connector.rehearsal.engine import Engine
from connector.rehearsal.ledger import OVERTAKEN
from connector.rehearsal.news import Event, Told
from connector.rehearsal.rows import FlowRow, Message, MessageState, Run, Shop
from connector.rehearsal.vendors import Reliable

OUTRANKED = "a flow of higher priority"  # how the gate's reasons begin that name other flows
CAPPED = "other flows wrote to her"
_EVERY = 200  # events between two words on progress


@dataclass(frozen=True)
class History:
    """What a store knows of its past, each with its own time; in any order.

    `people` are accounts, consents and erasures; `closed` are carts that were emptied.
    """

    shop: Shop
    carts: Sequence[CartSnapshot] = ()
    orders: Sequence[OrderSnapshot] = ()
    people: Sequence[ContactChanged | ConsentChanged | ErasureAsked] = ()
    closed: Sequence[CartClosed] = ()
    refunds: Sequence[OrderRefunded] = ()
    collections: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by product
    media: frozenset[str] = frozenset({"email", "sms"})  # for which it has an account
    erased_at: Mapping[str, datetime] = field(default_factory=dict)  # by customer's e-mail


@dataclass(frozen=True)
class Deferral:
    """A message that had to wait."""

    since: datetime
    until: datetime
    reason: str


@dataclass(frozen=True)
class Write:
    """One message: when it would have left, or why not. `cost_micros`: millionths of the bill."""

    who: str
    cart: str  # "" where it is about none
    step_id: str
    medium: str
    template: str
    planned_for: datetime
    left_at: datetime | None
    why_not: str
    no_offer: str
    deferrals: tuple[Deferral, ...]
    cost_micros: int


@dataclass(frozen=True)
class Entered:
    """Somebody who would have entered; `held_out` ones are left alone."""

    who: str
    about: str  # "cart:…", "order:…"
    at: datetime
    held_out: bool
    ended: str


@dataclass(frozen=True)
class Refusal:
    """Somebody who would not have entered, and why."""

    about: str
    at: datetime
    reason: str


@dataclass
class FlowDays:
    """What one flow would have done."""

    key: str
    entered: list[Entered] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    merged: int = 0  # newer carts that took the place of older ones
    overtaken: int = 0  # messages dropped for the step after them
    held_up_by_others: int = 0  # messages that waited for other flows: caps, higher priority
    codes: int = 0
    errands: int = 0

    @property
    def sent(self) -> int:
        """How many messages would have left."""
        return sum(write.left_at is not None for write in self.writes)

    @property
    def cost_micros(self) -> int:
        """What its texts would have cost, in millionths of the bill's currency."""
        return sum(write.cost_micros for write in self.writes)


@dataclass(frozen=True)
class Backtest:
    """What flows would have done between two moments."""

    since: datetime
    until: datetime
    flows: Mapping[str, FlowDays]


@dataclass
class DryRun(Engine):
    """The engine, with its decisions written down as they fall."""

    waits: dict[int, list[Deferral]] = field(default_factory=dict)
    skipped: list[tuple[str, Refusal]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)

    def deferred(self, message: Message, until: NotBefore) -> None:
        """A message waits."""
        self._wait(message, until)
        super().deferred(message, until)

    def _wait(self, message: Message, until: NotBefore) -> None:
        """Waits for one reason that follow each other are one."""
        waits = self.waits.setdefault(message.id, [])
        began = self.now
        if waits and waits[-1].reason == until.reason and waits[-1].until == self.now:
            began = waits.pop().since
        waits.append(Deferral(began, until.at, until.reason))


def backtest(
    flows: Sequence[Flow],
    settings: StoreSettings,
    history: History,
    since: datetime,
    until: datetime,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Backtest:
    """Run `flows` over a store's history; who enters, what goes out when, and why not.

    What happened before `since` is told too, so that cool-downs and order counts are right;
    pass only as much of it as matters. `progress` hears (events told, events in all).
    """
    story = sorted(_story(history), key=lambda told: told.at)
    begins = min([since, *(told.at for told in story[:1])])
    engine = DryRun(
        history.shop,
        Reliable(),
        begins,
        settings,
        history.collections,
        history.media,
        log=Log(keep=False),
    )
    _play(engine, flows, story, since, until, progress)
    days = {flow.key: FlowDays(flow.key) for flow in flows}
    _sum_up(engine, days, until)
    return Backtest(since, until, days)
