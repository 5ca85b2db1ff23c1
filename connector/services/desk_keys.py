"""Keys to a store's desk: a link used once opens a session for half a day."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from connector.models import DeskKey
from connector.signing import token_hash

LINK_LIFE = timedelta(hours=24)
SESSION_LIFE = timedelta(hours=12)


def issue(session: Session, store_id: int, *, opens_session: bool) -> str:
    """A fresh random key of a store; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    life = SESSION_LIFE if opens_session else LINK_LIFE
    key = DeskKey(
        store_id=store_id,
        token_hash=token_hash(token),
        session=opens_session,
        expires_at=func.clock_timestamp() + text(f"interval '{int(life.total_seconds())} seconds'"),
    )
    session.add(key)
    session.flush()
    return token


def store_of(session: Session, token: str, *, opens_session: bool) -> int | None:
    """Whose key this is, if it is good (broker's transaction)."""
    return session.scalar(
        select(DeskKey.store_id).where(
            DeskKey.token_hash == token_hash(token),
            DeskKey.session == opens_session,
            DeskKey.expires_at > func.clock_timestamp(),
            DeskKey.used_at.is_(None),
        )
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
