"""Every sealed value there is, by row: to see which key sealed it, and to seal it anew.

A column that holds sealed values must be listed here; a test compares this with the tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from connector.models import ChannelAccount, OwnSecret, Store
from connector.services import installs, own_secrets

Column = InstrumentedAttribute[bytes]
# Of a store, and of the installation. With each: the place that its value is bound to.
OF_STORES: tuple[tuple[Column, Callable[[Any], str]], ...] = (
    (Store.credentials, lambda row: installs.place(row.id, "credentials")),
    (Store.webhook_secrets, lambda row: installs.place(row.id, "webhook_secrets")),
    (ChannelAccount.account, lambda row: installs.account_place(row.store_id, row.kind)),
)
OF_NONE: tuple[tuple[Column, Callable[[Any], str]], ...] = (
    (OwnSecret.sealed, lambda row: own_secrets.place(row.name)),
)


@dataclass(frozen=True)
class Sealed:
    """One sealed value: in which row and column, bound to which place."""

    column: Column
    key: Any  # the row's primary key
    place: str
    value: bytes


def of_store(session: Session) -> list[Sealed]:
    """All of the store whose transaction this is: row-level security shows no other's."""
    return _all(session, OF_STORES)


def of_none(session: Session) -> list[Sealed]:
    """Those of the installation itself (broker's transaction)."""
    return _all(session, OF_NONE)


def _all(
    session: Session, columns: tuple[tuple[Column, Callable[[Any], str]], ...]
) -> list[Sealed]:
    return [
        Sealed(column, _key(row), place(row), value)
        for column, place in columns
        for row in session.scalars(select(column.class_))
        if (value := getattr(row, column.key))
    ]


def _key(row: Any) -> Any:
    return row.name if isinstance(row, OwnSecret) else row.id


def replace(session: Session, sealed: Sealed, value: bytes) -> bool:
    """Put another ciphertext in place of this one; False if it is another one by now."""
    rows = sealed.column.class_
    identity = rows.name if rows is OwnSecret else rows.id
    done = session.execute(
        update(rows)
        .where(identity == sealed.key, sealed.column == sealed.value)
        .values({sealed.column.key: value})
        .returning(identity),
        execution_options={"synchronize_session": False},
    )
    return done.first() is not None
