"""Chores: when each is due for a store, who works on it, and what it found.

due -> claimed (lease) -> due again, later; a slice that is not the last is due again at once.
All times are the database's clock. What a chore does is in `jobs.chores`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Interval, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.models import Chore, Store, StoreState

LEASE = timedelta(minutes=10)
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True)
class Task:
    """A claimed chore: whose, which, and where its next slice begins."""

    chore_id: int
    store_id: int
    kind: str
    cursor: Mapping[str, Any]
    result: Mapping[str, Any]
    token: UUID


@dataclass(frozen=True)
class Slice:
    """What one slice of work found. `cursor` None: the chore is at its end."""

    cursor: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None  # None: as it was
    again: timedelta | None = None  # another pause than the kind's own


def ensure(session: Session, store_id: int, kinds: Sequence[str]) -> None:
    """Make a store's chores that are missing, due at once (broker's or store's transaction).

    One that fell asleep while the store had removed us begins anew.
    """
    rows = [
        {"store_id": store_id, "kind": kind, "due_at": func.clock_timestamp()} for kind in kinds
    ]
    blank: dict[str, Any] = {"cursor": {}, "result": {}, "failures": 0, "error": ""}
    if rows:
        values = [{**row, **blank} for row in rows]
        session.execute(insert(Chore).values(values).on_conflict_do_nothing())
        asleep = (Chore.store_id == store_id) & Chore.kind.in_(list(kinds)) & Chore.due_at.is_(None)
        session.execute(
            update(Chore).where(asleep).values(due_at=func.clock_timestamp(), **blank),
            execution_options={"synchronize_session": False},
        )


def ask_for(
    session: Session, store_id: int, kind: str, cursor: Mapping[str, Any] | None = None
) -> None:
    """Have a chore done at once, from the beginning (or from `cursor`)."""
    fresh = {
        "due_at": func.clock_timestamp(),
        "rung_until": None,
        "cursor": dict(cursor or {}),
        "failures": 0,
        "error": "",
        "begun_at": None,
        "lease_token": None,  # a slice that is under way changes nothing any more
        "lease_until": None,
    }
    statement = insert(Chore).values(store_id=store_id, kind=kind, result={}, **fresh)
    session.execute(
        statement.on_conflict_do_update(index_elements=["store_id", "kind"], set_=fresh)
    )


def claim(session: Session, chore_id: int) -> Task | None:
    """Take a due chore; None if it is not due, in other hands, or its store is gone."""
    row = session.scalar(
        select(Chore)
        .where(Chore.id == chore_id, Chore.due_at <= func.clock_timestamp())
        .where((Chore.lease_until.is_(None)) | (Chore.lease_until < func.clock_timestamp()))
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.rung_until = None
    if session.get_one(Store, row.store_id).state is StoreState.UNINSTALLED:
        row.due_at = None
        return None
    token = uuid4()
    row.lease_token, row.lease_until = token, _in(LEASE)
    row.begun_at = row.begun_at or func.clock_timestamp()
    return Task(row.id, row.store_id, row.kind, row.cursor, row.result, token)


def done(session: Session, task: Task, found: Slice, every: timedelta | None) -> None:
    """Keep what a slice found; the next one is due at once, the next round after `every`."""
    values: dict[str, Any] = {"failures": 0, "error": "", **_RELEASED}
    if found.result is not None:
        values["result"] = dict(found.result)
    if found.cursor is not None:
        values |= {"cursor": dict(found.cursor), "due_at": _in(found.again or timedelta())}
    else:
        pause = found.again or every
        values |= {
            "cursor": {},
            "begun_at": None,
            "done_at": func.clock_timestamp(),
            "due_at": _in(pause) if pause else None,
        }
    _keep(session, task, values)


def failed(
    session: Session, task: Task, error: str, after: float | None, every: timedelta | None
) -> None:
    """The slice came to nothing: tried again after a growing pause, never rarer than `every`."""
    row = session.get_one(Chore, task.chore_id)
    pause = min(_FIRST_PAUSE * 2 ** min(row.failures, 12), every or _LONGEST_PAUSE, _LONGEST_PAUSE)
    wait = max(pause, timedelta(seconds=after or 0))
    values = {"failures": row.failures + 1, "error": error[:500], "due_at": _in(wait), **_RELEASED}
    _keep(session, task, values)


_RELEASED: dict[str, Any] = {"lease_token": None, "lease_until": None, "rung_until": None}


def _keep(session: Session, task: Task, values: Mapping[str, Any]) -> None:
    """Only while the chore is still ours: who lost the lease changes nothing."""
    session.execute(
        update(Chore)
        .where(Chore.id == task.chore_id, Chore.lease_token == task.token)
        .values(**values),
        execution_options={"synchronize_session": False},
    )


def _in(span: timedelta) -> Any:
    return func.clock_timestamp() + bindparam(None, span, Interval)


def of_store(session: Session, store_id: int) -> dict[str, Chore]:
    """A store's chores by kind."""
    rows = session.scalars(select(Chore).where(Chore.store_id == store_id))
    return {row.kind: row for row in rows}
