"""Day one: the shop's past is read a slice at a time, then told what it says.

cursor: {"stage": a PastKind or "play", "at": the platform's own cursor, "since": ISO time}
result: {"since", "stage", "customers": {"read", "kept", "total"}, …, "returned", "left", "play"}
A crash repeats one slice, and what is known already is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from connector import clock
from connector.models import Store
from connector.ports.events import StoreEvent
from connector.ports.platform import PastKind, PastSlice
from connector.services import chores, past, products
from connector.services.chores import Slice, Task
from jobs import trouble
from jobs.adapters import platform_for
from jobs.dry_run import first_play
from jobs.runtime import runtime

KIND = "past"
DAYS = 60  # as far as Shopify shows orders without further permission
DEEPEST = 730
_STAGES = (*(str(kind) for kind in PastKind), "play")


def ask(session: Session, store: Store, days: int = DAYS) -> None:
    """Have the past read (again): from the installation back by so many days."""
    since = past.boundary(store) - timedelta(days=max(1, min(days, DEEPEST)))
    begin = {"stage": _STAGES[0], "at": "", "since": since.isoformat()}
    chores.ask_for(session, store.id, KIND, begin)


def work(task: Task) -> Slice:
    """One slice of the stage that it is at; the last stage plays the flow over what was read."""
    cursor = dict(task.cursor) or {"stage": "play", "at": "", "since": clock.now().isoformat()}
    if cursor["stage"] == "play":
        told = {**task.result, **_said(task.store_id), "stage": "done"}
        return Slice(None, told)
    kind, since = PastKind(cursor["stage"]), datetime.fromisoformat(cursor["since"])
    with runtime().sessions.store(task.store_id) as session:
        store = session.get_one(Store, task.store_id)
        platform = platform_for(runtime().vault, store)
    found = platform.past(kind, since, cursor["at"])
    kept = _keep(task.store_id, found)
    nothing_yet = not found.read and bool(found.cursor)  # an export that is still being written
    result = _counted(task.result, cursor, found, kept)
    after = timedelta(seconds=5) if nothing_yet else None
    return Slice(_next(cursor, found), result, after)


def _next(cursor: Mapping[str, Any], found: PastSlice) -> dict[str, Any]:
    if found.cursor:
        return {**cursor, "at": found.cursor}
    stage = _STAGES[_STAGES.index(cursor["stage"]) + 1]
    return {**cursor, "stage": stage, "at": ""}


def _keep(store_id: int, found: PastSlice) -> int:
    """Each piece in its own transaction: one that makes no sense hides no other."""
    sessions, now = runtime().sessions, clock.now()
    if found.products:
        ids = [card.product_id for card in found.products]
        cards = found.products
        sessions.in_store(store_id, lambda s: products.keep(s, store_id, ids, cards, now))
    return sum(_kept(store_id, event, now) for event in found.events) + len(found.products)


def _kept(store_id: int, event: StoreEvent, now: datetime) -> bool:
    def take(session: Session) -> bool:
        store = session.get_one(
            Store, store_id, with_for_update={"read": True}
        )  # not erased meanwhile
        return past.keep(session, store, event, now)

    try:
        return runtime().sessions.in_store(store_id, take)
    except Exception as error:
        if trouble.is_ours(error):
            raise
        trouble.note(f"a piece of the past of store {store_id}", error)
        return False


def _counted(
    before: Mapping[str, Any], cursor: Mapping[str, Any], found: PastSlice, kept: int
) -> dict[str, Any]:
    """What is shown while it goes on; a stage that begins anew counts anew."""
    stage = cursor["stage"]
    known = before.get(stage, {}) if cursor["at"] else {}
    counts = {
        "read": known.get("read", 0) + found.read,
        "kept": known.get("kept", 0) + kept,
        "total": found.total if found.total is not None else known.get("total"),
        "done": not found.cursor,
    }
    return {**before, "since": cursor["since"], "stage": stage, stage: counts}


def _said(store_id: int) -> dict[str, Any]:
    """What the past tells: who came back by herself, and what the flow would have sent."""
    with runtime().sessions.store(store_id) as session:
        store = session.get_one(Store, store_id)
        back = past.self_return(session, store)
        play = first_play(session, store, clock.now())
    return {"left": back.left, "returned": back.returned, "percent": back.percent, "play": play}
