"""Asking a store for its orders before anything is sent: one poll a store, not one a message."""

from __future__ import annotations

import time
from datetime import datetime

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from connector import clock
from connector.errors import AdapterError, Disconnected
from connector.models import Store
from connector.ports.events import OrderPlaced, StoreEvent
from connector.services import events, installs, orders
from jobs import customers, trouble
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
        _refresh(store_id)
        _silent.pop(store_id, None)
    except AdapterError as error:
        _silent[store_id] = time.monotonic()
        log.warning("store %s could not be asked for orders: %s", store_id, error.detail)
        lost = isinstance(error, Disconnected)
        runtime().sessions.in_store(store_id, lambda s: _unanswered(s, store_id, lost=lost))
    except Exception as error:  # noqa: BLE001 - see the docstring
        _silent[store_id] = time.monotonic()
        trouble.note(f"orders of store {store_id}", error)


def _unanswered(session: Session, store_id: int, *, lost: bool) -> None:
    """What the gate must know: the store was asked just now, and did not say."""
    session.execute(
        update(Store).where(Store.id == store_id).values(orders_failed_at=func.clock_timestamp())
    )
    if lost:
        installs.needs_reauth(session, store_id)


def _refresh(store_id: int) -> None:
    sessions = runtime().sessions
    with sessions.store(store_id) as session:
        store = session.get_one(Store, store_id)
        stale = orders.stale_since(session, store)
    if stale is None or not store.credentials:
        return
    since, asked_at = stale
    found = platform_for(runtime().vault, store).orders_since(since)
    recorded = [_record(store_id, event) for event in found]
    if all(recorded):
        sessions.in_store(store_id, lambda s: orders.seen(s, store_id, asked_at, _newest(found)))


def _record(store_id: int, event: StoreEvent) -> bool:
    """Record one order's news; False if it could not be: the picture then stays old."""
    now = clock.now()
    try:
        for news in customers.introduced(store_id, [event]):
            _keep(store_id, news, now)
    except Exception as error:  # noqa: BLE001 - one order must not hide the others
        trouble.note(f"an order of store {store_id}", error)
        return False
    return True


def _keep(store_id: int, news: StoreEvent, now: datetime) -> None:
    runtime().sessions.in_store(
        store_id, lambda s: events.record(s, s.get_one(Store, store_id), news, now)
    )


def _newest(found: list[StoreEvent]) -> datetime | None:
    times = [event.order.source_at for event in found if isinstance(event, OrderPlaced)]
    return min(max(times), clock.now()) if times else None  # a future time would hide the rest
