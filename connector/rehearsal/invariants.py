"""What must never happen: looked at after every event, and at the instant of every send.

Each check reads the rows for itself and asks nothing of what decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from connector.domain.carts import CartState
from connector.domain.flows import Exit
from connector.domain.gate import DAY, TEXTS, WEEK
from connector.domain.laws import hours_of
from connector.domain.settings import MICROS
from connector.rehearsal.engine import Engine
from connector.rehearsal.people import canonical, country_of
from connector.rehearsal.rows import (
    GOING_ON,
    MAY_HAVE_LEFT,
    WAITING,
    FlowState,
    Message,
    MessageState,
    Run,
    RunState,
)
from connector.rehearsal.sending import MAX_ATTEMPTS

_SLACK = timedelta(minutes=2)
_Final = Mapping[str, tuple[str, ...]]  # a state -> what may come after it
_MESSAGE: _Final = {
    MessageState.SENT: (MessageState.SENT, MessageState.FAILED),
    MessageState.CANCELLED: (MessageState.CANCELLED,),
    MessageState.DEAD: (MessageState.DEAD,),
    MessageState.FAILED: (MessageState.FAILED,),
}
_RUN: _Final = {
    RunState.HELD_OUT: (RunState.HELD_OUT,),
    RunState.CANCELLED: (RunState.CANCELLED,),
    RunState.FAILED: (RunState.FAILED,),
    RunState.FINISHED: (RunState.FINISHED, RunState.ACTIVE, RunState.CANCELLED),
}
_CART: _Final = {
    CartState.ORDERED: (CartState.ORDERED,),
    CartState.RECOVERED: (CartState.RECOVERED,),
}


class Violated(AssertionError):
    """Something happened that must never happen; the text names the invariant first."""


@dataclass
class Watch:
    """Watches one engine; raises Violated.

    Counts and last states are its own, kept from what it has seen.
    """

    engine: Engine
    seen: dict[tuple[str, int], str] = field(default_factory=dict)
    attempts: Counter[int] = field(default_factory=Counter)
    cost: Counter[tuple[str, str]] = field(default_factory=Counter)
    costing: dict[int, tuple[str, str, int]] = field(default_factory=dict)
    taken: Counter[tuple[int, str]] = field(default_factory=Counter)
    read: int = 0  # lines of the vendor's log
    codes: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    codes_read: int = 0

    def __post_init__(self) -> None:
        self.engine.watchers.append(self.check)

    def check(self) -> None:
        """Look at all that changed since the last time."""
        for row in list(self.engine.changed.values()):
            if isinstance(row, Message):
                self._message(row)
            elif isinstance(row, Run):
                self._run(row)
            elif row.order_id is not None:
                self._stays("cart", row.id, row.state, _CART)
        self._vendor()
        self._codes()

    def _stays(self, kind: str, row_id: int, state: str, final: _Final) -> None:
        before = self.seen.get((kind, row_id), "")
        allowed = final.get(before)
        if allowed is not None and state not in allowed:
            raise Violated(f"terminal states stay: a {kind} went from {before} to {state}")
        self.seen[kind, row_id] = state

    def _message(self, message: Message) -> None:
        self._stays("message", message.id, message.state, _MESSAGE)
        if message.attempts > MAX_ATTEMPTS:
            raise Violated(f"attempts within bounds: {message.attempts} of {message.key}")
        self._spend(message)
        leaves = message.attempts > self.attempts[message.id]
        self.attempts[message.id] = message.attempts
        if leaves:
            for broken in broken_rules(self.engine, message):
                raise Violated(f"{broken}: {message.key} at {self.engine.now}")
            self._within_cap(message)
        self._stacked(message.run)
        sent = message.state is MessageState.SENT
        if sent and not self.engine.vendor.has(message.key):
            raise Violated(f"sent is in the vendor's log: {message.key}")

    def _run(self, run: Run) -> None:
        again = run.state in GOING_ON and self.seen.get(("run", run.id)) == RunState.FINISHED
        if again and run.order is None:
            raise Violated(f"terminal states stay: {run.name} goes on without an order")
        self._stays("run", run.id, run.state, _RUN)
        going = [
            other
            for other in self.engine.going_on([run.shopper.id])
            if other.row is run.row and other.order is None
        ]
        if len(going) > 1:
            raise Violated(f"one active run a person and flow: {run.name}")
        if run.state is RunState.HELD_OUT and run.messages:
            raise Violated(f"held-out carts reach no channel: {run.name}")

    def _stacked(self, run: Run) -> None:
        waiting = [one for one in run.messages if one.marketing and one.state in WAITING]
        if len(waiting) > 1:
            raise Violated(f"steps never stack: {len(waiting)} messages of {run.name} wait")

    def _spend(self, message: Message) -> None:
        """What a message costs while it may have left."""
        before = self.costing.pop(message.id, None)
        if before is not None:
            self.cost[before[:2]] -= before[2]
        if message.state in MAY_HAVE_LEFT or message.maybe_left or _was_sent(message):
            at = message.inflight_at or self.engine.now
            there = at.astimezone(ZoneInfo(self.engine.shop.timezone))
            now = (message.medium, f"{there:%Y-%m}", price(self.engine, message))
            kept = before or now
            self.costing[message.id] = kept
            self.cost[kept[:2]] += kept[2]

    def _within_cap(self, message: Message) -> None:
        cap = self.engine.settings.texts.month_cap
        spent = self.cost[message.medium, self.engine.month]
        if cap is not None and message.medium in TEXTS and spent > round(cap * MICROS):
            raise Violated(f"cost within the cap: {spent} of {cap}")

    def _vendor(self) -> None:
        """Its log has grown: at most one acceptance a run and step, each of a message of ours."""
        log = self.engine.vendor.log
        for line in log[self.read :]:
            message = self.engine.named(line.key)
            step = (message.run.id, message.step_id)
            self.taken[step] += 1
            failed_before = sum(
                one.state is MessageState.FAILED
                for one in message.run.messages
                if one.step_id == message.step_id and one is not message
            )
            if self.taken[step] > 1 + failed_before:
                raise Violated(f"one acceptance a run and step: {line.key}")
            if message.state in {MessageState.DEAD, MessageState.CANCELLED}:
                raise Violated(f"sent is in the vendor's log: {line.key} is {message.state}")
        self.read = len(log)

    def _codes(self) -> None:
        made = self.engine.made
        for code in made[self.codes_read :]:
            name = (code.run.id, code.step_id, code.kind)
            self.codes[name] += 1
            if self.codes[name] > 1:
                raise Violated(f"one live code a run, step and kind: {name}")
        self.codes_read = len(made)


def broken_rules(engine: Engine, message: Message) -> list[str]:
    """Which rules a message breaks that leaves at this instant."""
    rules = {**ALWAYS, **(MARKETING if message.marketing else {})}
    return [name for name, broken in rules.items() if broken(engine, message)]


def _held_out(_engine: Engine, message: Message) -> bool:
    cart = message.cart
    return message.run.state is RunState.HELD_OUT or (cart is not None and cart.held_out)


def _bought(engine: Engine, message: Message) -> bool:
    run = message.run
    if Exit.ORDER not in run.flow.exits:
        return False
    since = run.started_at - _SLACK
    kin = set(engine.kin(run.shopper))
    return any(
        order.shopper_id in kin
        and order.state != "cancelled"
        and order is not run.entry_order
        and order.told.placed_at >= since
        for one in kin
        for order in engine.orders_of(one)
    )


def _stopped(engine: Engine, message: Message) -> bool:
    said = message.shopper.consents.get(message.medium)
    stop = engine.stops.get((message.medium, canonical(message.medium, message.address)))
    return (said is not None and said.state == "no") or (
        stop is not None and stop.lifted_at is None
    )


def _asleep(engine: Engine, message: Message) -> bool:
    """True if a clock that may be hers shows an hour in which she may not be written to."""
    person = message.shopper.person
    country, phone = engine.country_of(message.shopper), country_of(person.phone)
    place = phone if message.medium in TEXTS and phone else country
    province = person.province if place == country else ""
    rules = (
        *engine.settings.hours(message.medium),
        *hours_of(message.medium, place, province),
    )
    zones = engine.zones_of(message.shopper) if rules else ()
    walls = [engine.now.astimezone(ZoneInfo(zone)) for zone in zones]
    return not all(rule.allow(wall) for rule in rules for wall in walls)


def _too_many(engine: Engine, message: Message) -> bool:
    caps = engine.settings.caps
    left = [
        one.inflight_at
        for kin in engine.kin(message.shopper)
        for one in engine.messages_of(kin)
        if one.marketing
        and one.run.row is not message.run.row
        and one.left
        and one.inflight_at is not None
    ]
    return any(
        most and sum(at > engine.now - span for at in left) >= most
        for most, span in ((caps.per_day, DAY), (caps.per_week, WEEK))
    )


def price(engine: Engine, message: Message) -> int:
    """What one segment to her costs, in millionths of the bill's currency."""
    if message.medium not in TEXTS:
        return 0
    return engine.settings.price_micros(country_of(message.shopper.person.phone), 1)


def _was_sent(message: Message) -> bool:
    return message.state is MessageState.FAILED


_Rule = Callable[[Engine, Message], bool]
ALWAYS: dict[str, _Rule] = {
    "no expired send": lambda engine, message: engine.now >= message.expires_at,
    "nothing after an erasure": lambda _, message: message.shopper.erased_at is not None,
}
MARKETING: dict[str, _Rule] = {
    "nothing of a flow that is off or paused": (
        lambda _, message: message.run.row.state is not FlowState.ON
    ),
    "held-out carts reach no channel": _held_out,
    "nothing after a purchase": _bought,
    "nothing after an unsubscription": _stopped,
    "the shop was asked first": lambda engine, _: engine.unasked > 0 and not engine.shop_silent,
    "nothing in quiet hours": _asleep,
    "caps over flows": _too_many,
}
