"""Merchants and the stores that are theirs (broker's transactions throughout)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.merchants import address_key
from connector.models import (
    Account,
    AccountStore,
    DeskKey,
    PrivacyRequest,
    RequestKind,
    Store,
)

_MAY_OPEN = frozenset({"owner"})  # roles that see a store's desk


def by_address(session: Session, address: str) -> Account | None:
    """The account of an address, in any spelling of its case."""
    found: Account | None = session.scalar(
        select(Account).where(Account.email_key == address_key(address))
    )
    return found


def add_store(session: Session, account_id: int, store_id: int, now: datetime) -> bool:
    """Make a store one of this merchant's; doing it twice is no error. False: not verified.

    Only who proved that her address is hers gets a store: a password alone proves nothing.
    """
    verified = session.scalar(select(Account.verified_at).where(Account.id == account_id))
    if verified is None:
        return False
    row = {"account_id": account_id, "store_id": store_id, "role": "owner", "added_at": now}
    kept = insert(AccountStore).values(row)
    hers = kept.on_conflict_do_update(
        index_elements=["account_id", "store_id"],
        set_={"role": "owner"},
        where=AccountStore.role == "promised",
    )
    session.execute(hers)
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


def take_from_all(session: Session, store_id: int, since: datetime | None = None) -> None:
    """The store is nobody's any more, or not theirs who got it `since` then (product clock).

    The desk sessions that they opened end.
    """
    which = AccountStore.store_id == store_id
    if since is not None:
        which &= AccountStore.added_at >= since
    gone = session.scalars(delete(AccountStore).where(which).returning(AccountStore.account_id))
    for account_id in gone.all():
        end_desk_sessions(session, account_id, store_id)


def forget_erased(session: Session) -> None:
    """Whoever had a store before it was erased has no part in what it becomes later."""
    erased = (
        select(PrivacyRequest.id)
        .where(PrivacyRequest.store_id == AccountStore.store_id)
        .where(PrivacyRequest.kind == RequestKind.ERASE_STORE)
        .where(PrivacyRequest.done_at >= AccountStore.added_at)
        .exists()
    )
    session.execute(
        delete(AccountStore).where(erased), execution_options={"synchronize_session": False}
    )


def promise_store(session: Session, account_id: int, store_id: int, now: datetime) -> None:
    """Hers once she has proved her address; until then it opens nothing."""
    row = {"account_id": account_id, "store_id": store_id, "role": "promised", "added_at": now}
    session.execute(insert(AccountStore).values(row).on_conflict_do_nothing())


def forget_promises(session: Session, account_id: int) -> None:
    """Nothing is promised any more; what is hers stays."""
    session.execute(
        delete(AccountStore).where(
            AccountStore.account_id == account_id, AccountStore.role == "promised"
        )
    )


def keep_promises(session: Session, account_id: int) -> None:
    """What was promised is hers now."""
    session.execute(
        update(AccountStore)
        .where(AccountStore.account_id == account_id, AccountStore.role == "promised")
        .values(role="owner"),
        execution_options={"synchronize_session": False},
    )


def stores_of(session: Session, account_id: int) -> list[Store]:
    """The stores that she may open, by name; uninstalled ones are among them."""
    rows = session.scalars(
        select(Store)
        .join(AccountStore, AccountStore.store_id == Store.id)
        .join(Account, Account.id == AccountStore.account_id)
        .where(
            AccountStore.account_id == account_id,
            AccountStore.role.in_(_MAY_OPEN),
            Account.verified_at.is_not(None),
        )
        .order_by(Store.name, Store.id)
    )
    return list(rows)


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
