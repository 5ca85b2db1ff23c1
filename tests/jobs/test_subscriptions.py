"""Looking after webhooks: what is missing is made, and what was seen is kept for people."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update

from connector.errors import NotSent
from connector.models import Chore, JournalEntry, Store
from connector.ports.survey import Note, NoteLevel, Survey
from connector.services import chores, connection
from connector.services.connection import CHECK, Connection
from jobs.adapters import callback_url, webhook_secrets
from jobs.chores import subscriptions
from jobs.runtime import runtime
from tests.fakes import Fakes
from tests.stage import Stage

SLEEPS = Note("cron", NoteLevel.BROKEN, "The clock sleeps.", "wake it")
GOOD = Note("plugin", NoteLevel.GOOD, "It is there.")


def check(stage: Stage) -> Connection:
    with stage.session() as session:
        connection.check_now(session, stage.store.id)
    stage.settle()
    return seen(stage)


def seen(stage: Stage) -> Connection:
    with stage.session() as session:
        return connection.read(session, session.get_one(Store, stage.store.id))


def test_what_was_seen_is_kept_and_what_is_broken_comes_first(stage: Stage) -> None:
    Fakes.world.survey = Survey("reduced", (GOOD, SLEEPS), ("orders/create",))
    found = check(stage)
    assert (found.capture, found.under_way, found.error) == ("reduced", False, "")
    assert found.notes[0] == SLEEPS
    assert GOOD in found.notes
    assert found.topics == ("orders/create",)
    assert found.checked_at is not None
    assert Fakes.world.subscribed == []


def test_a_missing_webhook_is_made_with_the_secret_that_we_have(stage: Stage) -> None:
    Fakes.world.survey = Survey("full", (), ("orders/create",), missing=("carts/update",))
    found = check(stage)
    secret = webhook_secrets(runtime().vault, stage.store)[0]
    assert Fakes.world.subscribed == [(callback_url(stage.store), secret)]
    assert found.topics == ("orders/create", "carts/update")
    assert "Webhooks were made anew: carts/update" in [e.text for e in stage.rows(JournalEntry)]


def test_a_second_check_repairs_nothing_more(stage: Stage) -> None:
    Fakes.world.survey = Survey("full", (), (), missing=("carts/update",))
    check(stage)
    check(stage)
    assert len(Fakes.world.subscribed) == 1
    assert stage.story().count("Webhooks were made anew: carts/update") == 1


def test_a_store_that_does_not_answer_keeps_what_was_seen_before(stage: Stage) -> None:
    Fakes.world.survey = Survey("full", (GOOD,))
    check(stage)
    Fakes.world.platform_error = NotSent("the shop is closed")
    found = check(stage)
    assert (found.error, found.capture) == ("the shop is closed", "full")
    assert GOOD in found.notes


def test_a_check_that_was_asked_for_is_under_way(stage: Stage) -> None:
    with stage.session() as session:
        connection.check_now(session, stage.store.id)
    assert seen(stage).under_way


def test_what_only_asking_found_is_said(stage: Stage) -> None:
    """The chore that asks for orders counts what no webhook told; a day later it is forgotten."""
    stage.settle()
    lost(stage, timedelta(hours=1))
    (note,) = [n for n in check(stage).notes if n.what == "deliveries"]
    assert note.level is NoteLevel.BROKEN
    assert "3 since" in note.text
    assert note.mend
    lost(stage, timedelta(hours=25))
    (note,) = [n for n in check(stage).notes if n.what == "deliveries"]
    assert note.level is NoteLevel.GOOD


def lost(stage: Stage, ago: timedelta) -> None:
    """Three orders were found by asking, the last one so long ago."""
    with stage.session() as session:
        at = session.execute(select(func.clock_timestamp())).scalar_one() - ago
        counts = {"found": 3, "lost": 3, "last_at": at.isoformat()}
        chores.ensure(session, stage.store.id, ["orders"])
        session.execute(update(Chore).where(Chore.kind == "orders").values(result=counts))


def test_a_look_keeps_and_repairs_nothing(stage: Stage) -> None:
    Fakes.world.survey = Survey("full", (SLEEPS,), (), missing=("carts/update",))
    found = subscriptions.look(stage.store.id)
    assert SLEEPS in found.notes
    assert Fakes.world.subscribed == []
    assert CHECK not in {row.kind for row in stage.rows(Chore) if row.done_at}
