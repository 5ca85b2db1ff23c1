"""Workers that die at the wire, or wake up after their lease: nothing is lost, nothing doubled."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from connector.errors import NotSent, Refused
from connector.models import Cart, Message, Run
from connector.ports.channel import DeliveryReport, Outgoing, Repeat, ReportKind
from connector.services import messages, reports
from connector.services.ledger import Held
from jobs import orders, preparing
from jobs.flows import advance_runs, watch_carts
from jobs.unknowns import resolve_messages
from tests.fakes import Fakes
from tests.services.doubt import LOST, can, fate
from tests.stage import ANA, Stage


def begun(stage: Stage) -> Held:
    """The reminder is inflight in the hands of a worker that does nothing more."""
    claimed = preparing.claim(stage.store.id, planned(stage).id)
    assert claimed is not None
    outgoing = preparing.prepare(claimed)
    assert outgoing is not None
    held = claimed.held(outgoing.text)
    with stage.session() as session:
        assert messages.final_check(session, stage.store.id, held, stage.now) == 1
    return held


def planned(stage: Stage) -> Message:
    """The reminder is due, and nobody has looked at it yet."""
    stage.draws("""
        key: one
        name: One
        trigger: checkout_abandoned
        steps: [{id: reminder, send: {medium: [email, sms], template: reminder}}]
        """)
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.set_clock(stage.now + timedelta(minutes=30))
    watch_carts([(stage.store.id, stage.one(Cart).id)])
    advance_runs([(stage.store.id, stage.one(Run).id)])
    orders.refresh(stage.store.id)
    return stage.one(Message)


def wakes_up(stage: Stage, held: Held, answer: Exception | None = None) -> None:
    """The worker goes on where it stood, long after its lease."""
    Fakes.world.answers = [answer] if answer else []
    with stage.session() as session:
        outcome = messages.attempt(held.channel, Outgoing(str(uuid4()), ANA.email, "hello"))
        messages.record(session, held, outcome, stage.now)


def dies(stage: Stage) -> None:
    """The worker's lease has run out, by the database's clock."""
    with stage.sessions.all_stores() as session:
        session.execute(
            text("update messages set lease_until = clock_timestamp() - interval '1 second'"
                 " where lease_until is not null")
        )  # fmt: skip
    stage.settle()


def test_a_crash_at_the_wire_is_resolved_like_any_doubt(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    can(monkeypatch, Repeat.LOOK_UP)
    begun(stage)
    dies(stage)
    assert fate(stage)[0] == "unknown"
    assert Fakes.world.looks == []
    stage.after(minutes=10)
    assert (len(Fakes.world.looks), stage.outbox()) == (1, [("email", ANA.email)])


def test_a_report_before_the_crash_is_proof(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    can(monkeypatch, Repeat.NEVER)
    begun(stage)
    key = stage.one(Message).key
    report = DeliveryReport(ReportKind.DELIVERED, "e1", "SM1", at=stage.now)
    with stage.session() as session:
        reports.record(session, stage.store.id, "fake_mail", report, stage.now, key)
    dies(stage)
    stage.after(minutes=10)
    message = stage.one(Message)
    assert (message.state, message.provider_id) == ("sent", "SM1")
    assert message.delivered_at is not None


@pytest.mark.parametrize(
    ("woke_with", "state", "wrote"),
    [
        (None, "sent", 1),
        (NotSent("busy"), "sent", 1),
        (Refused("550"), "failed", 0),
        (LOST, "unknown", 0),
    ],
    ids=["a receipt", "not sent", "refused", "in doubt"],
)
def test_a_worker_that_wakes_up_late_settles_what_it_knows(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    woke_with: Exception | None,
    state: str,
    wrote: int,
) -> None:
    can(monkeypatch, Repeat.NEVER)
    held = begun(stage)
    dies(stage)
    wakes_up(stage, held, woke_with)
    stage.after(minutes=20)
    by_mail = next(m for m in stage.rows(Message) if m.medium == "email")
    assert by_mail.state == state
    assert sum(medium == "email" for medium, _ in stage.outbox()) == wrote


def test_a_late_receipt_stops_a_repeat_that_has_not_left(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor did not show it in time, so it was due again; then the worker woke up."""
    can(monkeypatch, Repeat.LOOK_UP)
    held = begun(stage)
    dies(stage)
    stage.set_clock(stage.now + timedelta(minutes=5))
    resolve_messages([(stage.store.id, stage.one(Message).id)])
    assert fate(stage)[0] == "scheduled"
    wakes_up(stage, held)
    stage.after(hours=1)
    assert (fate(stage)[0], len(stage.outbox())) == ("sent", 1)
