"""Open outcomes: what each vendor can still say of them, and never a second message."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from connector.errors import Disconnected, NotSent, OutcomeUnknown, Refused
from connector.models import Attempt, Cart, Message, MessageState, Run
from connector.ports.channel import (
    DeliveryReport,
    Outgoing,
    Receipt,
    Repeat,
    ReportKind,
    Trace,
)
from connector.services import messages, reports
from connector.services.ledger import Held
from jobs import orders, preparing
from jobs.flows import advance_runs, watch_carts
from jobs.unknowns import resolve_messages
from tests.fakes import Accepted, FakeMail, Fakes
from tests.stage import ANA, Stage

LOST = OutcomeUnknown("no answer")
TAKEN = Accepted(LOST)  # it took the message, and we never read that


@pytest.fixture
def vendor(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The mail's vendor; a test says what it can do in doubt."""
    return monkeypatch


def can(vendor: pytest.MonkeyPatch, repeat: Repeat, **more: object) -> None:
    vendor.setattr(FakeMail, "repeat", repeat)
    for name, value in more.items():
        vendor.setattr(FakeMail, name, value)


def in_doubt(stage: Stage, *answers: Exception) -> Message:
    """Ana's reminder was handed over, and nobody knows what came of it."""
    stage.draws("""
        key: one
        name: One
        trigger: checkout_abandoned
        steps:
          - {id: calm, wait: {hours: 1, since: last_activity}}
          - {id: reminder, send: {medium: [email, sms], template: reminder}}
        """)
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    Fakes.world.answers = list(answers)
    stage.after(hours=1)
    message = stage.one(Message)
    assert message.state is MessageState.UNKNOWN
    return message


def fate(stage: Stage) -> tuple[str, str]:
    message = stage.one(Message)
    return message.state, message.reason


def test_who_cannot_be_asked_is_not_asked(stage: Stage, vendor: pytest.MonkeyPatch) -> None:
    can(vendor, Repeat.NEVER)
    in_doubt(stage, LOST)
    stage.after(days=2)
    assert fate(stage) == ("unknown", "it may have left: no answer")
    assert (Fakes.world.looks, stage.outbox()) == ([], [])


def test_what_the_vendor_shows_with_our_link_was_sent(
    stage: Stage, vendor: pytest.MonkeyPatch
) -> None:
    can(vendor, Repeat.FIND)
    message = in_doubt(stage, TAKEN)
    stage.after(minutes=3)
    assert Fakes.world.looks == []  # a vendor needs a while to show what it took
    stage.after(minutes=2)
    assert Fakes.world.looks == [(str(message.key), ANA.email)]
    assert fate(stage) == ("sent", "")
    assert stage.one(Message).provider_id == f"id-{message.key}"


def test_somebody_elses_message_is_no_proof(stage: Stage, vendor: pytest.MonkeyPatch) -> None:
    can(vendor, Repeat.FIND)
    in_doubt(stage, LOST)
    other = Trace("id-other", "Hello: https://cart.example/r/" + "x" * 22)
    Fakes.world.look_answers = [[other], [], [], [other]]
    stage.after(days=1)
    assert len(Fakes.world.looks) == 3
    assert fate(stage) == ("unknown", "it may have left: the vendor does not show it")
    assert not stage.one(Message).resolvable


def test_what_never_left_is_sent_once(stage: Stage, vendor: pytest.MonkeyPatch) -> None:
    can(vendor, Repeat.LOOK_UP)
    in_doubt(stage, LOST)
    stage.after(minutes=10)
    assert stage.outbox() == [("email", ANA.email)]
    assert [a.outcome for a in stage.rows(Attempt)] == ["OutcomeUnknown", "sent"]


@pytest.mark.parametrize("keeps_keys", [True, False], ids=["by our key", "by our links"])
def test_what_the_vendor_took_is_not_sent_again(
    stage: Stage, vendor: pytest.MonkeyPatch, keeps_keys: bool
) -> None:
    can(vendor, Repeat.LOOK_UP)
    Fakes.world.keeps_keys = keeps_keys
    in_doubt(stage, TAKEN)
    stage.after(days=1)
    assert (fate(stage), len(stage.outbox())) == (("sent", ""), 1)


def test_a_text_without_any_mark_might_be_ours(stage: Stage, vendor: pytest.MonkeyPatch) -> None:
    can(vendor, Repeat.LOOK_UP)
    in_doubt(stage, LOST)
    Fakes.world.look_answers = [[Trace("id-x", "Thank you!")]] * 3
    stage.after(days=1)
    assert (fate(stage)[0], stage.outbox()) == ("unknown", [])


def test_a_purchase_meanwhile_keeps_it_from_being_sent(
    stage: Stage, vendor: pytest.MonkeyPatch
) -> None:
    can(vendor, Repeat.LOOK_UP)
    in_doubt(stage, LOST)
    stage.order(ANA, cart_tokens=("c1",))
    stage.after(days=1)
    assert fate(stage) == ("cancelled", "the person has ordered")
    assert stage.outbox() == []


def test_the_same_key_is_safe_to_repeat(stage: Stage, vendor: pytest.MonkeyPatch) -> None:
    can(vendor, Repeat.SAME_KEY)
    in_doubt(stage, TAKEN)
    links = Fakes.world.outbox[0][1].text
    stage.after(minutes=10)
    assert (fate(stage), len(stage.outbox())) == (("sent", ""), 1)
    assert Fakes.world.outbox[0][1].text == links
    assert len(stage.rows(Attempt)) == 2


def test_a_repeat_says_the_very_same(stage: Stage, vendor: pytest.MonkeyPatch) -> None:
    """Whichever copy arrives, its links work: they are the same in both."""
    can(vendor, Repeat.SAME_KEY)
    said: list[str] = []
    taken = FakeMail.send

    def heard(self: FakeMail, message: Outgoing) -> Receipt:
        said.append(message.text)
        return taken(self, message)

    vendor.setattr(FakeMail, "send", heard)
    in_doubt(stage, TAKEN)
    stage.after(minutes=10)
    assert len(said) == 2
    assert len(set(said)) == 1


def test_a_key_that_the_vendor_may_have_forgotten_is_not_used(
    stage: Stage, vendor: pytest.MonkeyPatch
) -> None:
    can(vendor, Repeat.SAME_KEY, key_ttl=timedelta(seconds=1))
    in_doubt(stage, TAKEN)
    stage.after(days=1)
    assert fate(stage) == ("unknown", "it may have left: the vendor may have forgotten our key")
    assert len(stage.rows(Attempt)) == 1


def test_the_gate_has_the_last_word_on_a_repeat_and_doubt_is_not_called_cancelled(
    stage: Stage, vendor: pytest.MonkeyPatch
) -> None:
    can(vendor, Repeat.SAME_KEY)
    in_doubt(stage, LOST)
    stage.agrees(ANA, "email", state="no")
    stage.after(days=1)
    state, reason = fate(stage)
    assert (state, stage.outbox()) == ("unknown", [])
    assert reason == "it may have left, and is not tried again: the person said no"


def test_a_repeat_that_waits_and_is_taken_back_stays_in_doubt(
    stage: Stage, vendor: pytest.MonkeyPatch
) -> None:
    can(vendor, Repeat.SAME_KEY)
    in_doubt(stage, LOST, NotSent("busy", after=3600))
    stage.after(minutes=10)
    assert fate(stage) == ("scheduled", "busy")
    stage.order(ANA, cart_tokens=("c1",))
    assert fate(stage)[0] == "unknown"
    assert not stage.one(Message).resolvable


def test_a_refused_repeat_does_not_say_that_the_first_never_left(
    stage: Stage, vendor: pytest.MonkeyPatch
) -> None:
    can(vendor, Repeat.SAME_KEY)
    in_doubt(stage, LOST, Refused("422 no"))
    stage.after(hours=3)
    assert fate(stage) == ("unknown", "it may have left before; now refused: 422 no")


def test_a_vendor_that_does_not_answer_is_asked_later(
    stage: Stage, vendor: pytest.MonkeyPatch
) -> None:
    can(vendor, Repeat.FIND)
    in_doubt(stage, TAKEN)
    Fakes.world.look_answers = [NotSent("503"), Disconnected("401"), RuntimeError("a bug")]
    stage.after(hours=2)
    assert (len(Fakes.world.looks), fate(stage)[0]) == (4, "sent")


@pytest.mark.parametrize(
    ("answer", "asked"), [(OutcomeUnknown("400"), 1), (NotSent("503"), 96)], ids=["never", "a day"]
)
def test_asking_has_an_end(
    stage: Stage, vendor: pytest.MonkeyPatch, answer: Exception, asked: int
) -> None:
    can(vendor, Repeat.FIND)
    in_doubt(stage, LOST)
    Fakes.world.look_answers = [answer] * 500
    stage.after(days=2)
    assert (len(Fakes.world.looks), fate(stage)[0]) == (asked, "unknown")


def test_an_address_that_is_gone_is_not_asked_about(
    stage: Stage, vendor: pytest.MonkeyPatch
) -> None:
    can(vendor, Repeat.FIND)
    in_doubt(stage, TAKEN)
    with stage.session() as session:
        session.execute(text("update contacts set email = 'new@example.com'"))
    stage.after(days=1)
    assert Fakes.world.looks == []
    assert fate(stage) == ("unknown", "it may have left: the address is not known any more")


def test_many_workers_resolve_one_doubt_once(stage: Stage, vendor: pytest.MonkeyPatch) -> None:
    can(vendor, Repeat.LOOK_UP)
    message = in_doubt(stage, LOST)
    stage.set_clock(stage.now + timedelta(minutes=5))
    refs = [(stage.store.id, message.id)]
    workers = [threading.Thread(target=resolve_messages, args=(refs,)) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(Fakes.world.looks) == 1
    stage.after(minutes=5)
    assert stage.outbox() == [("email", ANA.email)]


def test_a_resolver_that_dies_is_followed_by_another(
    stage: Stage, vendor: pytest.MonkeyPatch
) -> None:
    can(vendor, Repeat.FIND)
    in_doubt(stage, TAKEN)
    with stage.session() as session:
        session.execute(
            text("update messages set state = 'resolving', lease_token = gen_random_uuid(),"
                 " lease_until = clock_timestamp() - interval '1 s'")
        )  # fmt: skip
    stage.after(minutes=10)
    assert fate(stage) == ("sent", "")


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
    stage: Stage, vendor: pytest.MonkeyPatch
) -> None:
    can(vendor, Repeat.LOOK_UP)
    begun(stage)
    dies(stage)
    assert fate(stage)[0] == "unknown"
    assert Fakes.world.looks == []
    stage.after(minutes=10)
    assert (len(Fakes.world.looks), stage.outbox()) == (1, [("email", ANA.email)])


def test_a_report_before_the_crash_is_proof(stage: Stage, vendor: pytest.MonkeyPatch) -> None:
    can(vendor, Repeat.NEVER)
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
    vendor: pytest.MonkeyPatch,
    woke_with: Exception | None,
    state: str,
    wrote: int,
) -> None:
    can(vendor, Repeat.NEVER)
    held = begun(stage)
    dies(stage)
    wakes_up(stage, held, woke_with)
    stage.after(minutes=20)
    by_mail = next(m for m in stage.rows(Message) if m.medium == "email")
    assert by_mail.state == state
    assert sum(medium == "email" for medium, _ in stage.outbox()) == wrote


def test_a_late_receipt_stops_a_repeat_that_has_not_left(
    stage: Stage, vendor: pytest.MonkeyPatch
) -> None:
    """The vendor did not show it in time, so it was due again; then the worker woke up."""
    can(vendor, Repeat.LOOK_UP)
    held = begun(stage)
    dies(stage)
    stage.set_clock(stage.now + timedelta(minutes=5))
    resolve_messages([(stage.store.id, stage.one(Message).id)])
    assert fate(stage)[0] == "scheduled"
    wakes_up(stage, held)
    stage.after(hours=1)
    assert (fate(stage)[0], len(stage.outbox())) == ("sent", 1)
