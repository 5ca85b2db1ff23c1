"""Keys to an account: a signed-in browser's, and those that links in mails carry."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Interval, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from connector.models import AccountKey, KeyPurpose
from connector.signing import token_hash

LIVES = {
    KeyPurpose.SESSION: timedelta(hours=12),
    KeyPurpose.RESET: timedelta(hours=1),
    KeyPurpose.VERIFY: timedelta(days=2),
}
_LONGEST = 100  # characters of a token that may be ours


@dataclass(frozen=True)
class Found:
    """A good key: whose, and until when."""

    account_id: int
    expires_at: datetime


def issue(session: Session, account_id: int, purpose: KeyPurpose) -> str:
    """A fresh random key of an account; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    key = AccountKey(
        account_id=account_id,
        purpose=purpose,
        token_hash=token_hash(token),
        expires_at=func.clock_timestamp() + bindparam(None, LIVES[purpose], Interval),
    )
    session.add(key)
    session.flush()
    return token


def find(session: Session, token: str, purpose: KeyPurpose) -> Found | None:
    """Whose key this is, if it is good for this purpose."""
    if not (token.isascii() and 0 < len(token) <= _LONGEST):
        return None
    row = session.execute(
        select(AccountKey.account_id, AccountKey.expires_at).where(
            AccountKey.token_hash == token_hash(token),
            AccountKey.purpose == purpose,
            AccountKey.expires_at > func.clock_timestamp(),
            AccountKey.used_at.is_(None),
        )
    ).one_or_none()
    return Found(row.account_id, row.expires_at) if row else None


def use_up(session: Session, token: str) -> bool:
    """Spend a link or end a session; of two at once only one gets True."""
    spent = session.scalar(
        update(AccountKey)
        .where(AccountKey.token_hash == token_hash(token), AccountKey.used_at.is_(None))
        .values(used_at=func.clock_timestamp())
        .returning(AccountKey.id)
    )
    return spent is not None


def end_all(session: Session, account_id: int, *purposes: KeyPurpose) -> None:
    """End every key of an account that is for one of these purposes."""
    session.execute(
        delete(AccountKey).where(
            AccountKey.account_id == account_id, AccountKey.purpose.in_(purposes)
        )
    )
