"""What a shopper says to us her shop hears; what the shop said to us it does not hear again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.errors import AdapterError, Disconnected, NotSent, OutcomeUnknown, Refused
from connector.models import Consent, Message, Store
from connector.ports.channel import DeliveryReport, ReportKind
from connector.ports.events import ConsentChanged, ConsentMark, ConsentState
from connector.services import consents, reports
from tests.fakes import Fakes
from tests.stage import ANA, Stage


@pytest.fixture
def written_to(stage: Stage) -> Stage:
    """Ana has a mail of ours."""
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=1, minutes=1)
    assert stage.outbox() == [("email", "Ana@example.com")]
    assert Fakes.world.words == []  # the shop's own news
    return stage


def unsubscribe(stage: Stage) -> None:
    message = stage.rows(Message)[0].id
    stage.sessions.in_store(stage.store.id, lambda s: consents.unsubscribe(s, message, stage.now))


def email(stage: Stage) -> Consent:
    return next(row for row in stage.rows(Consent) if row.medium == "email")


def test_an_unsubscription_is_told_once(written_to: Stage) -> None:
    unsubscribe(written_to)
    written_to.after(days=1)
    (word,) = Fakes.world.words
    assert (word.email, word.phone, word.channel, word.state) == (
        ANA.email,
        "",
        "email",
        ConsentState.NO,
    )
    assert email(written_to).tell_at is None
    assert "Told the shop: no to email" in written_to.story()


@pytest.mark.parametrize(("reply", "state"), [("stop", "no"), ("start", "yes")])
def test_a_reply_to_a_text_is_told(stage: Stage, reply: str, state: str) -> None:
    stage.agrees(ANA, "sms", state="yes" if state == "no" else "no")
    stage.set_clock(stage.now + timedelta(minutes=1))
    kinds = {"stop": ReportKind.STOPPED, "start": ReportKind.STARTED}
    report = DeliveryReport(kinds[reply], "e1", "", address=ANA.phone)
    stage.sessions.in_store(
        stage.store.id, lambda s: reports.record(s, stage.store.id, "fake_text", report, stage.now)
    )
    stage.settle()
    (word,) = Fakes.world.words
    assert (word.phone, word.email, word.channel, str(word.state)) == (ANA.phone, "", "sms", state)


def test_the_echo_of_our_own_word_changes_nothing(written_to: Stage) -> None:
    unsubscribe(written_to)
    written_to.settle()
    (word,) = Fakes.world.words
    before = written_to.story()
    at = word.at.replace(microsecond=0)
    written_to.tell(ConsentChanged(ANA, (ConsentMark("email", ConsentState.NO, at, "account"),)))
    written_to.after(days=1)
    assert (written_to.story(), len(Fakes.world.words)) == (before, 1)


@pytest.mark.parametrize("error", [NotSent("busy"), OutcomeUnknown("no answer")])
def test_a_shop_that_does_not_answer_is_told_later(written_to: Stage, error: AdapterError) -> None:
    unsubscribe(written_to)
    Fakes.world.platform_error = error
    written_to.settle()
    row = email(written_to)
    assert (row.tell_tries, row.tell_error) == (1, error.detail)
    assert row.tell_at == written_to.now + timedelta(minutes=5)
    Fakes.world.platform_error = None
    written_to.after(minutes=6)
    assert (len(Fakes.world.words), email(written_to).tell_error) == (1, "")


def test_it_is_not_tried_for_ever(written_to: Stage) -> None:
    unsubscribe(written_to)
    Fakes.world.platform_error = NotSent("busy")
    written_to.after(days=2)
    row = email(written_to)
    assert (row.tell_at, row.tell_tries, row.tell_error) == (None, 8, "busy")


def test_a_missing_permission_is_said_once_in_words(written_to: Stage) -> None:
    unsubscribe(written_to)
    Fakes.world.platform_error = Refused("the app needs the permission write_customers")
    written_to.settle()
    row = email(written_to)
    assert (row.tell_at, row.tell_tries) == (None, 1)
    assert written_to.story()[-1] == (
        "The shop was not told: no to email (the app needs the permission write_customers)"
    )
    assert written_to.rows(Store)[0].state == "active"


def test_a_lost_connection_waits_for_the_merchant(written_to: Stage) -> None:
    unsubscribe(written_to)
    Fakes.world.platform_error = Disconnected("the token is gone")
    written_to.after(hours=8)
    row = email(written_to)
    assert (written_to.rows(Store)[0].state, row.tell_tries) == ("needs_reauth", 1)
    assert row.tell_at is not None


def test_a_shop_that_keeps_no_such_thing_need_not_be_told(written_to: Stage) -> None:
    Fakes.world.keeps_consent = False
    unsubscribe(written_to)
    written_to.after(days=1)
    row = email(written_to)
    assert (row.tell_at, len(Fakes.world.words)) == (None, 1)
    assert row.tell_error == "the shop keeps no consent of such a customer"


def test_a_newer_word_of_the_shop_takes_its_place(written_to: Stage) -> None:
    Fakes.world.platform_error = NotSent("busy")
    unsubscribe(written_to)
    written_to.settle()
    Fakes.world.platform_error = None
    written_to.set_clock(written_to.now + timedelta(minutes=1))
    written_to.agrees(ANA, "email")
    written_to.after(days=1)
    assert (email(written_to).state, Fakes.world.words) == ("yes", [])
