"""The purchase race: an order and a send at the same instant, many times."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.cli.campaign.copies import multiply
from connector.cli.campaign.race import Race, count
from connector.domain.people import Person
from connector.models import Contact, Message, Run
from connector.services import contacts, flows, messages
from connector.services.ledger import Held
from jobs import orders as asking
from jobs.flows import advance_runs
from jobs.messages import send_messages
from tests.stage import Stage

PAIRS, AT_ONCE = 500, 4
HEAD_START_S = 0.05  # of the senders, at most


def test_nothing_is_inflight_after_a_committed_purchase(stage: Stage) -> None:
    race = run(stage, PAIRS)
    assert race.pairs == PAIRS
    assert race.inflight_after_purchase == race.elsewhere == 0
    assert min(race.sent, race.cancelled) > PAIRS / 20, "no race: the same side always won"
    assert len(stage.outbox()) == race.sent


@pytest.mark.usefixtures("no_second_wall")
def test_the_lock_alone_keeps_the_promise(stage: Stage) -> None:
    assert run(stage, 100).inflight_after_purchase == 0


@pytest.mark.usefixtures("no_second_wall", "no_lock")
def test_without_the_lock_the_promise_is_broken(stage: Stage) -> None:
    """The planted bug: what the test above would miss if it could not see anything."""
    assert run(stage, PAIRS, until_lost=True).inflight_after_purchase > 0


@pytest.fixture
def no_second_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders take no waiting message back: nothing but the gate, under the lock, stops it."""
    for name in ("cancel_messages", "stop_after_purchase"):
        monkeypatch.setattr(flows, name, lambda *_: None)


@pytest.fixture
def no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sender decides on what it reads, and holds nothing."""

    def unlocked(session: Session, held: Held) -> tuple[Message, list[int]]:
        message = session.get_one(Message, held.message_id)
        return message, contacts.kin(session, message.contact_id)

    monkeypatch.setattr(messages, "_lock", unlocked)


def run(stage: Stage, pairs: int, *, until_lost: bool = False) -> Race:
    """So many people with a message that is due, and an order each."""
    stage.cart(Person(email="shopper@example.com", first_name="S", country="US"))
    stage.after(minutes=59, seconds=59)
    stage.set_clock(stage.now + timedelta(seconds=2))
    advance_runs([(stage.store.id, stage.one(Run).id)])
    with stage.session() as session:
        multiply(session, pairs - 1)
    asking.refresh(stage.store.id)
    race = Race()
    for bought in _batches(stage):
        race = Race()
        with stage.session() as session:
            count(session, bought, race)
        if until_lost and race.inflight_after_purchase:
            break
    return race


def _batches(stage: Stage) -> Iterator[dict[int, datetime]]:
    """After each batch: when everybody's order so far was committed."""
    with stage.session() as session:
        found = session.execute(
            select(Message.id, Contact.email)
            .join(Contact, Contact.id == Message.contact_id)
            .order_by(Message.id)
        ).all()
    chance, bought = random.Random(7), dict[int, datetime]()
    for start in range(0, len(found), AT_ONCE):
        bought |= _race(stage, {row.id: row.email for row in found[start:][:AT_ONCE]}, chance)
        yield bought


def _race(stage: Stage, emails: dict[int, str], chance: random.Random) -> dict[int, datetime]:
    """Two senders with the same batch, and buyers who come in any order."""
    refs = [(stage.store.id, message_id) for message_id in emails]
    senders = [threading.Thread(target=send_messages, args=(refs,)) for _ in range(2)]
    for sender in senders:
        sender.start()
    time.sleep(chance.uniform(0, HEAD_START_S))
    ids = chance.sample(list(emails), len(emails))
    with ThreadPoolExecutor(2) as pool:
        bought = dict(zip(ids, pool.map(lambda i: _buy(stage, emails[i]), ids), strict=True))
    for sender in senders:
        sender.join()
    return bought


def _buy(stage: Stage, email: str) -> datetime:
    """Her order is committed; when that was over, by the database's clock."""
    stage.tell(stage.unheard_order(Person(email=email), f"order-{email}"))
    with stage.session() as session:
        over: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return over
