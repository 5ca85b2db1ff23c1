"""Yes and no: recorded, and what a no stops at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from connector.domain.gate import MEDIA, needs_yes
from connector.domain.people import phone_country
from connector.domain.settings import StoreSettings
from connector.models import Contact, Message, MessageState, Purpose, Store
from connector.ports.events import ConsentChanged, ConsentMark, ConsentState
from connector.services import contacts, flows, journal, messages_plan, telling

_NO = "the person said no"


def record(session: Session, store: Store, event: ConsentChanged, now: datetime) -> None:
    """Take over what a platform says a person agreed to."""
    oldest = min(mark.at for mark in event.marks)
    contact = contacts.record(session, store.id, event.person, oldest, now)
    if contact is None:
        return
    for mark in event.marks:
        address = event.person.email if mark.channel == "email" else event.person.phone
        say(session, contact, mark, now, address)


def say(
    session: Session, contact: Contact, mark: ConsentMark, now: datetime, address: str = ""
) -> None:
    """A locked contact says yes or no, of the address she has or of another.

    A no takes back what has not left yet by that medium; one that leaves no medium open ends
    everything she is in, as an unsubscription does.
    """
    about_it = address or contacts.address_of(contact, mark.channel)
    if not contacts.agree(session, contact, mark, about_it):
        return
    contact.audience_due_at, contact.rung_until = now, None
    telling.said(session, contact, mark, now)
    yes = "Agreed to" if mark.state is ConsentState.YES else "Refused"
    about = journal.About(contact.store_id, None, contact.id)
    journal.note(session, about, "consent", f"{yes} {mark.channel} ({mark.source})", now)
    if mark.state is not ConsentState.NO:
        return
    if _is_open_to_marketing(session, contact):
        stop(session, contact, _NO, now, mark.channel)
    else:
        _let_go(session, contact, _NO, now)


def _is_open_to_marketing(session: Session, contact: Contact) -> bool:
    """True while a medium is left by which marketing may reach her."""
    store = session.get_one(Store, contact.store_id)
    settings = StoreSettings.of(store.settings)
    country = contact.country or phone_country(contact.phone) or store.country
    return any(
        _allows(session, contact, medium, yes=needs_yes(medium, country, settings))
        for medium in MEDIA
    )


def _allows(session: Session, contact: Contact, medium: str, *, yes: bool) -> bool:
    """What she said of a medium and her address there; without a word, unless `yes` is needed."""
    address = contacts.address_of(contact, medium)
    if not address or contacts.is_suppressed(session, contact.store_id, medium, address):
        return False
    said = contacts.consent(session, contact.id, medium)
    return said == ConsentState.YES or (not said and not yes)


def _let_go(session: Session, contact: Contact, reason: str, now: datetime) -> None:
    """Cancel her runs, then what waits of those that are through their steps."""
    for run in flows.active_runs(session, [contact.id]):
        flows.cancel(session, run, reason, now)
    stop(session, contact, reason, now)


def stop(session: Session, contact: Contact, reason: str, now: datetime, medium: str = "") -> None:
    """Take back every marketing message of a contact (by one medium) that has not left.

    Where only one medium is barred, the next one of the message's step may be tried.
    """
    rows = session.scalars(
        select(Message)
        .where(
            Message.contact_id == contact.id,
            (Message.medium == medium) if medium else true(),
            Message.purpose == Purpose.MARKETING,
            Message.state.in_((MessageState.SCHEDULED, MessageState.CLAIMED)),
        )
        .order_by(Message.id)
        .with_for_update()
    )
    for message in list(rows):
        messages_plan.cancel(message, reason)
        if medium:
            messages_plan.next_medium(session, message, now, reason)


def unsubscribe(session: Session, message_id: int, now: datetime) -> bool:
    """The reader of a message wants no more of its kind; True if that is news.

    Stops the runs she is in, by whatever name: one click ends the whole sequence.
    """
    message = session.get_one(Message, message_id)
    contact = contacts.lock(session, [message.contact_id])[0]
    address = contacts.address_of(contact, message.medium)
    if contacts.is_suppressed(session, contact.store_id, message.medium, address):
        return False
    _suppress(session, contact, message, address, now)
    _let_go(session, contact, "the person unsubscribed", now)
    say(session, contact, _no(message, now), now)
    about = journal.About(contact.store_id, message.cart_id, contact.id, message.run_id)
    journal.note(session, about, "consent", f"Unsubscribed from {message.medium}", now)
    return True


def _suppress(
    session: Session, contact: Contact, message: Message, address: str, now: datetime
) -> None:
    """The address that she has now, and the one that the message went to."""
    store_id, medium = contact.store_id, message.medium
    contacts.suppress(session, store_id, medium, address, "unsubscribed", now)
    if message.address_hash is not None:
        contacts.suppress_hash(session, store_id, medium, message.address_hash, "unsubscribed", now)


def _no(message: Message, now: datetime) -> ConsentMark:
    return ConsentMark(message.medium, ConsentState.NO, now, "unsubscribe link")
