"""Asking a store for its orders, before anything is sent and every quarter of an hour.

One poll a store, not one a message; what no webhook told is found and counted on the way.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from connector import clock
from connector.errors import AdapterError, Disconnected
from connector.models import Store
from connector.ports.events import OrderPlaced, StoreEvent
from connector.ports.listing import Interrupted
from connector.services import installs, orders, reconciliation
from connector.services.chores import Slice, Task
from jobs import recording, trouble
from jobs.adapters import platform_for
from jobs.runtime import log, runtime

_PAUSE_S = 20.0  # a store that did not answer is not asked again sooner
_silent: dict[int, float] = {}  # store -> when it failed to answer


def refresh(store_id: int) -> None:
    """Make the store's orders at most 30 s old; a store that cannot be asked leaves them old.

    No transaction is open during the call. The gate refuses an old picture by itself, so
    whatever goes wrong here costs this store a delay and no other store anything.
    """
    if time.monotonic() - _silent.get(store_id, -_PAUSE_S) < _PAUSE_S:
        return
    try:
        catch_up(store_id)
        _silent.pop(store_id, None)
    except AdapterError as error:
        _silent[store_id] = time.monotonic()
        log.warning("store %s could not be asked for orders: %s", store_id, error.detail)
        lost = isinstance(error, Disconnected)
        runtime().sessions.in_store(store_id, lambda s: _unanswered(s, store_id, lost=lost))
    except Exception as error:  # noqa: BLE001 - see the docstring
        _silent[store_id] = time.monotonic()
        trouble.note(f"orders of store {store_id}", error)


def work(task: Task) -> Slice:
    """The chore: also a store that sends nothing just now is asked."""
    try:
        catch_up(task.store_id)
    except Interrupted as part:
        if not part.found:
            raise
        return Slice({"going_on": True}, again=timedelta(seconds=part.after or 0))
    return Slice()


def _unanswered(session: Session, store_id: int, *, lost: bool) -> None:
    """What the gate must know: the store was asked just now, and did not say."""
    session.execute(
        update(Store).where(Store.id == store_id).values(orders_failed_at=func.clock_timestamp())
    )
    if lost:
        installs.needs_reauth(session, store_id)


def catch_up(store_id: int) -> None:
    """Know every order of the store; nothing to do if it was asked a moment ago.

    The cursor moves over what could be kept, and the picture is fresh only if all could.
    """
    sessions = runtime().sessions
    with sessions.store(store_id) as session:
        store = session.get_one(Store, store_id)
        stale = orders.stale_since(session, store)
    if stale is None or not store.credentials:
        return
    since, asked_at = stale
    try:
        found = platform_for(runtime().vault, store).orders_since(since)
    except Interrupted as part:
        if recording.keep(store_id, reconciliation.ORDERS, part.found):
            newest = _newest(part.found)
            sessions.in_store(store_id, lambda s: orders.read_in_part(s, store_id, since, newest))
        raise
    if recording.keep(store_id, reconciliation.ORDERS, found):
        sessions.in_store(store_id, lambda s: orders.seen(s, store_id, asked_at, _newest(found)))


def _newest(found: Sequence[StoreEvent]) -> datetime | None:
    times = [event.order.source_at for event in found if isinstance(event, OrderPlaced)]
    return min(max(times), clock.now()) if times else None  # a future time would hide the rest
