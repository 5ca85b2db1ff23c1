"""A few shoppers and their carts, for stories told by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from connector.domain.carts import CartKind, CartLine, CartSnapshot, OrderSnapshot
from connector.domain.flows import read
from connector.domain.money import Money
from connector.domain.people import Person
from connector.domain.settings import StoreSettings
from connector.ports.events import (
    CartChanged,
    ConsentChanged,
    ConsentMark,
    ConsentState,
    OrderPlaced,
)
from connector.rehearsal.engine import Engine
from connector.rehearsal.invariants import Watch
from connector.rehearsal.news import Told
from connector.rehearsal.rows import Shop
from connector.rehearsal.vendors import Reliable, Vendor

NOON = datetime.fromisoformat("2026-10-12T16:00:00+00:00")  # a Monday, in New York
SHOP = Shop("shop", "USD", "America/New_York", "US")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

MINA = Person(email="mina@example.com", phone="+12125550101", country="US", province="NY")
OSCAR = Person(email="oscar@example.com", phone="+12125550102", country="US", province="NY")
HIS_SON = Person(phone="+12125550102", country="US", province="NY")


def cart(person: Person, at: datetime, name: str = "c1", kind: str = "checkout") -> CartSnapshot:
    lines = (CartLine("p1", "v1", "Lamp", 1, Money("USD", 4000)),)
    total = Money("USD", 4000)
    return CartSnapshot(name, CartKind(kind), lines, total, person, at, (f"token-{name}",))


def order(person: Person, at: datetime, name: str = "#1", of: str = "c1") -> OrderSnapshot:
    return OrderSnapshot(name, name, person, Money("USD", 4000), at, at, (f"token-{of}",))


def left(person: Person, at: datetime, name: str = "c1") -> Told:
    return Told(at, CartChanged(cart(person, at, name)))


def ordered(person: Person, at: datetime, name: str = "#1", of: str = "c1") -> Told:
    return Told(at, OrderPlaced(order(person, at, name, of)))


def agreed(person: Person, at: datetime, *media: str, state: str = "yes") -> Told:
    said = ConsentState(state)
    marks = tuple(ConsentMark(one, said, at, "checkout") for one in media)
    return Told(at, ConsentChanged(person, marks))


def flow(key: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"key": key, "name": key.title(), "trigger": "checkout_abandoned", **more} | {
        "steps": list(steps)
    }


def wait(name: str, **span: Any) -> dict[str, Any]:
    return {"id": name, "wait": span}


def send(name: str, *media: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "send": {"medium": list(media) or "email", "template": "reminder", **more}}


def shop(
    *flows: dict[str, Any],
    settings: StoreSettings | None = None,
    vendor: Vendor | None = None,
    now: datetime = NOON,
) -> Engine:
    """A watched shop with these flows."""
    engine = Engine(SHOP, vendor or Reliable(), now, settings or StoreSettings())
    for text in flows:
        engine.install(read(text))
    Watch(engine)
    return engine


def after(engine: Engine, hours: float, told: Iterable[Told] = ()) -> list[tuple[str, str]]:
    """Tell it all, let hours pass since NOON, and say what became of the messages."""
    engine.tell_all(told)
    engine.tick(NOON + hours * HOUR)
    return [(one.step_id, str(one.state)) for one in engine.messages.values()]
