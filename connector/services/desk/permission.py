"""May this shopper get marketing over a medium, and why: the gate's own rules, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.carts import CartState
from connector.domain.consent import Never, SendFacts, may_send
from connector.domain.people import phone_country
from connector.domain.settings import StoreSettings
from connector.models import Consent, Contact, Store
from connector.services import contacts
from connector.services.desk.next_step import NextStep
from connector.services.desk.words import MEDIA, medium_name, shown

_SAID = {"yes": "Said yes", "no": "Said no", "": "Never said yes or no"}


@dataclass(frozen=True)
class Permission:
    """What she said of a medium, and what follows from it."""

    medium: str  # in words
    allowed: bool
    said: str
    source: str
    at: datetime | None
    why_not: str


def permissions(
    session: Session, store: Store, contact: Contact | None, now: datetime
) -> tuple[Permission, ...]:
    """Each medium's answer for one shopper; none for a shopper nobody knows."""
    if contact is None:
        return ()
    return tuple(_permission(session, store, contact, medium, now) for medium in MEDIA)


def if_permitted(
    session: Session, store: Store, contact: Contact | None, step: NextStep, now: datetime
) -> NextStep:
    """The step; one that her own word will stop says so before its time has come."""
    if contact is None or not step.marketing or step.why:
        return step
    permission = _permission(session, store, contact, step.marketing, now)
    why = f"will not be sent: {permission.why_not}"
    return step if permission.allowed else replace(step, why=why)


def _permission(
    session: Session, store: Store, contact: Contact, medium: str, now: datetime
) -> Permission:
    row = session.scalar(
        select(Consent).where(Consent.contact_id == contact.id, Consent.medium == medium)
    )
    said = str(row.state) if row else ""
    facts = _facts(session, store, contact, medium, said, now)
    verdict = may_send(facts, StoreSettings.of(store.settings), now)
    refused = isinstance(verdict, Never)
    return Permission(
        medium=medium_name(medium),
        allowed=not refused,
        said=_SAID[said],
        source=shown(row.source) if row else "",
        at=row.at if row else None,
        why_not=verdict.reason if isinstance(verdict, Never) else "",
    )


def _facts(
    session: Session, store: Store, contact: Contact, medium: str, said: str, now: datetime
) -> SendFacts:
    """The facts of a message about which only the person herself is in question."""
    address = contacts.address_of(contact, medium)
    return SendFacts(
        medium=medium,
        marketing=True,
        address=address,
        expires_at=now + timedelta(days=1),
        store_state="active",
        run_active=True,
        ordered=False,
        erased=contact.erased_at is not None,
        suppressed=contacts.is_suppressed(session, store.id, medium, address),
        consent=said,
        country=contact.country or phone_country(contact.phone) or store.country,
        phone_country=phone_country(contact.phone),
        zones=(),
        cart_state=CartState.ABANDONED,
        cart_due_at=None,
        cart_activity_at=None,
        texts_about_cart=0,
        channel_paused="",
        channel_known=True,
        picture_fresh=True,
    )
