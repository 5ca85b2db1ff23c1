"""Merchants and the stores that are theirs (broker's transactions throughout)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.models import Account, AccountStore, DeskKey

_MAY_OPEN = frozenset({"owner"})  # roles that see a store's desk


def add_store(session: Session, account_id: int, store_id: int, now: datetime) -> bool:
    """Make a store one of this merchant's; doing it twice is no error. False: not verified.

    Only who proved that her address is hers gets a store: a password alone proves nothing.
    """
    verified = session.scalar(select(Account.verified_at).where(Account.id == account_id))
    if verified is None:
        return False
    row = {"account_id": account_id, "store_id": store_id, "role": "owner", "added_at": now}
    session.execute(insert(AccountStore).values(row).on_conflict_do_nothing())
    return True


def take_store(session: Session, account_id: int, store_id: int) -> bool:
    """A store is hers no longer, and the desk sessions that she opened end; False: was not."""
    gone = session.scalar(
        delete(AccountStore)
        .where(AccountStore.account_id == account_id, AccountStore.store_id == store_id)
        .returning(AccountStore.id)
    )
    end_desk_sessions(session, account_id, store_id)
    return gone is not None


def may_open(session: Session, account_id: int, store_id: int) -> bool:
    """The one answer to "may this merchant open that store?"."""
    role = session.scalar(
        select(AccountStore.role)
        .join(Account, Account.id == AccountStore.account_id)
        .where(
            AccountStore.account_id == account_id,
            AccountStore.store_id == store_id,
            Account.verified_at.is_not(None),
        )
    )
    return role in _MAY_OPEN


def end_desk_sessions(session: Session, account_id: int, store_id: int | None = None) -> None:
    """End what she opened: one store's desk sessions, or all stores'."""
    hers = DeskKey.account_id == account_id
    which = hers if store_id is None else hers & (DeskKey.store_id == store_id)
    session.execute(
        update(DeskKey)
        .where(which, DeskKey.used_at.is_(None))
        .values(used_at=func.clock_timestamp()),
        execution_options={"synchronize_session": False},
    )
