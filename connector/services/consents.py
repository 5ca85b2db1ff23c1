"""Yes and no: recorded, and what a no stops at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
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
        say(session, contact, mark, now)


def say(session: Session, contact: Contact, mark: ConsentMark, now: datetime) -> None:
    """A locked contact says yes or no; a no takes back what has not left yet."""
    if not contacts.agree(session, contact, mark):
        return
    contact.audience_due_at, contact.rung_until = now, None
    yes = "Agreed to" if mark.state is ConsentState.YES else "Refused"
    about = journal.About(contact.store_id, None, contact.id)
    journal.note(session, about, "consent", f"{yes} {mark.channel} ({mark.source})", now)
    if mark.state is ConsentState.NO:
        _stop(session, contact, mark.channel)


def _stop(session: Session, contact: Contact, medium: str) -> None:
    rows = session.scalars(
        select(Message)
        .where(
            Message.contact_id == contact.id,
            Message.medium == medium,
            Message.purpose == Purpose.MARKETING,
            Message.state.in_((MessageState.SCHEDULED, MessageState.CLAIMED)),
        )
        .order_by(Message.id)
        .with_for_update()
    )
    for message in rows:
        messages_plan.cancel(message, "the person said no")


def unsubscribe(session: Session, message_id: int, now: datetime) -> bool:
    """The reader of a message wants no more of its kind; True if that is news.

    Stops the runs she is in, by whatever name: one click ends the whole sequence.
    """
    message = session.get_one(Message, message_id)
    contact = contacts.lock(session, [message.contact_id])[0]
    address = contacts.address_of(contact, message.medium)
    news = not contacts.is_suppressed(session, contact.store_id, message.medium, address)
    if not news:
        return False
    mark = ConsentMark(message.medium, ConsentState.NO, now, "unsubscribe link")
    contacts.suppress(session, contact.store_id, message.medium, address, "unsubscribed", now)
    say(session, contact, mark, now)
    for run in flows.active_runs(session, [contact.id]):
        flows.cancel(session, run, "the person unsubscribed", now)
    about = journal.About(contact.store_id, message.cart_id, contact.id, message.run_id)
    journal.note(session, about, "consent", f"Unsubscribed from {message.medium}", now)
    return True
