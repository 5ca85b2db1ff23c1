"""Asking a store for checkouts that were left, where its platform lists them.

The result keeps to when they are known; a reading that the platform interrupts goes on at its
page. What is found counts like a webhook that came.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from connector import clock
from connector.errors import NotSent
from connector.models import Chore, Store
from connector.ports.events import StoreEvent
from connector.services import reconciliation
from connector.services.chores import Slice, Task
from connector.services.reconciliation import CHECKOUTS, OVERLAP
from jobs import recording
from jobs.adapters import platform_for
from jobs.runtime import runtime


def work(task: Task) -> Slice:
    """One reading: as many pages as the platform gives at once."""
    with runtime().sessions.store(task.store_id) as session:
        store = session.get_one(Store, task.store_id)
        platform = platform_for(runtime().vault, store)
    if not store.credentials:
        return Slice()
    since = _since(task, store)
    listed = platform.abandoned_since(since, str(task.cursor.get("page", "")))
    if not recording.keep(task.store_id, CHECKOUTS, listed.events, strict=False):
        raise NotSent("a checkout could not be kept: all are asked for again")
    newest = max(_newest(listed.events) or since, _time(task.cursor.get("newest")) or since)
    if listed.cursor:
        rest = {"page": listed.cursor, "since": since.isoformat(), "newest": newest.isoformat()}
        return Slice(rest, again=timedelta(seconds=listed.after_s))
    return Slice(result=_result(task, newest))


def _since(task: Task, store: Store) -> datetime:
    """From where this reading goes: its own beginning, or a little before the last one's end."""
    begun = _time(task.cursor.get("since"))
    return begun or (_time(task.result.get("known_to")) or store.installed_at) - OVERLAP


def _time(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _newest(found: Sequence[StoreEvent]) -> datetime | None:
    """A future time would hide the rest."""
    times = [at for event in found if (at := reconciliation.changed_at(event))]
    return min(max(times), clock.now()) if times else None


def _result(task: Task, newest: datetime) -> dict[str, object]:
    """The counts as they are kept by now, and to when checkouts are known."""
    with runtime().sessions.store(task.store_id) as session:
        counts = session.get_one(Chore, task.chore_id).result
    return {**counts, "known_to": newest.isoformat()}
