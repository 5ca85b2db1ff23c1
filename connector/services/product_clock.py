"""Shifting the product's time: for sandboxes only, and every old picture is old at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from connector import clock
from connector.clock import Shift
from connector.errors import ConfigError
from connector.models import ProductClock, Store

_THE_ROW = 1
_RAISED = "P0001"  # the trigger's own "raise exception"


def read(session: Session) -> Shift | None:
    """How the product's time is shifted; None when it is the real one."""
    row = session.get(ProductClock, _THE_ROW)
    return Shift(row.real, row.product, row.rate) if row else None


def shift(session: Session, to: datetime, rate: float = 1.0) -> Shift:
    """Make it `to` now, for all processes (broker's transaction).

    ConfigError while a real store is connected: its shoppers live in real time.
    """
    made = clock.moved(to, rate)
    values = {"real": made.real, "product": made.product, "rate": made.rate}
    wanted = insert(ProductClock).values(id=_THE_ROW, **values)
    try:
        session.execute(wanted.on_conflict_do_update(index_elements=["id"], set_=values))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _RAISED:
            raise
        raise ConfigError(
            "the product clock cannot be shifted while a real store is connected:"
            " use an installation that has only sandbox stores"
        ) from None
    return made


def clear(session: Session) -> None:
    """Back to real time (broker's transaction)."""
    session.execute(delete(ProductClock))


def forget_pictures(session: Session, store_id: int) -> None:
    """What was known of the store's orders is old once time has jumped (store's transaction).

    The age of that picture is measured on the database's clock, which does not jump.
    """
    session.execute(update(Store).where(Store.id == store_id).values(orders_seen_at=None))
