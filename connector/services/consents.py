"""Yes and no: recorded, and what a no stops at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from connector.models import Contact, Message, MessageState, Purpose, Store
from connector.ports.events import ConsentChanged, ConsentMark, ConsentState
from connector.services import contacts, flows, journal, messages_plan


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

    A no takes back what has not left yet.
    """
    about_it = address or contacts.address_of(contact, mark.channel)
    if not contacts.agree(session, contact, mark, about_it):
        return
    contact.audience_due_at, contact.rung_until = now, None
    yes = "Agreed to" if mark.state is ConsentState.YES else "Refused"
    about = journal.About(contact.store_id, None, contact.id)
    journal.note(session, about, "consent", f"{yes} {mark.channel} ({mark.source})", now)
    if mark.state is ConsentState.NO:
        stop(session, contact, "the person said no", mark.channel)


def stop(session: Session, contact: Contact, reason: str, medium: str = "") -> None:
    """Take back every marketing message of a contact (by one medium) that has not left."""
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
    for message in rows:
        messages_plan.cancel(message, reason)


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
    say(session, contact, _no(message, now), now)
    stop(session, contact, "the person unsubscribed")
    for run in flows.active_runs(session, [contact.id]):
        flows.cancel(session, run, "the person unsubscribed", now)
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
