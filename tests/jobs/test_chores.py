"""Chores: one slice at a time, in nobody else's hands, and tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from connector.errors import Disconnected, NotSent
from connector.models import Chore, StoreState
from connector.services import chores, installs
from connector.services.chores import Slice, Task
from jobs.chores import KINDS, Kind
from tests.stage import Stage

HOUR = timedelta(hours=1)


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Callable[[Stage], list[Task]]:
    """A chore that counts to three, a number a slice."""

    def begin(stage: Stage) -> list[Task]:
        seen: list[Task] = []

        def work(task: Task) -> Slice:
            seen.append(task)
            number = int(task.cursor.get("number", 0)) + 1
            return Slice({"number": number} if number < 3 else None, {"counted": number})

        monkeypatch.setitem(KINDS, "count", Kind(HOUR, work))
        stage.sessions.in_store(
            stage.store.id, lambda s: chores.ensure(s, stage.store.id, ["count"])
        )
        return seen

    return begin


def chore(stage: Stage) -> Chore:
    with stage.session() as session:
        return session.scalars(select(Chore).where(Chore.kind == "count")).one()


def is_due(stage: Stage) -> bool:
    with stage.session() as session:
        due = Chore.due_at <= func.clock_timestamp()
        return bool(session.scalar(select(due).where(Chore.kind == "count")))


def test_a_chore_goes_slice_by_slice_to_its_end(
    stage: Stage, count: Callable[[Stage], list[Task]]
) -> None:
    seen = count(stage)
    stage.settle()
    assert [task.cursor for task in seen] == [{}, {"number": 1}, {"number": 2}]
    row = chore(stage)
    assert (row.result, row.cursor, row.done_at is not None) == ({"counted": 3}, {}, True)
    assert not is_due(stage)


def test_what_the_outside_refuses_is_kept_in_words_and_tried_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, count: Callable[[Stage], list[Task]]
) -> None:
    count(stage)

    def work(task: Task) -> Slice:
        raise NotSent("the shop is closed", after=7)

    monkeypatch.setitem(KINDS, "count", Kind(HOUR, work))
    stage.settle()
    row = chore(stage)
    assert (row.failures, row.error, row.lease_token) == (1, "the shop is closed", None)
    assert not is_due(stage)


def test_a_shop_that_lets_us_in_no_more_is_marked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, count: Callable[[Stage], list[Task]]
) -> None:
    count(stage)

    def work(task: Task) -> Slice:
        raise Disconnected("the shop knows no such key")

    monkeypatch.setitem(KINDS, "count", Kind(HOUR, work))
    stage.settle()
    with stage.session() as session:
        state = session.get_one(type(stage.store), stage.store.id).state
    assert state is StoreState.NEEDS_REAUTH


def test_who_lost_the_lease_changes_nothing(
    stage: Stage, count: Callable[[Stage], list[Task]]
) -> None:
    count(stage)
    row = chore(stage)
    with stage.session() as session:
        task = chores.claim(session, row.id)
    assert task is not None
    with stage.session() as session:
        assert chores.claim(session, row.id) is None
        session.execute(update(Chore).values(lease_token=uuid4()))
    with stage.session() as session:
        chores.done(session, task, Slice(result={"late": True}), HOUR)
    assert chore(stage).result == {}


def test_a_store_that_removed_us_has_no_chores(
    stage: Stage, count: Callable[[Stage], list[Task]]
) -> None:
    seen = count(stage)
    with stage.session() as session:
        store = session.get_one(type(stage.store), stage.store.id)
        installs.disconnect(session, store, stage.now + HOUR, stage.now + HOUR)
    stage.settle()
    assert seen == []
    assert chore(stage).due_at is None


def test_what_is_asked_for_while_it_runs_is_done(
    stage: Stage, count: Callable[[Stage], list[Task]]
) -> None:
    count(stage)
    row = chore(stage)
    with stage.session() as session:
        task = chores.claim(session, row.id)
    assert task is not None
    with stage.session() as session:
        chores.ask_for(session, stage.store.id, "count", {"number": 7})
    with stage.session() as session:
        chores.done(session, task, Slice(), HOUR)
    assert chore(stage).cursor == {"number": 7}
    assert is_due(stage)
