"""What a store answered, kept like what it delivers: one transaction an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from connector import clock
from connector.models import Store
from connector.ports.events import StoreEvent
from connector.services import events, reconciliation
from jobs import customers, trouble
from jobs.runtime import runtime


def keep(store_id: int, kind: str, found: Sequence[StoreEvent], *, strict: bool = True) -> bool:
    """Keep all events of a list, and count what was lost; False if one could not be kept.

    Twice does no harm, and older news never overwrites newer: the rules are those of webhooks.
    Not `strict`: one that makes no sense to us is passed over, so that it hides no other.
    """
    kept = [_recorded(store_id, event, strict=strict) for event in found]
    lost = sum(1 for was_lost in kept if was_lost)
    if found:
        runtime().sessions.in_store(
            store_id, lambda s: reconciliation.noted(s, store_id, kind, len(found), lost)
        )
    return None not in kept


def _recorded(store_id: int, event: StoreEvent, *, strict: bool) -> bool | None:
    """True if it should have been told before; None if it could not be kept."""
    now = clock.now()
    try:
        *before, itself = customers.introduced(store_id, [event])
        for news in before:
            _record(store_id, news, now)
        return _record(store_id, itself, now)
    except Exception as error:  # noqa: BLE001 - one order must not hide the others
        trouble.note(f"an answer of store {store_id}", error)
        return None if strict or trouble.is_ours(error) else False


def _record(store_id: int, event: StoreEvent, now: datetime) -> bool:
    return runtime().sessions.in_store(store_id, lambda s: _put(s, store_id, event, now))


def _put(session: Session, store_id: int, event: StoreEvent, now: datetime) -> bool:
    store = session.get_one(Store, store_id)
    reason = events.record(session, store, event, now)
    return not reason and reconciliation.was_lost(session, store, event, now)
