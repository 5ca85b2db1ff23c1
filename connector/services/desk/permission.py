"""May this shopper get marketing over a medium, and why: the gate's own rules, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.gate import Never, may_send
from connector.domain.settings import StoreSettings
from connector.models import Consent, Contact, Store
from connector.services import contacts, gate_facts
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
    address = contacts.address_of(contact, medium)
    suppressed = contacts.is_suppressed(session, store.id, medium, address)
    facts = gate_facts.about_person(
        store, contact, medium, now, suppressed=suppressed, consent=said
    )
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
