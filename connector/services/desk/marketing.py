"""The merchant's switch: no marketing leaves while her store is paused."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from connector.models import Store, StoreState
from connector.services import journal


def pause(session: Session, store_id: int, now: datetime) -> bool:
    """Stop all marketing of a store; False if it was not running."""
    note = "All marketing was paused at the desk"
    return _turn(session, store_id, StoreState.ACTIVE, StoreState.PAUSED, note, now)


def resume(session: Session, store_id: int, now: datetime) -> bool:
    """Let marketing out again; False if it was not paused."""
    note = "Marketing was resumed at the desk"
    return _turn(session, store_id, StoreState.PAUSED, StoreState.ACTIVE, note, now)


def _turn(
    session: Session, store_id: int, was: StoreState, to: StoreState, note: str, now: datetime
) -> bool:
    """Compare and set, so that of two clicks one is noted and an uninstalled store stays so."""
    turned = session.scalar(
        update(Store).where(Store.id == store_id, Store.state == was).values(state=to)
        .returning(Store.id)
    )  # fmt: skip
    if turned is not None:
        journal.note(session, journal.About(store_id), "store", note, now)
    return turned is not None
