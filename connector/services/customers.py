"""What only the shop knows of a shopper: when it must be asked, and what it answered.

Her purchases from before we were connected, and the tags that the merchant gave her, are in no
delivery. The shop is asked when a flow needs it, at most once a day for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from connector.domain.flows import Flow, TriggerKind
from connector.domain.flows.flow import CART_TRIGGERS
from connector.domain.people import IdentityKind, Person
from connector.domain.settings import StoreSettings
from connector.models import Cart, Contact, ContactIdentity, FlowVersion, Run, Store
from connector.ports.events import ContactChanged, OrderPlaced, StoreEvent
from connector.ports.platform import CustomerCard
from connector.services import contacts, flows, order_triggers, privacy_marks

AGAIN = timedelta(days=1)
_QUESTIONS = frozenset({"orders_count", "total_spent", "returning", "tags"})
_TRIGGERS = frozenset({TriggerKind.FIRST_ORDER, TriggerKind.NTH_ORDER})


@dataclass(frozen=True)
class Unasked:
    """Somebody about whom the shop was not asked lately."""

    contact_id: int
    person: Person
    source_at: datetime  # how old these data are


def of_cart(session: Session, cart_id: int, now: datetime) -> Unasked | None:
    """Whose cart it is, if a flow that carts enter asks what the shop knows of her."""
    contact = session.scalar(
        select(Contact).join(Cart, Cart.contact_id == Contact.id).where(Cart.id == cart_id)
    )
    found = _unasked(contact, now)
    if found is None or contact is None:
        return None
    wanted = _is_asked(session, contact.store_id, lambda flow: flow.text.entry.about_cart)
    return found if wanted else None


def of_run(session: Session, run_id: int, now: datetime) -> Unasked | None:
    """Whose run it is, if its flow asks what the shop knows of her."""
    row = session.execute(
        select(Contact, FlowVersion.definition, Store.settings)
        .select_from(Run)
        .join(Contact, Contact.id == Run.contact_id)
        .join(FlowVersion, FlowVersion.id == Run.version_id)
        .join(Store, Store.id == Run.store_id)
        .where(Run.id == run_id)
    ).one_or_none()
    if row is None:
        return None
    contact, text, settings = row
    found = _unasked(contact, now)
    return found if found and asks(flows.as_read(text), StoreSettings.of(settings)) else None


def of_news(
    session: Session, store: Store, event: StoreEvent, now: datetime
) -> tuple[Person, datetime] | None:
    """Who bought or made an account, as of when, if a flow that it begins asks about her."""
    who = _who(event, now)
    if who is None or not _named(who[0]) or privacy_marks.is_erased(session, store.id, *who):
        return None
    if _asked_lately(session, store.id, who[0], now):
        return None
    begun = _is_asked(session, store.id, lambda flow: bool(flow.text.entry.kinds - CART_TRIGGERS))
    return who if begun else None


def asks(flow: Flow, settings: StoreSettings) -> bool:
    """True if whom the flow takes, and what it does, hangs on what only the shop knows."""
    tags = flow.text.rules.exclude.tags or settings.exclude.tags
    return bool(tags or flow.questions & _QUESTIONS or flow.text.entry.kinds & _TRIGGERS)


def answer(
    person: Person, source_at: datetime, card: CustomerCard | None, asked_at: datetime
) -> ContactChanged:
    """What the shop said at `asked_at` of somebody known by these data."""
    if card is None:
        return ContactChanged(person, source_at, asked_at=asked_at)
    return ContactChanged(
        person,
        source_at,
        tags=card.tags,
        orders_count=card.orders_count,
        total_spent=card.total_spent,
        asked_at=asked_at,
    )


def keep(session: Session, contact_id: int, told: ContactChanged) -> None:
    """Keep an answer, unless she was forgotten while the shop was asked."""
    for contact in contacts.lock(session, [contact_id]):
        if contact.erased_at is None:
            contacts.learn(contact, told, session.get_one(Store, contact.store_id).currency)


def _unasked(contact: Contact | None, now: datetime) -> Unasked | None:
    if contact is None or contact.erased_at is not None or not _named(contact.person):
        return None
    if contact.shop_asked_at is not None and contact.shop_asked_at > now - AGAIN:
        return None
    return Unasked(contact.id, contact.person, contact.source_at)


def _named(person: Person) -> bool:
    """True if a shop can tell who is meant; families share a phone."""
    return bool(person.customer_id or person.email)


def _is_asked(session: Session, store_id: int, concerned: Callable[[Flow], bool]) -> bool:
    settings = StoreSettings.of(session.get_one(Store, store_id).settings)
    running = (flows.as_read(version.definition) for _, version in flows.running(session, store_id))
    return any(concerned(flow) and asks(flow, settings) for flow in running)


def _who(event: StoreEvent, now: datetime) -> tuple[Person, datetime] | None:
    """Whom news is about that may begin a flow."""
    match event:
        case OrderPlaced(order):
            times = (order.placed_at, order.paid_at, order.fulfilled_at)
            fresh = any(at and now - at <= order_triggers.TOO_OLD for at in times)
            return (order.person, order.source_at) if fresh and not order.test else None
        case ContactChanged(person, source_at, created=True):
            fresh = now - source_at <= order_triggers.TOO_OLD
            return (person, source_at) if fresh else None
        case _:
            return None


def _asked_lately(session: Session, store_id: int, person: Person, now: datetime) -> bool:
    names = [name for name in person.identities() if name.kind is not IdentityKind.PHONE]
    hers = or_(
        *(
            (ContactIdentity.kind == name.kind) & (ContactIdentity.value == name.value)
            for name in names
        )
    )
    found = exists().where(
        ContactIdentity.store_id == store_id,
        hers,
        ContactIdentity.contact_id == Contact.id,
        Contact.shop_asked_at > now - AGAIN,
    )
    return bool(session.scalar(select(found)))
