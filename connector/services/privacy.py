"""Being forgotten: personal data removed, the wish to hear nothing kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from connector.models import Cart, Contact, ContactIdentity, Order, Store, Webhook, WebhookState
from connector.ports.events import DataAsked, ErasureAsked
from connector.services import contacts, flows, journal

_READ = (WebhookState.DONE, WebhookState.IGNORED, WebhookState.DEAD)
_PERSONAL = ("email", "phone", "customer_id", "first_name", "last_name", "province")


def erase(session: Session, store: Store, event: ErasureAsked, now: datetime) -> None:
    """Forget a person, or everyone of a store; repeating it does nothing more."""
    for contact in contacts.lock(session, _asked_for(session, store, event)):
        _forget(session, contact, now)
    session.execute(
        update(Webhook)
        .where(Webhook.store_id == store.id, Webhook.state.in_(_READ))
        .values(body=None)
    )


def _asked_for(session: Session, store: Store, event: ErasureAsked) -> Sequence[int]:
    if event.whole_store:
        return list(session.scalars(select(Contact.id).where(Contact.store_id == store.id)))
    by_order = session.scalars(
        select(Order.contact_id).where(
            Order.store_id == store.id, Order.external_id.in_(event.order_ids)
        )
    )
    named = contacts.matching(session, store.id, event.person.identities())
    return [*named, *(contact_id for contact_id in by_order if contact_id)]


def _forget(session: Session, contact: Contact, now: datetime) -> None:
    for medium in ("email", "sms"):
        address = contacts.address_of(contact, medium)
        contacts.suppress(session, contact.store_id, medium, address, "erased", now)
    for run in flows.active_runs(session, [contact.id]):
        flows.cancel(session, run, "the person asked to be forgotten", now)
    for name in _PERSONAL:
        setattr(contact, name, "")
    contact.erased_at = contact.erased_at or now
    session.execute(delete(ContactIdentity).where(ContactIdentity.contact_id == contact.id))
    session.execute(
        update(Cart)
        .where(Cart.contact_id == contact.id)
        .values(lines=[], recovery_url="", due_at=None)
    )


def asked(session: Session, store: Store, event: DataAsked, now: datetime) -> None:
    """A person asked the merchant for her data: noted, for the merchant to answer."""
    text = f"A person asked for her data (request {event.request_id})"
    journal.note(session, journal.About(store.id), "privacy", text, now)
