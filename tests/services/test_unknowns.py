"""Open outcomes: what each vendor can still say of them, and never a second message."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from connector.errors import Disconnected, NotSent, OutcomeUnknown, Refused
from connector.models import Attempt, Message, MessageState
from connector.ports.channel import (
    Outgoing,
    Receipt,
    Repeat,
    Trace,
)
from jobs.unknowns import resolve_messages
from tests.fakes import FakeMail, Fakes
from tests.services.doubt import LOST, TAKEN, can, fate
from tests.stage import ANA, Stage


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


def test_who_cannot_be_asked_is_not_asked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    can(monkeypatch, Repeat.NEVER)
    in_doubt(stage, LOST)
    stage.after(days=2)
    assert fate(stage) == ("unknown", "it may have left: no answer")
    assert (Fakes.world.looks, stage.outbox()) == ([], [])


def test_what_the_vendor_shows_with_our_link_was_sent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    can(monkeypatch, Repeat.FIND)
    message = in_doubt(stage, TAKEN)
    stage.after(minutes=3)
    assert Fakes.world.looks == []  # a vendor needs a while to show what it took
    stage.after(minutes=2)
    assert Fakes.world.looks == [(str(message.key), ANA.email)]
    assert fate(stage) == ("sent", "")
    assert stage.one(Message).provider_id == f"id-{message.key}"


def test_somebody_elses_message_is_no_proof(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    can(monkeypatch, Repeat.FIND)
    in_doubt(stage, LOST)
    other = Trace("id-other", "Hello: https://cart.example/r/" + "x" * 22)
    Fakes.world.look_answers = [[other], [], [], [other]]
    stage.after(days=1)
    assert len(Fakes.world.looks) == 3
    assert fate(stage) == ("unknown", "it may have left: the vendor does not show it")
    assert not stage.one(Message).resolvable


def test_what_never_left_is_sent_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    can(monkeypatch, Repeat.LOOK_UP)
    in_doubt(stage, LOST)
    stage.after(minutes=10)
    assert stage.outbox() == [("email", ANA.email)]
    assert [a.outcome for a in stage.rows(Attempt)] == ["OutcomeUnknown", "sent"]


@pytest.mark.parametrize("keeps_keys", [True, False], ids=["by our key", "by our links"])
def test_what_the_vendor_took_is_not_sent_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, keeps_keys: bool
) -> None:
    can(monkeypatch, Repeat.LOOK_UP)
    Fakes.world.keeps_keys = keeps_keys
    in_doubt(stage, TAKEN)
    stage.after(days=1)
    assert (fate(stage), len(stage.outbox())) == (("sent", ""), 1)


def test_a_text_without_any_mark_might_be_ours(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    can(monkeypatch, Repeat.LOOK_UP)
    in_doubt(stage, LOST)
    Fakes.world.look_answers = [[Trace("id-x", "Thank you!")]] * 3
    stage.after(days=1)
    assert (fate(stage)[0], stage.outbox()) == ("unknown", [])


def test_a_purchase_meanwhile_keeps_it_from_being_sent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    can(monkeypatch, Repeat.LOOK_UP)
    in_doubt(stage, LOST)
    stage.order(ANA, cart_tokens=("c1",))
    stage.after(days=1)
    assert fate(stage) == ("cancelled", "the person has ordered")
    assert stage.outbox() == []


def test_the_same_key_is_safe_to_repeat(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    can(monkeypatch, Repeat.SAME_KEY)
    in_doubt(stage, TAKEN)
    links = Fakes.world.outbox[0][1].text
    stage.after(minutes=10)
    assert (fate(stage), len(stage.outbox())) == (("sent", ""), 1)
    assert Fakes.world.outbox[0][1].text == links
    assert len(stage.rows(Attempt)) == 2


def test_a_repeat_says_the_very_same(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever copy arrives, its links work: they are the same in both."""
    can(monkeypatch, Repeat.SAME_KEY)
    said: list[str] = []
    taken = FakeMail.send

    def heard(self: FakeMail, message: Outgoing) -> Receipt:
        said.append(message.text)
        return taken(self, message)

    monkeypatch.setattr(FakeMail, "send", heard)
    in_doubt(stage, TAKEN)
    stage.after(minutes=10)
    assert len(said) == 2
    assert len(set(said)) == 1


def test_a_key_that_the_vendor_may_have_forgotten_is_not_used(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    can(monkeypatch, Repeat.SAME_KEY, key_ttl=timedelta(seconds=1))
    in_doubt(stage, TAKEN)
    stage.after(days=1)
    assert fate(stage) == ("unknown", "it may have left: the vendor may have forgotten our key")
    assert len(stage.rows(Attempt)) == 1


def test_the_gate_has_the_last_word_on_a_repeat_and_doubt_is_not_called_cancelled(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    can(monkeypatch, Repeat.SAME_KEY)
    in_doubt(stage, LOST)
    stage.agrees(ANA, "email", state="no")
    stage.after(days=1)
    state, reason = fate(stage)
    assert (state, stage.outbox()) == ("unknown", [])
    assert reason == "it may have left, and is not tried again: the person said no"


def test_a_repeat_that_waits_and_is_taken_back_stays_in_doubt(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    can(monkeypatch, Repeat.SAME_KEY)
    in_doubt(stage, LOST, NotSent("busy", after=3600))
    stage.after(minutes=10)
    assert fate(stage) == ("scheduled", "busy")
    stage.order(ANA, cart_tokens=("c1",))
    assert fate(stage)[0] == "unknown"
    assert not stage.one(Message).resolvable


def test_a_refused_repeat_does_not_say_that_the_first_never_left(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    can(monkeypatch, Repeat.SAME_KEY)
    in_doubt(stage, LOST, Refused("422 no"))
    stage.after(hours=3)
    assert fate(stage) == ("unknown", "it may have left before; now refused: 422 no")


def test_a_vendor_that_does_not_answer_is_asked_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    can(monkeypatch, Repeat.FIND)
    in_doubt(stage, TAKEN)
    Fakes.world.look_answers = [NotSent("503"), Disconnected("401"), RuntimeError("a bug")]
    stage.after(hours=2)
    assert (len(Fakes.world.looks), fate(stage)[0]) == (4, "sent")


@pytest.mark.parametrize(
    ("answer", "asked"), [(OutcomeUnknown("400"), 1), (NotSent("503"), 96)], ids=["never", "a day"]
)
def test_asking_has_an_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, answer: Exception, asked: int
) -> None:
    can(monkeypatch, Repeat.FIND)
    in_doubt(stage, LOST)
    Fakes.world.look_answers = [answer] * 500
    stage.after(days=2)
    assert (len(Fakes.world.looks), fate(stage)[0]) == (asked, "unknown")


def test_an_address_that_is_gone_is_not_asked_about(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    can(monkeypatch, Repeat.FIND)
    in_doubt(stage, TAKEN)
    with stage.session() as session:
        session.execute(text("update contacts set email = 'new@example.com'"))
    stage.after(days=1)
    assert Fakes.world.looks == []
    assert fate(stage) == ("unknown", "it may have left: the address is not known any more")


def test_many_workers_resolve_one_doubt_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    can(monkeypatch, Repeat.LOOK_UP)
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
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    can(monkeypatch, Repeat.FIND)
    in_doubt(stage, TAKEN)
    with stage.session() as session:
        session.execute(
            text("update messages set state = 'resolving', lease_token = gen_random_uuid(),"
                 " lease_until = clock_timestamp() - interval '1 s'")
        )  # fmt: skip
    stage.after(minutes=10)
    assert fate(stage) == ("sent", "")
