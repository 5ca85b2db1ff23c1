"""The service's own mails: a row each until it has gone out (broker's transactions).

due -> a worker's (due again in two minutes) -> gone. A mail that certainly did not leave is
tried again; one that may have left is not. All times are the database's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Interval, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from connector.models import Account, KeyPurpose, MailKind, SystemMail
from connector.services import account_keys, accounts

_LEASE = timedelta(minutes=2)
_FIRST_PAUSE = timedelta(seconds=20)
_TRIES = 6  # about ten minutes: who waits for a link asks again


@dataclass(frozen=True)
class Letter:
    """What is to be written: `template` of `templates/system`, to whom, with which token."""

    mail_id: int
    template: str
    to: str
    token: str  # "" where the mail has no link of hers


def queue(session: Session, kind: MailKind, address: str) -> None:
    """Have a mail sent to this address; what it says depends on whose it turns out to be."""
    now = func.clock_timestamp()
    session.add(SystemMail(kind=kind, email=address, due_at=now, created_at=now))
    session.flush()


def claim(session: Session, mail_id: int) -> Letter | None:
    """Take a mail that is due, and make its link; None if it is not due, or needs no writing."""
    row = session.scalar(
        select(SystemMail)
        .where(SystemMail.id == mail_id, SystemMail.due_at <= func.clock_timestamp())
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    letter = _letter(session, row) if row.attempts < _TRIES else None
    if letter is None:
        session.delete(row)
        return None
    row.attempts += 1
    row.due_at = func.clock_timestamp() + bindparam(None, _LEASE, Interval)
    row.rung_until = None
    return letter


def _letter(session: Session, row: SystemMail) -> Letter | None:
    """The mail for whoever has the address; None for a reset of nobody's password."""
    account = accounts.by_address(session, row.email)
    if account is None:
        return None
    match row.kind:
        case MailKind.WELCOME if account.verified_at is None:
            return _with_link(session, row, account, "confirm", KeyPurpose.VERIFY)
        case MailKind.WELCOME:
            return Letter(row.id, "known", account.email, "")
        case MailKind.RESET:
            return _with_link(session, row, account, "reset", KeyPurpose.RESET)
        case MailKind.CHANGED:
            return Letter(row.id, "changed", account.email, "")


def _with_link(
    session: Session, row: SystemMail, account: Account, template: str, purpose: KeyPurpose
) -> Letter:
    token = account_keys.issue(session, account.id, purpose)
    return Letter(row.id, template, account.email, token)


def done(session: Session, mail_id: int) -> None:
    """It went out, or may have, or never will: nothing is kept of it."""
    session.execute(delete(SystemMail).where(SystemMail.id == mail_id))


def put_back(session: Session, mail_id: int) -> bool:
    """It certainly did not leave: again after a growing pause; False if that was the last try."""
    tries = session.scalar(select(SystemMail.attempts).where(SystemMail.id == mail_id))
    if tries is None or tries >= _TRIES:
        done(session, mail_id)
        return False
    pause = _FIRST_PAUSE * 2 ** (tries - 1)
    session.execute(
        update(SystemMail)
        .where(SystemMail.id == mail_id)
        .values(due_at=func.clock_timestamp() + bindparam(None, pause, Interval), rung_until=None)
    )
    return True
