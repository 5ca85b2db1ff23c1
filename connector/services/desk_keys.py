"""Keys to a store's desk: a link used once opens a session for half a day."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Interval, bindparam, func, select, update
from sqlalchemy.orm import Session

from connector.models import DeskKey
from connector.services import accounts
from connector.signing import token_hash

LINK_LIFE = timedelta(hours=24)
SESSION_LIFE = timedelta(hours=12)


@dataclass(frozen=True)
class Opener:
    """The account through which a desk is opened, and when its own session ends."""

    account_id: int
    until: datetime


@dataclass(frozen=True)
class Seat:
    """Who sits at a desk: of which store, and through which account (None: by a link)."""

    store_id: int
    account_id: int | None


def issue(
    session: Session, store_id: int, *, opens_session: bool, opener: Opener | None = None
) -> str:
    """A fresh random key of a store; only its hash is kept. Never outlives its opener's session."""
    token = secrets.token_urlsafe(32)
    life = SESSION_LIFE if opens_session else LINK_LIFE
    expires = func.clock_timestamp() + bindparam(None, life, Interval)
    key = DeskKey(
        store_id=store_id,
        token_hash=token_hash(token),
        session=opens_session,
        account_id=opener.account_id if opener else None,
        expires_at=func.least(expires, opener.until) if opener else expires,
    )
    session.add(key)
    session.flush()
    return token


def store_of(session: Session, token: str, *, opens_session: bool) -> int | None:
    """Whose key this is, if it is good (broker's transaction)."""
    seat = seat_of(session, token, opens_session=opens_session)
    return seat.store_id if seat else None


def seat_of(session: Session, token: str, *, opens_session: bool) -> Seat | None:
    """Whose key this is and who opened it, if it is good (broker's transaction).

    A key that an account opened is good while that account may open the store.
    """
    row = session.execute(
        select(DeskKey.store_id, DeskKey.account_id).where(
            DeskKey.token_hash == token_hash(token),
            DeskKey.session == opens_session,
            DeskKey.expires_at > func.clock_timestamp(),
            DeskKey.used_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    by_account = row.account_id is not None
    if by_account and not accounts.may_open(session, row.account_id, row.store_id):
        return None
    return Seat(row.store_id, row.account_id)


def shut(session: Session, store_id: int) -> None:
    """End every session and link of a store, whoever opened it: the store removed us."""
    session.execute(
        update(DeskKey)
        .where(DeskKey.store_id == store_id, DeskKey.used_at.is_(None))
        .values(used_at=func.clock_timestamp()),
        execution_options={"synchronize_session": False},
    )


def end_all(session: Session, store_id: int) -> None:
    """End every session of a store that no merchant's account opened."""
    session.execute(
        update(DeskKey)
        .where(DeskKey.store_id == store_id, DeskKey.account_id.is_(None))
        .where(DeskKey.used_at.is_(None))
        .values(used_at=func.clock_timestamp()),
        execution_options={"synchronize_session": False},
    )


def use_up(session: Session, token: str) -> bool:
    """Spend a link or end a session; of two at once only one gets True."""
    spent = session.scalar(
        update(DeskKey)
        .where(DeskKey.token_hash == token_hash(token), DeskKey.used_at.is_(None))
        .values(used_at=func.clock_timestamp())
        .returning(DeskKey.id)
    )
    return spent is not None
