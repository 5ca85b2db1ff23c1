"""Asking a store for its orders before anything is sent: one poll a store, not one a message."""

from __future__ import annotations

from datetime import datetime

from connector import clock
from connector.errors import AdapterError, Disconnected
from connector.models import Store
from connector.ports.events import OrderPlaced, StoreEvent
from connector.services import events, installs, orders
from jobs.adapters import platform_for
from jobs.runtime import log, runtime


def refresh(store_id: int) -> None:
    """Make the store's orders at most 30 s old; a store that cannot be asked leaves them old.

    No transaction is open during the call. The gate refuses an old picture by itself.
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
    except Disconnected:
        sessions.in_store(store_id, lambda s: installs.needs_reauth(s, store_id))
        return
    except AdapterError as error:
        log.warning("store %s could not be asked for orders: %s", store_id, error.detail)
        return
    for event in found:
        _record(store_id, event)
    sessions.in_store(store_id, lambda s: orders.seen(s, store_id, asked_at, _newest(found)))


def _record(store_id: int, event: StoreEvent) -> None:
    now = clock.now()
    runtime().sessions.in_store(
        store_id, lambda s: events.record(s, s.get_one(Store, store_id), event, now)
    )


def _newest(found: list[StoreEvent]) -> datetime | None:
    times = [event.order.source_at for event in found if isinstance(event, OrderPlaced)]
    return max(times, default=None)
