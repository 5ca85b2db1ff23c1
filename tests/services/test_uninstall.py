"""The merchant removes the app: everything stops at once, whatever state it is in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from connector.models import (
    JournalEntry,
    Message,
    MessageState,
    Purpose,
    Run,
    RunState,
    Store,
    StoreState,
)
from connector.ports.events import AppUninstalled
from connector.services import advance
from tests.stage import ANA, START, Stage

REASON = "the store removed the app"


def test_a_message_that_waits_for_the_morning_is_cancelled_at_once(stage: Stage) -> None:
    """Its run is through all its steps: only the message is left."""
    stage.set_clock(START.replace(hour=23))  # the text falls due in the quiet hours
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(hours=25, minutes=1)
    assert stage.one(Run).state is RunState.FINISHED
    assert stage.messages()[-1] == ("offer", "scheduled", "quiet hours where she is")
    stage.tell(AppUninstalled(stage.now))
    assert stage.messages()[-1] == ("offer", "cancelled", REASON)
    assert stage.one(Run).state is RunState.FINISHED


def test_a_thank_you_and_a_claimed_message_are_cancelled_too(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=59)
    stage.set_clock(stage.now + timedelta(minutes=2))
    with stage.session() as session:  # planned, and taken by a worker that is slow
        advance.advance(session, stage.one(Run).id, stage.now)
    with stage.session() as session:
        taken = session.get_one(Message, stage.one(Message).id)
        taken.state, taken.lease_token = MessageState.CLAIMED, uuid4()
        taken.purpose = Purpose.TRANSACTIONAL
    stage.tell(AppUninstalled(stage.now))
    message = stage.one(Message)
    assert (message.state, message.reason) == (MessageState.CANCELLED, REASON)
    assert (message.lease_token, message.lease_until) == (None, None)
    run = stage.one(Run)
    assert (run.state, run.reason, run.ended_at) == (RunState.CANCELLED, REASON, stage.now)


def test_the_journal_has_one_entry_for_the_store(stage: Stage) -> None:
    for number in range(3):
        stage.cart(replace(ANA, email=f"ana{number}@example.com", phone=""), token=f"c{number}")
    stage.after(minutes=45)
    before = len(stage.rows(JournalEntry))
    stage.tell(AppUninstalled(stage.now))
    (entry,) = stage.rows(JournalEntry)[before:]
    assert entry.text == "The app was removed: 3 flows and 0 waiting messages were stopped"
    assert {run.reason for run in stage.rows(Run)} == {REASON}
    assert stage.one(Store).state is StoreState.UNINSTALLED


def test_an_old_removal_played_again_under_a_new_time_does_nothing(stage: Stage) -> None:
    """Nobody signs the time in the header; who recorded a delivery could send it again."""
    hour = timedelta(hours=1)
    stage.set_clock(stage.now + hour)
    stage.tell(AppUninstalled(stage.now, "d1"))
    stage.set_clock(stage.now + hour)
    with stage.session() as session:
        store = session.get_one(Store, stage.store.id)
        store.state, store.installed_at = StoreState.ACTIVE, stage.now
    stage.set_clock(stage.now + hour)
    assert stage.tell(AppUninstalled(stage.now, "d1")) == ["this very removal was obeyed before"]
    assert stage.one(Store).state is StoreState.ACTIVE
    assert stage.tell(AppUninstalled(stage.now, "d2")) == [""]
    assert stage.one(Store).state is StoreState.UNINSTALLED
