"""Merchants' accounts: made, proved, given a new password (broker's transactions throughout).

Whoever signs up says which address is hers; it is hers when she opens the link that goes there
and knows the password, or when she chooses a new password by a link that went there.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.merchants import address_key
from connector.models import Account, KeyPurpose, MailKind
from connector.services import account_keys, accounts, system_mails


def sign_up(
    session: Session, address: str, password_hash: str, store_id: int | None, now: datetime
) -> None:
    """Somebody says that this address is hers; a mail goes there in any case.

    `store_id` is a store whose desk she has open: hers once the address is proved. An account
    that is proved already is left alone, and its owner told; one that is not takes the new
    password, and forgets what an earlier, unproved sign-up promised.
    """
    account = _unproved(session, address, now)
    if account is not None:
        account.email, account.password_hash = address, password_hash
        end_everything(session, account.id)
        accounts.forget_promises(session, account.id)
        if store_id is not None:
            accounts.promise_store(session, account.id, store_id, now)
    system_mails.queue(session, MailKind.WELCOME, address)


def _unproved(session: Session, address: str, now: datetime) -> Account | None:
    key = address_key(address)
    row = {"email": address, "email_key": key, "password_hash": "", "created_at": now}
    session.execute(insert(Account).values(row).on_conflict_do_nothing())
    account = session.scalars(
        select(Account).where(Account.email_key == key).with_for_update()
    ).one()
    return None if account.verified_at else account


def prove(session: Session, account_id: int, now: datetime) -> None:
    """The address is hers: she came by the link and knew the password."""
    session.get_one(Account, account_id, with_for_update=True).verified_at = now
    end_everything(session, account_id)
    accounts.keep_promises(session, account_id)


def choose_password(session: Session, account_id: int, password_hash: str, now: datetime) -> None:
    """A new password, by a link that went to her mailbox: which also proves the mailbox.

    Every session ends. What somebody was promised before is forgotten: who reads the mailbox
    need not be who signed up.
    """
    account = session.get_one(Account, account_id, with_for_update=True)
    account.password_hash = password_hash
    account.verified_at = account.verified_at or now
    end_everything(session, account_id)
    accounts.forget_promises(session, account_id)
    system_mails.queue(session, MailKind.CHANGED, account.email)


def change_password(session: Session, account_id: int, password_hash: str) -> None:
    """Another password, by somebody who is signed in and knew the old one; all sessions end."""
    account = session.get_one(Account, account_id, with_for_update=True)
    account.password_hash = password_hash
    end_everything(session, account_id)
    system_mails.queue(session, MailKind.CHANGED, account.email)


def rehashed(session: Session, account_id: int, before: str, after: str) -> None:
    """The same password in today's hash, unless it was changed meanwhile."""
    account = session.get_one(Account, account_id, with_for_update=True)
    if account.password_hash == before:
        account.password_hash = after


def end_everything(session: Session, account_id: int) -> None:
    """Sign her out everywhere: her sessions, the desks that she opened, links that wait."""
    account_keys.end_all(session, account_id, *KeyPurpose)
    accounts.end_desk_sessions(session, account_id)


def vouch(session: Session, address: str, now: datetime) -> Account:
    """Whoever runs the installation says whose this address is; the account has no password yet.

    An account that is proved is kept as it is. One that is not may be a stranger's, who signed up
    with her address: its password, sessions and promises go before it counts as hers.
    """
    strangers = _unproved(session, address, now)
    if strangers is not None:
        strangers.email, strangers.password_hash = address, ""
        end_everything(session, strangers.id)
        accounts.forget_promises(session, strangers.id)
    account = session.scalars(
        select(Account).where(Account.email_key == address_key(address)).with_for_update()
    ).one()
    account.verified_at = account.verified_at or now
    return account


def every(session: Session) -> list[Account]:
    """All accounts, oldest first."""
    return list(session.scalars(select(Account).order_by(Account.id)))
