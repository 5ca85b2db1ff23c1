"""Codes whose run or time is over: taken away at their shop, many at once."""

from __future__ import annotations

from itertools import groupby

from sqlalchemy.orm import Session

from connector import clock
from connector.errors import AdapterError, Disconnected
from connector.models import Store
from connector.ports.platform import StorePlatform
from connector.services import installs, tidying
from connector.services.tidying import Leftover
from jobs import trouble
from jobs.adapters import platform_for
from jobs.runtime import Ref, log, runtime

Begun = tuple[StorePlatform, tuple[Leftover, ...]]


def tidy_codes(refs: list[Ref]) -> None:
    """Take a batch away, store by store; one store's trouble is its own."""
    for store_id, group in groupby(sorted(map(tuple, refs)), key=lambda ref: ref[0]):
        try:
            _tidy(store_id, [ref[1] for ref in group])
        except Exception as error:  # noqa: BLE001 - see the docstring; they are rung again
            trouble.note(f"codes of store {store_id}", error)


def _tidy(store_id: int, ids: list[int]) -> None:
    sessions = runtime().sessions
    begun = sessions.in_store(store_id, lambda s: _begin(s, store_id, ids))
    if begun is None:
        return
    platform, leftovers = begun
    now = clock.now()
    try:
        results = platform.retire_discounts([one.platform_id for one in leftovers])
    except AdapterError as error:
        log.warning("store %s: codes stay for now: %s", store_id, error.detail)
        gone = isinstance(error, Disconnected)
        detail = error.detail
        sessions.in_store(
            store_id, lambda s: _unanswered(s, store_id, leftovers, detail, lost=gone)
        )
        return
    sessions.in_store(
        store_id,
        lambda s: tidying.conclude(s, s.get_one(Store, store_id), leftovers, results, now),
    )


def _begin(session: Session, store_id: int, ids: list[int]) -> Begun | None:
    store = session.get_one(Store, store_id)
    leftovers = tidying.begin(session, store, ids, clock.now())
    return (platform_for(runtime().vault, store), leftovers) if leftovers else None


def _unanswered(
    session: Session, store_id: int, leftovers: tuple[Leftover, ...], detail: str, *, lost: bool
) -> None:
    tidying.unanswered(session, session.get_one(Store, store_id), leftovers, detail, clock.now())
    if lost:
        installs.needs_reauth(session, store_id)
