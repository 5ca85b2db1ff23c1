"""What a shopper said to us is told to her shop: one list of who may be written to.

Only what was said to us: what came from the shop is known there. A yes or no that was
overtaken meanwhile is not told; the newer one is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connector.models import Consent, Contact, Store, StoreState
from connector.ports.events import ConsentMark
from connector.ports.platform import ConsentWord
from connector.services import contacts, journal

OURS = frozenset({"unsubscribe link", "reply"})  # sources: where it was said to us
_FIRST_PAUSE = timedelta(minutes=5)
_MOST_TRIES = 8  # some ten hours
_CALL = timedelta(minutes=2)  # longer than one call may take: then it is told again
_WAITS = timedelta(hours=1)  # for a store that must be connected again


@dataclass(frozen=True)
class Untold:
    """A consent that its shop does not know of yet."""

    consent_id: int
    word: ConsentWord


def said(session: Session, contact: Contact, mark: ConsentMark, now: datetime) -> None:
    """A newer word was kept: told if it was said to us, else there is nothing left to tell."""
    session.execute(
        update(Consent)
        .where(Consent.contact_id == contact.id, Consent.medium == mark.channel)
        .values(
            tell_at=now if mark.source in OURS else None,
            tell_tries=0,
            tell_error="",
            rung_until=None,
        )
    )


def begin(session: Session, store: Store, consent_id: int, now: datetime) -> Untold | None:
    """What is to be told now; None if nothing is."""
    row = session.scalar(
        select(Consent)
        .where(Consent.id == consent_id, Consent.tell_at <= now)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.rung_until, row.tell_at = None, now + _CALL  # nobody else tells it meanwhile
    if store.state is StoreState.NEEDS_REAUTH:
        row.tell_at = now + _WAITS
        return None
    contact = session.get_one(Contact, row.contact_id)
    address = contacts.address_of(contact, row.medium)
    known = contacts.address_hash(store.id, row.medium, address) == row.address_hash
    if store.state is StoreState.UNINSTALLED or not (address and known):
        row.tell_at, row.tell_error = None, "" if known else "it was said of another address"
        return None
    word = ConsentWord(
        customer_id=contact.customer_id,
        email=contact.email if row.medium == "email" else "",
        phone=contact.phone if row.medium == "sms" else "",
        channel=row.medium,
        state=row.state,
        at=row.at,
    )
    return Untold(row.id, word)


def told(session: Session, untold: Untold, now: datetime, *, known: bool) -> None:
    """The shop was told; or it keeps no such thing (`known` False), and need not be."""
    row = _still(session, untold, now)
    if row is None:
        return
    row.tell_at, row.rung_until = None, None
    row.tell_error = "" if known else "the shop keeps no consent of such a customer"
    if known:
        about = journal.About(row.store_id, None, row.contact_id)
        text = f"Told the shop: {row.state} to {row.medium}"
        journal.note(session, about, "consent", text, now)


def untold(session: Session, untold: Untold, error: str, now: datetime, *, for_good: bool) -> None:
    """The shop was not told: again after a growing pause, or never if it will not have it."""
    row = _still(session, untold, now)
    if row is None:
        return
    row.tell_tries, row.tell_error, row.rung_until = row.tell_tries + 1, error[:500], None
    if not for_good and row.tell_tries < _MOST_TRIES:
        row.tell_at = now + _FIRST_PAUSE * 2 ** (row.tell_tries - 1)
        return
    row.tell_at = None
    about = journal.About(row.store_id, None, row.contact_id)
    text = f"The shop was not told: {row.state} to {row.medium} ({error})"
    journal.note(session, about, "consent", text, now)


def _still(session: Session, untold: Untold, now: datetime) -> Consent | None:
    """The row, unless a newer word took its place during the call."""
    row = session.get(Consent, untold.consent_id, with_for_update=True, populate_existing=True)
    if row is None or row.at == untold.word.at:
        return row
    if row.source in OURS:  # told already, maybe before this older word came there: once more
        row.tell_at, row.rung_until = now, None
    return None
