"""What may be told to a rehearsal beside the store's own events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.carts import OrderSnapshot
from connector.domain.flows import Flow
from connector.domain.flows.holdout import Holdout
from connector.domain.people import Person
from connector.domain.settings import StoreSettings
from connector.ports.channel import ReportKind
from connector.ports.events import StoreEvent
from connector.rehearsal.rows import FlowState


@dataclass(frozen=True)
class PlacedAtShop:
    """An order is in the shop's books: told to us later, or never, but shown when we ask."""

    order: OrderSnapshot


@dataclass(frozen=True)
class Unsubscribed:
    """She follows the link in the last message that she got by this medium."""

    person: Person
    medium: str


@dataclass(frozen=True)
class Clicked:
    """She follows the recovery link in the last message that she got."""

    person: Person


@dataclass(frozen=True)
class SettingsEdited:
    """The merchant saved her settings."""

    settings: StoreSettings


@dataclass(frozen=True)
class FlowSwitched:
    """The merchant switched a flow on, off, or paused it."""

    key: str
    state: FlowState


@dataclass(frozen=True)
class FlowApplied:
    """The merchant saved a flow: new, or the next version of one."""

    flow: Flow


@dataclass(frozen=True)
class HoldoutSet:
    """The merchant begins, changes or ends a flow's measurement."""

    key: str
    holdout: Holdout


@dataclass(frozen=True)
class ShopSilent:
    """From now on the shop does (not) answer when it is asked for its orders."""

    silent: bool


@dataclass(frozen=True)
class Reported:
    """The vendor says what became of a message."""

    key: str  # Message.key
    kind: ReportKind


@dataclass(frozen=True)
class ServiceAway:
    """Nothing is carried out for a while: the machine was off."""

    length: timedelta


News = (
    PlacedAtShop
    | Unsubscribed
    | Clicked
    | SettingsEdited
    | FlowSwitched
    | FlowApplied
    | HoldoutSet
    | ShopSilent
    | Reported
    | ServiceAway
)
Event = StoreEvent | News


@dataclass(frozen=True)
class Told:
    """An event and when it reaches us, UTC."""

    at: datetime
    event: Event
