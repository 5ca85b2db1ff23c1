"""The send ledger: at most one message a step, and doubt is shown, never repeated."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from connector import clock
from connector.errors import Disconnected, NotSent, OutcomeUnknown, Refused, Scope
from connector.models import Attempt, ChannelAccount, Contact, Message, MessageState, Run
from connector.ports.channel import DeliveryReport, Outgoing, ReportKind
from connector.services import contacts, messages, reports
from connector.services.ledger import Held
from jobs import orders, preparing
from jobs.flows import advance_runs
from jobs.messages import send_messages
from tests.fakes import Accepted, FakeMail, Fakes
from tests.stage import ANA, Stage


def reminded(stage: Stage) -> Message:
    """Ana's reminder was tried once."""
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(hours=1)
    return stage.rows(Message)[0]


def test_a_sent_message_keeps_its_receipt_and_its_attempt(stage: Stage) -> None:
    message = reminded(stage)
    assert message.state is MessageState.SENT
    assert message.provider_id == f"id-{message.key}"
    attempt = stage.one(Attempt)
    assert (attempt.number, attempt.outcome, attempt.detail) == (1, "sent", message.provider_id)


def test_what_certainly_did_not_leave_is_tried_again_later(stage: Stage) -> None:
    Fakes.world.answers = [NotSent("slow down", after=90), NotSent("busy")]
    message = reminded(stage)
    assert (message.state, message.reason) == (MessageState.SCHEDULED, "slow down")
    assert message.due_at == stage.now + timedelta(seconds=90)
    stage.after(minutes=10)
    assert stage.outbox() == [("email", "Ana@example.com")]
    assert [a.outcome for a in stage.rows(Attempt)] == ["NotSent", "NotSent", "sent"]


@pytest.mark.parametrize(
    "doubt",
    [OutcomeUnknown("no answer"), Accepted(OutcomeUnknown("cut off")), RuntimeError("a bug")],
    ids=["no answer", "accepted, then cut off", "a bug in the adapter"],
)
def test_doubt_is_shown_and_never_repeated(stage: Stage, doubt: Exception) -> None:
    Fakes.world.answers = [doubt]
    message = reminded(stage)
    assert message.state is MessageState.UNKNOWN
    assert "may have left" in message.reason
    stage.after(hours=20)
    assert len(stage.rows(Attempt)) == 1


def test_a_refused_address_is_not_written_to_again(stage: Stage) -> None:
    Fakes.world.answers = [Refused("550 no such user", Scope.ADDRESS)]
    message = reminded(stage)
    assert (message.state, message.reason) == (MessageState.DEAD, "550 no such user")
    with stage.session() as session:
        assert contacts.is_suppressed(session, stage.store.id, "email", "ana@EXAMPLE.com")


def test_broken_credentials_pause_the_channel_not_the_message(stage: Stage) -> None:
    Fakes.world.answers = [Disconnected("535 bad login")]
    message = reminded(stage)
    assert message.state is MessageState.SCHEDULED
    paused = {row.kind: row.paused for row in stage.rows(ChannelAccount)}
    assert paused["fake_mail"] == "535 bad login"
    stage.after(minutes=50)
    assert stage.outbox() == []
    assert "paused" in stage.rows(Message)[0].reason
    stage.after(minutes=20)  # once an hour it is tried whether they work again
    assert stage.outbox() == [("email", "Ana@example.com")]
    assert {row.paused for row in stage.rows(ChannelAccount)} == {""}


def test_a_message_whose_time_has_passed_is_dropped(stage: Stage) -> None:
    stage.draws("""
        key: short
        name: Short
        trigger: checkout_abandoned
        steps:
          - {id: calm, wait: {minutes: 60, since: last_activity}}
          - {id: reminder, send: {medium: email, template: reminder, within_hours: 6}}
        """)
    Fakes.world.answers = [NotSent("down", after=3 * 3600) for _ in range(50)]
    reminded(stage)
    stage.after(hours=7)
    message = stage.one(Message)
    assert (message.state, message.reason) == (
        MessageState.CANCELLED,
        "too late: its time had passed",
    )
    assert stage.outbox() == []


def test_a_worker_that_dies_before_the_wire_costs_nothing(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=59, seconds=59)
    message = plan_reminder(stage)
    claimed = preparing.claim(stage.store.id, message.id)
    assert claimed is not None
    lease_over(stage)
    stage.after(minutes=1)
    assert stage.outbox() == [("email", "Ana@example.com")]
    assert len(stage.rows(Attempt)) == 1


def test_a_worker_that_dies_at_the_wire_leaves_a_visible_doubt(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=59, seconds=59)
    message = plan_reminder(stage)
    claimed = preparing.claim(stage.store.id, message.id)
    assert claimed is not None
    assert preparing.prepare(claimed) is not None
    with stage.session() as session:
        assert messages.final_check(session, stage.store.id, claimed.held("text"), stage.now) == 1
    lease_over(stage)
    stage.after(hours=2)
    assert stage.outbox() == []
    assert stage.rows(Message)[0].state is MessageState.UNKNOWN


def test_a_worker_that_wakes_up_late_still_completes_its_attempt(stage: Stage) -> None:
    held = plan_and_begin(stage)
    lease_over(stage)
    stage.settle()
    assert stage.rows(Message)[0].state is MessageState.UNKNOWN
    with stage.session() as session:
        outcome = messages.attempt(FakeMail({}), outgoing())
        messages.record(session, held, outcome, stage.now)
    assert stage.rows(Message)[0].state is MessageState.SENT


def test_two_workers_with_the_same_batch_send_once(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=59, seconds=59)
    message = plan_reminder(stage)
    both = [
        threading.Thread(target=send_messages, args=([[stage.store.id, message.id]],))
        for _ in range(4)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert stage.outbox() == [("email", "Ana@example.com")]


def test_no_state_can_be_skipped_or_taken_back(stage: Stage) -> None:
    message = reminded(stage)
    with pytest.raises(DBAPIError, match="cannot go from sent to scheduled"), stage.session() as s:
        s.execute(text("update messages set state = 'scheduled' where id = :i"), {"i": message.id})
    with pytest.raises(DBAPIError, match="written once"), stage.session() as s:
        s.execute(text("update attempts set outcome = 'NotSent'"))


def test_a_delivery_report_may_come_before_our_own_record(stage: Stage) -> None:
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(minutes=59, seconds=59)
    message = plan_reminder(stage)
    early = DeliveryReport(ReportKind.DELIVERED, "e1", f"id-{message.key}", at=stage.now)
    for _ in range(2):
        with stage.session() as session:
            reports.record(session, stage.store.id, "fake_mail", early, stage.now)
    stage.after(minutes=1)
    assert stage.rows(Message)[0].delivered_at == early.at


def test_stop_by_text_stops_texts_and_start_allows_them_again(stage: Stage) -> None:
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stop = DeliveryReport(ReportKind.STOPPED, "s1", "", address="+12125550101")
    with stage.session() as session:
        reports.record(session, stage.store.id, "fake_text", stop, stage.now)
    stage.after(days=2)
    assert stage.outbox() == [("email", "Ana@example.com")]
    start = DeliveryReport(ReportKind.STARTED, "s2", "", address="+12125550101", at=stage.now)
    with stage.session() as session:
        reports.record(session, stage.store.id, "fake_text", start, stage.now)
        assert not contacts.is_suppressed(session, stage.store.id, "sms", "+12125550101")
        ana = session.get_one(Contact, stage.contact("Ana@example.com").id)
        assert contacts.consent(session, ana.id, "sms") == "yes"


def plan_reminder(stage: Stage) -> Message:
    """The reminder is planned and due, and nobody has looked at it yet."""
    stage.set_clock(stage.now + timedelta(seconds=2))
    advance_runs([(stage.store.id, stage.one(Run).id)])
    (message,) = stage.rows(Message)
    assert message.state is MessageState.SCHEDULED
    orders.refresh(stage.store.id)
    return message


def plan_and_begin(stage: Stage) -> Held:
    """The reminder is inflight in a worker's hands."""
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=59, seconds=59)
    message = plan_reminder(stage)
    claimed = preparing.claim(stage.store.id, message.id)
    assert claimed is not None
    with stage.session() as session:
        held = claimed.held("text")
        assert messages.final_check(session, stage.store.id, held, clock.now()) == 1
    return held


def outgoing() -> Outgoing:
    """Any message."""
    return Outgoing(key=str(uuid4()), to="Ana@example.com", text="hello")


def lease_over(stage: Stage) -> None:
    """The worker's lease has run out, by the database's clock."""
    with stage.sessions.all_stores() as session:
        session.execute(
            text("update messages set lease_until = clock_timestamp() - interval '1 second'"
                 " where lease_until is not null")
        )  # fmt: skip
