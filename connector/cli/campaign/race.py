"""`--part race`: an order and a send about the same person at the same instant, pair after pair.

The order's commit decides: a message is inflight before it, or never. Both are timed by the
database's clock: the attempt while the sender holds the locks, the order once it is committed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from random import Random
from threading import Event

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector import clock
from connector.cli.campaign import copies, hands, stores
from connector.cli.campaign.channels import NoKey
from connector.cli.campaign.crashes import Said
from connector.cli.campaign.crew import end, talk
from connector.cli.campaign.ground import Ground, opened
from connector.domain.carts import OrderSnapshot
from connector.domain.money import Money
from connector.domain.people import Person
from connector.models import Attempt, Contact, Message, MessageState, Store
from connector.ports.events import OrderPlaced
from connector.services import events
from jobs.runtime import Ref

_SENDERS, _BUYERS, _AT_ONCE = 2, 2, 16
_STORE = 500  # pairs in one store
_HEAD_START_S = 0.1  # of the senders, at most
_TELL_EVERY_S = 10.0


@dataclass
class Race:
    """Figures; a message that was inflight after its purchase was committed breaks the promise."""

    pairs: int = 0
    sent: int = 0  # before the purchase
    cancelled: int = 0  # the purchase came first
    elsewhere: int = 0  # neither: must not be
    inflight_after_purchase: int = 0
    accepted_by_provider: int = 0

    def broken(self) -> list[str]:
        """The promises that do not hold."""
        names = ("inflight_after_purchase", "elsewhere")
        found = [(name, getattr(self, name)) for name in names]
        broken = [f"{name.replace('_', ' ')}: {n}, must be 0" for name, n in found if n]
        if self.accepted_by_provider != self.sent:
            broken.append(f"the provider has {self.accepted_by_provider}, {self.sent} were sent")
        return broken

    def figures(self) -> dict[str, object]:
        """All of them, for the JSON."""
        return asdict(self)


def run(pairs: int, seed: int, said: Said) -> Race:
    """So many pairs, by two sending processes and four buyers."""
    race, began = Race(), time.monotonic()
    luck = Random(seed)  # noqa: S311 - instants, not secrets
    with opened() as ground, _senders(ground) as senders:
        told = began
        while race.pairs < pairs:
            _run_store(ground, senders, min(_STORE, pairs - race.pairs), luck, race)
            if time.monotonic() > told + _TELL_EVERY_S:
                told = time.monotonic()
                said(f"{race.pairs} pairs in {told - began:.0f} s: {race.sent} were sent in time")
        race.accepted_by_provider = len(ground.books()["messages"])
    return race


@contextmanager
def _senders(ground: Ground) -> Iterator[list[Connection]]:
    ends, processes = [], []
    for number in range(_SENDERS):
        process, pipe = talk(ground, hands.send_as_told, f"sender-{number}")
        processes.append(process)
        ends.append(pipe)
    try:
        yield ends
    finally:
        for process in processes:
            end(process)
        for pipe in ends:
            pipe.close()


def _run_store(
    ground: Ground, senders: Sequence[Connection], pairs: int, luck: Random, race: Race
) -> None:
    store = stores.connect(ground, NoKey.kind, codes=False)
    stores.due(ground, store, 1)
    with ground.means.sessions.store(store.id) as session:
        copies.multiply(session, pairs - 1)
    emails = _emails(ground, store)
    refs = [(store.id, message_id) for message_id in emails]
    bought: dict[int, datetime] = {}
    for start in range(0, len(refs), _AT_ONCE):
        bought |= _race(ground, store, senders, refs[start : start + _AT_ONCE], emails, luck)
    with ground.means.sessions.store(store.id) as session:
        count(session, bought, race)


def _emails(ground: Ground, store: Store) -> dict[int, str]:
    """Whose each message is."""
    query = select(Message.id, Contact.email).join(Contact, Contact.id == Message.contact_id)
    with ground.means.sessions.store(store.id) as session:
        return {row.id: row.email for row in session.execute(query.order_by(Message.id))}


def _race(
    ground: Ground,
    store: Store,
    senders: Sequence[Connection],
    batch: Sequence[Ref],
    emails: Mapping[int, str],
    luck: Random,
) -> dict[int, datetime]:
    """One batch: when each order was committed, by message. Buyers come in any order."""
    for sender in senders:
        sender.send(list(batch))
    Event().wait(luck.uniform(0, _HEAD_START_S))
    ids = luck.sample([message_id for _, message_id in batch], len(batch))
    with ThreadPoolExecutor(_BUYERS) as pool:
        times = pool.map(lambda message_id: buy(ground, store, emails[message_id]), ids)
        bought = dict(zip(ids, times, strict=True))
    for sender in senders:
        sender.recv()
    return bought


def buy(ground: Ground, store: Store, email: str) -> datetime:
    """A person's order is committed; when that was over, by the database's clock."""
    now, sessions = clock.now(), ground.means.sessions
    event = OrderPlaced(_order(email, now))
    sessions.in_store(store.id, lambda s: events.record(s, s.get_one(Store, store.id), event, now))
    with sessions.store(store.id) as session:
        over: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return over


def _order(email: str, now: datetime) -> OrderSnapshot:
    return OrderSnapshot(
        external_id=email,
        name=f"#{email}",
        person=Person(email=email),
        total=Money("USD", 1800),
        placed_at=now,
        source_at=now,
    )


def count(session: Session, bought: Mapping[int, datetime], race: Race) -> None:
    """Add the messages whose people bought to the figures (store's transaction)."""
    for message_id, state in session.execute(
        select(Message.id, Message.state).where(Message.id.in_(bought))
    ):
        race.pairs += 1
        race.sent += state is MessageState.SENT
        race.cancelled += state is MessageState.CANCELLED
        race.elsewhere += state not in {MessageState.SENT, MessageState.CANCELLED}
        race.inflight_after_purchase += _began_after(session, message_id, bought[message_id])


def _began_after(session: Session, message_id: int, bought_at: datetime) -> bool:
    attempts = select(func.max(Attempt.started_at)).where(Attempt.message_id == message_id)
    began_at = session.scalar(attempts)
    return began_at is not None and began_at > bought_at
