"""A dry run: the same engine over what has been. It says what would go out, and nothing of sales.

Orders come as they came, since nobody can know what a message would have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.carts import CartSnapshot, OrderSnapshot
from connector.domain.flows import Flow
from connector.domain.flows.entry import Skip
from connector.domain.flows.holdout import Arm
from connector.domain.gate import NotBefore
from connector.domain.settings import StoreSettings
from connector.ports.events import CartChanged, OrderPlaced
from connector.rehearsal.engine import Engine
from connector.rehearsal.entries import Occasion
from connector.rehearsal.news import Told
from connector.rehearsal.rows import (
    GOING_ON,
    MAY_HAVE_LEFT,
    CartRow,
    FlowRow,
    Message,
    Run,
    Shop,
)
from connector.rehearsal.vendors import Reliable

_FOR_OTHERS = ("other flows wrote", "a flow of higher priority")  # as the gate puts it
_EVERY = 200  # events between two words on progress


@dataclass(frozen=True)
class History:
    """What a store knows of its past, in any order.

    `others` are accounts, consents, emptied carts, refunds, erasures: each with its time.
    """

    shop: Shop
    carts: Sequence[CartSnapshot] = ()  # as they were when the shopper last touched them
    orders: Sequence[OrderSnapshot] = ()
    others: Sequence[Told] = ()
    collections: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by product
    media: frozenset[str] = frozenset({"email", "sms"})  # for which it has an account

    def story(self) -> list[Told]:
        """All of it, as it would have been told."""
        carts = (Told(cart.source_at, CartChanged(cart)) for cart in self.carts)
        orders = (Told(order.placed_at, OrderPlaced(order)) for order in self.orders)
        return sorted([*self.others, *carts, *orders], key=lambda told: told.at)


@dataclass(frozen=True)
class Deferral:
    """A message that had to wait."""

    since: datetime
    until: datetime
    reason: str

    @property
    def for_others(self) -> bool:
        """True if it waited for what other flows wrote, or were to write."""
        return self.reason.startswith(_FOR_OTHERS)


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
    ended: str  # why the run was over; "" if it was not


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
    codes: int = 0
    errands: int = 0

    @property
    def sent(self) -> int:
        """How many messages would have left."""
        return sum(write.left_at is not None for write in self.writes)

    @property
    def held_up_by_others(self) -> int:
        """How many messages had to wait for other flows: caps, higher priority."""
        return sum(any(d.for_others for d in write.deferrals) for write in self.writes)

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


def backtest(
    flows: Sequence[Flow],
    settings: StoreSettings,
    history: History,
    since: datetime,
    until: datetime,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Backtest:
    """Run `flows` over a store's history; who enters, what goes out when, and why not.

    What happened before `since` is told too, with no flow on: consents, order counts and
    carts abandoned then count. `progress` hears (events told, events in all).
    """
    story = [told for told in history.story() if told.at <= until]
    begins = min([since, *(told.at for told in story[:1])])
    engine = DryRun(history.shop, Reliable(), begins, settings, history.collections, history.media)
    engine.log.keep = False
    for number, told in enumerate(story, 1):
        if told.at >= since:
            engine.start(flows, since)
        engine.tell(told.event, told.at)
        if number % _EVERY == 0 or number == len(story):
            progress(number, len(story))
    engine.start(flows, since)
    engine.tick(until)
    return Backtest(since, until, engine.sum_up())


@dataclass
class DryRun(Engine):
    """The engine, with its decisions written down as they fall."""

    found: dict[str, FlowDays] = field(default_factory=dict)
    waits: dict[int, list[Deferral]] = field(default_factory=dict)

    def start(self, flows: Sequence[Flow], at: datetime) -> None:
        """Switch the flows on; once."""
        if self.flows:
            return
        self.tick(at)
        for flow in flows:
            self.install(flow)
            self.found[flow.key] = FlowDays(flow.key)

    def deferred(self, message: Message, until: NotBefore) -> None:
        """A message waits; for the same reason again is one wait."""
        waits = self.waits.setdefault(message.id, [])
        again = bool(waits) and waits[-1].reason == until.reason
        since = waits.pop().since if again else self.now
        waits.append(Deferral(since, until.at, until.reason))
        super().deferred(message, until)

    def not_entered(self, occasion: Occasion, row: FlowRow, entry: Skip) -> None:
        """She is left out."""
        refusal = Refusal(occasion.happening.entry_key, self.now, entry.reason)
        self.found[row.key].refused.append(refusal)
        super().not_entered(occasion, row, entry)

    def merge(self, run: Run, cart: CartRow) -> None:
        """A newer cart takes the place of an older one."""
        before = run.cart
        super().merge(run, cart)
        self.found[run.row.key].merged += run.cart is not before

    def sum_up(self) -> Mapping[str, FlowDays]:
        """What each flow did; asked once, at the end."""
        for run in self.runs.values():
            self.found[run.row.key].entered.append(_entered(run))
        for message in self.messages.values():
            write = _write(message, self.waits.get(message.id, ()))
            self.found[message.run.row.key].writes.append(write)
        for code in self.made:
            self.found[code.run.row.key].codes += 1
        for errand in self.errands.values():
            self.found[errand.run.row.key].errands += 1
        return self.found


def _entered(run: Run) -> Entered:
    over = run.state not in GOING_ON
    return Entered(
        who=run.shopper.label,
        about=run.entry_key,
        at=run.began_at,
        held_out=run.arm is Arm.HELD_OUT,
        ended=run.reason if over else "",
    )


def _write(message: Message, waits: Sequence[Deferral]) -> Write:
    left = message.inflight_at if message.state in MAY_HAVE_LEFT else None
    return Write(
        who=message.shopper.label,
        cart=message.cart.external_id if message.cart else "",
        step_id=message.step_id,
        medium=message.medium,
        template=message.template,
        planned_for=message.planned_for,
        left_at=left,
        why_not="" if left else message.reason or "its time has not come",
        no_offer=message.no_offer,
        deferrals=tuple(waits),
        cost_micros=message.cost_micros,
    )
