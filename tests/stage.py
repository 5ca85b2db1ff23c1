"""The stage on which tests play: a store, shoppers, a clock that stands until it is moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.carts import CartKind, CartLine, CartSnapshot, OrderSnapshot
from connector.domain.flows.lines import parsed
from connector.domain.money import Money
from connector.domain.people import Person
from connector.models import (
    Base,
    Cart,
    Consent,
    Contact,
    Discount,
    Errand,
    Flow,
    FlowState,
    JournalEntry,
    Message,
    Run,
    Store,
)
from connector.ports.events import (
    CartChanged,
    ConsentChanged,
    ConsentMark,
    ConsentState,
    OrderPlaced,
    StoreEvent,
)
from connector.ports.platform import StoreInfo
from connector.services import events, flows, installs
from connector.session import Sessions
from jobs import dispatch
from jobs.connecting import library_flow
from jobs.runtime import runtime
from tests.fakes import Fakes

Row = TypeVar("Row", bound=Base)
# A Tuesday, 10:00 in New York.
START = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
ANA = Person(email="Ana@example.com", phone="+12125550101", first_name="Ana", country="US")
BEN = Person(email="ben@example.com", phone="+12125550102", first_name="Ben", country="US")
MUG = CartLine("11", "111", "Enamel mug", 2, Money("USD", 1800), "blue")
_DUE = (Cart.due_at, Run.due_at, Message.due_at, Errand.due_at)


@dataclass
class Stage:
    """One store (Oscar's, USD, New York) and what happens in it."""

    sessions: Sessions
    store: Store
    now: datetime = START

    def tell(self, *happened: StoreEvent) -> list[str]:
        """The platform says something; returns what was ignored and why."""
        return [self._tell(event) for event in happened]

    def _tell(self, event: StoreEvent) -> str:
        return self.sessions.in_store(
            self.store.id, lambda s: events.record(s, self._store(s), event, self.now)
        )

    def cart(self, person: Person = ANA, token: str = "c1", **changes: Any) -> CartSnapshot:
        """A shopper fills a cart now."""
        snapshot = CartSnapshot(
            external_id=token,
            kind=CartKind.CHECKOUT,
            lines=(MUG,),
            total=Money("USD", 3600),
            person=person,
            source_at=self.now,
            tokens=(token, f"checkout-{token}"),
            recovery_url=f"https://shop.example/recover/{token}",
            locale="en",
        )
        snapshot = replace(snapshot, **changes)
        self.tell(CartChanged(snapshot))
        return snapshot

    def order(self, person: Person = ANA, name: str = "1001", **changes: Any) -> OrderPlaced:
        """A shopper orders now; the platform says so at once."""
        placed = self.unheard_order(person, name, **changes)
        self.tell(placed)
        return placed

    def unheard_order(
        self, person: Person = ANA, name: str = "1001", **changes: Any
    ) -> OrderPlaced:
        """An order that the platform knows of and has not told."""
        snapshot = OrderSnapshot(
            external_id=name,
            name=f"#{name}",
            person=person,
            total=Money("USD", 3420),
            placed_at=self.now,
            source_at=self.now,
        )
        return OrderPlaced(replace(snapshot, **changes))

    def agrees(self, person: Person = ANA, *channels: str, state: str = "yes") -> None:
        """She says yes (or no) to channels."""
        marks = tuple(
            ConsentMark(channel, ConsentState(state), self.now, "checkout") for channel in channels
        )
        self.tell(ConsentChanged(person, marks))

    def draws(self, text_: str, *, alone: bool = True) -> Flow:
        """The merchant draws a flow (YAML) and switches it on, in place of all others."""
        with self.sessions.store(self.store.id) as session:
            if alone:
                session.execute(update(Flow).values(state=FlowState.OFF))
            return flows.install(session, self._store(session), parsed(text_)[0], self.now)

    def hold_out(self, key: str, percent: int, salt: str = "s") -> None:
        """Some people are left alone, to measure."""
        with self.sessions.store(self.store.id) as session:
            values = {"holdout_percent": percent, "holdout_salt": salt}
            session.execute(update(Flow).where(Flow.key == key).values(**values))

    def runs(self) -> list[tuple[str, str]]:
        """Every run: (state, why it ended)."""
        return [(run.state, run.reason) for run in self.rows(Run)]

    def after(self, **span: float) -> Stage:
        """Let time pass, stopping wherever something is due, and do all that is due."""
        end = self.now + timedelta(**span)
        while True:
            self.settle()
            due = self._next_due(end)
            if due is None:
                break
            self.set_clock(due)
        self.set_clock(end)
        self.settle()
        return self

    def set_clock(self, at: datetime) -> None:
        """It is `at` now."""
        self.now = at
        clock.follow(lambda: clock.Shift(real=at, product=at, rate=0.0))

    def settle(self) -> None:
        """Do everything that is due, as dispatcher and workers would."""
        dispatch._run_all(dispatch.RESCUE)
        for _ in range(20):
            if not self._is_due():
                return
            self._work()
        raise AssertionError("the service never comes to rest")

    def tick(self) -> int:
        """One round of the dispatcher, with the jobs done on the spot."""
        dispatch._run_all(dispatch.RESCUE)
        return self._work()

    def _is_due(self) -> bool:
        """True if a round of the dispatcher would find anything: asked in one go, since often."""
        found = (
            f"exists (select from {due.table} where ({due.when}) and ({dispatch._RING}))"
            for due in dispatch.DUE
        )
        with self.sessions.all_stores() as session:
            asked = text(f"select {' or '.join(found)}")
            return bool(session.scalar(asked, {"now": self.now}))

    def _work(self) -> int:
        done = 0
        for due in dispatch.DUE:
            with self.sessions.all_stores() as session:
                refs = dispatch.mark(session, due, self.now)
            if refs:
                due.job(refs)
            done += len(refs)
        return done

    def _next_due(self, end: datetime) -> datetime | None:
        with self.sessions.store(self.store.id) as session:
            times = [
                session.scalar(select(column).where(column > self.now).order_by(column).limit(1))
                for column in (*_DUE, Discount.tidy_at, Consent.tell_at)
            ]
        soonest = min((at for at in times if at is not None), default=None)
        return soonest if soonest is not None and soonest <= end else None

    def outbox(self) -> list[tuple[str, str]]:
        """What left: (medium, to)."""
        return [(medium, message.to) for medium, message in Fakes.world.outbox]

    def messages(self) -> list[tuple[str, str, str]]:
        """Every intended send: (step, state, reason)."""
        return [(m.step_id, m.state, m.reason) for m in self.rows(Message)]

    def story(self) -> list[str]:
        """The journal's texts, in order."""
        return [entry.text for entry in self.rows(JournalEntry)]

    def rows(self, model: type[Row]) -> list[Row]:
        """All rows of the store."""
        with self.sessions.store(self.store.id) as session:
            return list(session.scalars(select(model).order_by(text("id"))))

    def one(self, model: type[Row]) -> Row:
        """The only row of its kind."""
        (row,) = self.rows(model)
        return row

    def contact(self, email: str) -> Contact:
        """A shopper by her address."""
        return next(c for c in self.rows(Contact) if c.email == email)

    def configure(self, **changes: Any) -> None:
        """Change the store's settings."""
        with self.sessions.store(self.store.id) as session:
            installs.configure(session, self._store(session), changes)

    def _store(self, session: Session) -> Store:
        return session.get_one(Store, self.store.id)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction of the store."""
        with self.sessions.store(self.store.id) as session:
            yield session


def make_store(sessions: Sessions, domain: str, now: datetime, **info: str) -> Store:
    """A connected store with mail, texts and an audience, and the first flow."""
    told = {"currency": "USD", "timezone": "America/New_York", "country": "US", **info}
    shop = StoreInfo(
        name=told.get("name", "Oscar's Outdoor"),
        currency=told["currency"],
        timezone=told["timezone"],
        storefront="https://shop.example",
        email="",
        country=told["country"],
    )
    vault = runtime().vault
    with Session(sessions.app, expire_on_commit=False) as session, session.begin():
        new = installs.NewStore("fake", domain, {"token": "t"}, sandbox=True)
        store, _ = installs.connect(session, vault, new, shop, now, None)
        for kind in ("fake_mail", "fake_text", "fake_audience", "webhook", "slack"):
            installs.add_channel(session, vault, store, kind, {})
        flows.install(session, store, library_flow("cart-recovery"), now)
    return store
