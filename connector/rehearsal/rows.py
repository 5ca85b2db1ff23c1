"""What the rehearsal keeps: the fields of the real rows that decide something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from connector.domain.carts import (
    CLOSED_STATES,
    CartKind,
    CartSnapshot,
    CartState,
    OrderSnapshot,
    OrderState,
)
from connector.domain.flows import Flow
from connector.domain.flows.holdout import Arm, Holdout
from connector.domain.people import Identity, Person


class FlowState(StrEnum):
    """on <-> paused (runs wait); on | paused -> off (runs are cancelled) -> on."""

    ON = "on"
    PAUSED = "paused"
    OFF = "off"


class RunState(StrEnum):
    """pending -> active | held_out | cancelled; active -> finished | cancelled | failed."""

    PENDING = "pending"
    HELD_OUT = "held_out"
    ACTIVE = "active"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


class MessageState(StrEnum):
    """The states of one intended send, as in the ledger of the service."""

    SCHEDULED = "scheduled"
    CLAIMED = "claimed"
    INFLIGHT = "inflight"
    SENT = "sent"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    DEAD = "dead"
    RESOLVING = "resolving"
    FAILED = "failed"


GOING_ON = frozenset({RunState.ACTIVE, RunState.PENDING})
WAITING = frozenset({MessageState.SCHEDULED, MessageState.CLAIMED})
WITHOUT_EFFECT = frozenset(
    {MessageState.CANCELLED, MessageState.DEAD, MessageState.FAILED}
)  # certainly
MAY_HAVE_LEFT = frozenset(
    {MessageState.INFLIGHT, MessageState.SENT, MessageState.UNKNOWN, MessageState.RESOLVING}
)


@dataclass(frozen=True)
class Shop:
    """A store, as far as flows care."""

    name: str
    currency: str
    timezone: str  # IANA
    country: str = ""


@dataclass(slots=True, eq=False)
class FlowRow:
    """A flow in a store: its newest version, and whether it is on."""

    id: int
    flow: Flow
    state: FlowState = FlowState.ON
    holdout: Holdout = field(default_factory=Holdout)

    @property
    def key(self) -> str:
        """Its name in files and commands."""
        return self.flow.key

    @property
    def name(self) -> str:
        """Its name for people."""
        return self.flow.text.name

    @property
    def priority(self) -> int:
        """The higher goes first."""
        return self.flow.text.rules.priority


@dataclass(slots=True, eq=False)
class Said:
    """A yes or no for one medium, when, and of which address (canonical)."""

    state: str
    at: datetime
    address: str


@dataclass(slots=True, eq=False)
class Stop:
    """An address that asked us to stop."""

    reason: str
    at: datetime
    lifted_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Shopper:
    """One shopper, and all names under which she was ever seen."""

    id: int
    label: str  # what the log calls her: her first name of all
    person: Person
    source_at: datetime
    names: set[Identity] = field(default_factory=set)
    consents: dict[str, Said] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    shop_tags: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    shop_orders: int | None = None
    shop_spent_minor: int | None = None
    shop_asked_at: datetime | None = None  # as of when the shop counted
    erased_at: datetime | None = None


@dataclass(slots=True, eq=False)
class CartRow:
    """A cart; `due_at` is when its state must be looked at again."""

    id: int
    external_id: str
    told: CartSnapshot  # the newest news of it
    kind: CartKind
    source_at: datetime
    activity_at: datetime
    state: CartState = CartState.OPEN
    seen: bool = False
    shopper_id: int | None = None
    abandoned_at: datetime | None = None
    due_at: datetime | None = None
    order_id: int | None = None
    held_out: bool = False
    excluded: str = ""

    @property
    def closed(self) -> bool:
        """True if it waits for nobody any more."""
        return self.state in CLOSED_STATES


@dataclass(slots=True, eq=False)
class OrderRow:
    """A purchase that we know of since `recorded_at`."""

    id: int
    told: OrderSnapshot
    recorded_at: datetime
    source_at: datetime
    state: OrderState = OrderState.PLACED
    shopper_id: int | None = None
    paid_at: datetime | None = None
    fulfilled_at: datetime | None = None
    refunded_minor: int = 0
    refunds: dict[str, int] = field(default_factory=dict)

    @property
    def made_at(self) -> datetime:
        """When it became a purchase: an unpaid one when it was paid, others when placed."""
        paid_at = self.paid_at or self.told.placed_at
        return max(self.told.placed_at, min(paid_at, self.recorded_at))

    @property
    def counts(self) -> bool:
        """True if it is a purchase of a real person."""
        return self.state is not OrderState.CANCELLED and not self.told.test


@dataclass(slots=True, eq=False)
class Run:
    """One shopper's way through one version of a flow."""

    id: int
    row: FlowRow
    flow: Flow  # the version that it began with
    shopper: Shopper
    cart: CartRow | None
    entry_key: str
    state: RunState
    arm: Arm
    branch: str
    step_id: str
    entered_step_at: datetime
    started_at: datetime
    due_at: datetime
    began_at: datetime  # when she entered
    entry_order: OrderRow | None = None
    order: OrderRow | None = None
    variants: Mapping[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    reason: str = ""

    @property
    def ended_well(self) -> bool:
        """True if it went through all its steps: its last message stays in the post."""
        return self.state is RunState.FINISHED and self.order is None

    @property
    def name(self) -> str:
        """What the log calls it: the same in every rehearsal of the same story."""
        return f"{self.row.key}/{self.entry_key}/{self.shopper.label}"


@dataclass(slots=True, eq=False)
class Message:
    """One intended send, by one medium."""

    id: int
    run: Run
    step_id: str
    medium: str
    marketing: bool
    template: str
    priority: int
    planned_for: datetime
    due_at: datetime
    expires_at: datetime
    cart: CartRow | None
    has_offer: bool = False
    no_offer: str = ""
    state: MessageState = MessageState.SCHEDULED
    reason: str = ""
    attempts: int = 0
    maybe_left: bool = False
    resolvable: bool = False
    clicked: bool = False
    cost_micros: int = 0
    cost_month: str = ""
    address: str = ""  # where it went
    provider_id: str = ""
    inflight_at: datetime | None = None
    delivered_at: datetime | None = None
    lease: int = 0  # counts claims: an answer of an older claim is known by it

    @property
    def key(self) -> str:
        """Its own name, given to the vendor with every attempt."""
        return f"{self.run.name}/{self.step_id}/{self.medium}"

    @property
    def shopper(self) -> Shopper:
        """Whom it is for."""
        return self.run.shopper

    @property
    def left(self) -> bool:
        """True if it has left, or may have."""
        return self.state in MAY_HAVE_LEFT or (self.maybe_left and self.state in WAITING)


@dataclass(slots=True, eq=False)
class Code:
    """A discount code that exists at the platform."""

    code: str
    run: Run
    step_id: str
    kind: str
    made_at: datetime
    expires_at: datetime


@dataclass(slots=True, eq=False)
class ErrandRow:
    """Something told to staff or other software: one a run and step."""

    run: Run
    step_id: str
    outlet: str
    at: datetime
