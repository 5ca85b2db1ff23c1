"""The purchase race: an order and a send at the same instant, many times."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from connector.domain.people import Person
from connector.models import Message, MessageState, Order, Purpose, Run
from jobs import orders as asking
from jobs.flows import advance_runs
from jobs.messages import send_messages
from tests.stage import Stage

PAIRS = 60


def shopper(number: int) -> Person:
    """One of many."""
    return Person(email=f"shopper{number}@example.com", first_name="S", country="US")


def test_nothing_is_inflight_after_a_committed_purchase(stage: Stage) -> None:
    for number in range(PAIRS):
        stage.cart(shopper(number), token=f"c{number}")
    stage.after(minutes=59, seconds=59)
    stage.set_clock(stage.now + timedelta(seconds=2))
    advance_runs([(stage.store.id, run.id) for run in stage.rows(Run)])
    asking.refresh(stage.store.id)
    due = [message.id for message in stage.rows(Message)]
    assert len(due) == PAIRS
    chance = random.Random(7)
    buying = threading.Thread(target=_buy, args=(stage, chance))
    sending = [
        threading.Thread(target=send_messages, args=([(stage.store.id, m) for m in due],))
        for _ in range(2)
    ]
    for thread in (buying, *sending):
        thread.start()
    for thread in (buying, *sending):
        thread.join()
    _nothing_after_a_purchase(stage)


def _buy(stage: Stage, chance: random.Random) -> None:
    for number in range(PAIRS):
        time.sleep(chance.random() / 50)
        placed = stage.unheard_order(shopper(number), f"o{number}")
        stage.tell(replace(placed, order=replace(placed.order, cart_tokens=(f"c{number}",))))


def _nothing_after_a_purchase(stage: Stage) -> None:
    """Commit order decides: a marketing message is inflight before its order, or never."""
    with stage.session() as session:
        rows = session.execute(
            select(Message.state, Message.reason, Order.id)
            .join(Run, Run.id == Message.run_id)
            .join(Order, Order.id == Run.order_id)
            .where(Message.purpose == Purpose.MARKETING)
        ).all()
    assert len(rows) == PAIRS
    states = {state for state, _, _ in rows}
    assert states <= {MessageState.SENT, MessageState.CANCELLED}, states
    cancelled = sum(state is MessageState.CANCELLED for state, _, _ in rows)
    sent = len(stage.outbox()) - sum(m.purpose == "transactional" for m in _sent(stage))
    assert sent + cancelled == PAIRS


def _sent(stage: Stage) -> list[Message]:
    return [message for message in stage.rows(Message) if message.state is MessageState.SENT]
