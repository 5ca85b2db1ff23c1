"""Shoppers: found by any of their names, locked by id, and what they agreed to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.people import Identity, IdentityKind, Person, canonical_email
from connector.models import Consent, Contact, ContactIdentity, Suppression
from connector.ports.events import ConsentMark, ConsentState, ContactChanged
from connector.services import privacy_marks

BAD_ADDRESS = "bad address"  # why an address is written to no more: nothing arrives there
_HER_OWN = frozenset({"unsubscribed", "opted out at the vendor"})
_FIELDS = (
    "email",
    "phone",
    "customer_id",
    "first_name",
    "last_name",
    "locale",
    "country",
    "province",
)


def record(
    session: Session, store_id: int, person: Person, source_at: datetime, now: datetime
) -> Contact | None:
    """Find or make the contact of a person and take over what is newer.

    None if she has no name, or asked to be forgotten after this was said of her. The contact
    is locked. Data older than what is known only fills gaps.
    """
    identities = person.identities()
    if not identities:
        return None
    found = lock(session, matching(session, store_id, identities))
    # Asked under the locks: an erasure by another of her names may just have ended.
    if privacy_marks.is_erased(session, store_id, person, source_at):
        return None
    contact = _same_person(session, found, person)
    if contact is None:
        contact = _make(session, store_id, source_at, now)
    _take_over(contact, person, source_at)
    _learn_names(session, contact, identities)
    return contact


def matching(session: Session, store_id: int, identities: Sequence[Identity]) -> list[int]:
    """The ids of all contacts known by any of the names.

    The names themselves are locked, so that two deliveries about a new person make one
    contact.
    """
    if not identities:
        return []
    for name in sorted(identities):
        key = f"{store_id}:{name.kind}:{name.value}"
        session.execute(text("select pg_advisory_xact_lock(hashtextextended(:k, 0))"), {"k": key})
    named = or_(
        *(
            (ContactIdentity.kind == name.kind) & (ContactIdentity.value == name.value)
            for name in identities
        )
    )
    ids = select(ContactIdentity.contact_id).where(ContactIdentity.store_id == store_id, named)
    return list(session.scalars(ids))


def lock(session: Session, contact_ids: Sequence[int]) -> list[Contact]:
    """Lock contacts in the order of their ids: whoever decides about them goes through here."""
    rows = session.scalars(
        select(Contact)
        .where(Contact.id.in_(set(contact_ids)))
        .order_by(Contact.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _same_person(session: Session, found: Sequence[Contact], person: Person) -> Contact | None:
    """Of those who share a name with her, the one that she is; the oldest, if several.

    An account or a mailbox makes her the same. A phone does only where she gave nothing else:
    families share one, and whoever typed her number would else get her cart by mail.
    """
    names = set(person.identities())
    named_otherwise = bool(person.email or person.customer_id)
    for kind in IdentityKind:  # strongest first
        for contact in found:
            shared = {name.kind for name in names & set(identities(session, contact.id))}
            if kind in shared and not (kind is IdentityKind.PHONE and named_otherwise):
                return contact
    return None


def _make(session: Session, store_id: int, source_at: datetime, now: datetime) -> Contact:
    contact = Contact(store_id=store_id, source_at=source_at, created_at=now)
    session.add(contact)
    session.flush()
    return contact


def _take_over(contact: Contact, person: Person, source_at: datetime) -> None:
    newer = source_at >= contact.source_at
    known = person.filled_from(contact.person) if newer else contact.person.filled_from(person)
    for name in _FIELDS:
        if getattr(contact, name) != getattr(known, name):
            setattr(contact, name, getattr(known, name))
    contact.source_at = max(contact.source_at, source_at)


def learn(contact: Contact, told: ContactChanged, currency: str) -> None:
    """Take over what the shop says of an account, unless newer is known; silence says nothing.

    What it answered when it was asked is of that moment, however old her data are.
    """
    known_at = contact.shop_asked_at if told.asked_at else contact.source_at
    if known_at is not None and (told.asked_at or told.source_at) < known_at:
        return
    contact.shop_tags = list(told.tags) if told.tags is not None else contact.shop_tags
    contact.roles = list(told.roles) if told.roles is not None else contact.roles
    if told.counts:
        spent = told.total_spent
        same = spent is not None and spent.currency == currency
        contact.shop_orders = told.orders_count
        contact.shop_spent_minor = spent.minor if spent is not None and same else None
        contact.shop_asked_at = told.asked_at or told.source_at


def _learn_names(session: Session, contact: Contact, names: Sequence[Identity]) -> None:
    rows = [
        {
            "store_id": contact.store_id,
            "contact_id": contact.id,
            "kind": name.kind,
            "value": name.value,
        }
        for name in names
    ]
    session.execute(insert(ContactIdentity).values(rows).on_conflict_do_nothing())


def identities(session: Session, contact_id: int) -> list[Identity]:
    """All names under which a contact was ever seen."""
    rows = session.scalars(select(ContactIdentity).where(ContactIdentity.contact_id == contact_id))
    return [Identity(row.kind, row.value) for row in rows]


def kin(session: Session, contact_id: int) -> list[int]:
    """The ids of all contacts that share a name with this one, itself included."""
    own = select(ContactIdentity.kind, ContactIdentity.value).where(
        ContactIdentity.contact_id == contact_id
    )
    mine = own.subquery()
    rows = session.scalars(
        select(ContactIdentity.contact_id)
        .join(
            mine,
            (ContactIdentity.kind == mine.c.kind) & (ContactIdentity.value == mine.c.value),
        )
        .distinct()
    )
    return sorted({contact_id, *rows})


def agree(session: Session, contact: Contact, mark: ConsentMark, address: str) -> bool:
    """Keep a yes or no about an address if it is newer; True if it changed something.

    Of two that were said at the same moment the no counts.
    A yes lifts an older suppression only when the person herself gave it.
    """
    digest = address_hash(contact.store_id, mark.channel, address)
    known = session.scalar(
        select(Consent).where(Consent.contact_id == contact.id, Consent.medium == mark.channel)
    )
    if known is not None and (not _is_news(mark, known) or _is_an_echo(mark, known)):
        return False
    if known is None:
        known = Consent(store_id=contact.store_id, contact_id=contact.id, medium=mark.channel)
        session.add(known)
    changed = (known.state, known.address_hash) != (mark.state, digest)
    known.state, known.source, known.at = mark.state, mark.source, mark.at
    known.address_hash = digest
    if mark.state is ConsentState.YES and not mark.repeated:
        _lift(session, contact, mark, address)
    return changed


def _is_an_echo(mark: ConsentMark, known: Consent) -> bool:
    """A yes that is told again and again does not outdo a no that she said meanwhile."""
    return mark.repeated and mark.state is ConsentState.YES and known.state is ConsentState.NO


def _is_news(mark: ConsentMark, known: Consent) -> bool:
    no_after_yes = mark.state is ConsentState.NO and known.state is ConsentState.YES
    return mark.at > known.at or (mark.at == known.at and no_after_yes)


def _lift(session: Session, contact: Contact, mark: ConsentMark, address: str) -> None:
    row = _suppression(session, contact.store_id, mark.channel, address)
    if row is not None and row.at < mark.at and row.reason in _HER_OWN:
        row.lifted_at = mark.at


def consent(session: Session, contact_id: int, medium: str) -> str:
    """What she last said of the address that she has now: "yes", "no", or "" when never.

    A no for the same address by anyone who shares a name with her counts too.
    """
    contact = session.get_one(Contact, contact_id)
    digest = address_hash(contact.store_id, medium, address_of(contact, medium))
    rows = session.execute(
        select(Consent.contact_id, Consent.state, Consent.address_hash)
        .where(Consent.contact_id.in_(kin(session, contact_id)), Consent.medium == medium)
        .order_by(Consent.at, Consent.state == ConsentState.NO)
    ).all()
    if any(c == contact_id and state is ConsentState.NO for c, state, _ in rows):
        return str(ConsentState.NO)
    about_it = [state for _, state, about in rows if about == digest]
    return str(about_it[-1]) if about_it else ""


def address_of(contact: Contact, medium: str) -> str:
    """Where a medium reaches her, "" if it does not."""
    return contact.email if medium == "email" else contact.phone


def suppress(
    session: Session, store_id: int, medium: str, address: str, reason: str, now: datetime
) -> None:
    """Write nothing more to an address, whatever any import may say later."""
    if address:
        suppress_hash(
            session, store_id, medium, address_hash(store_id, medium, address), reason, now
        )


def suppress_hash(
    session: Session, store_id: int, medium: str, digest: bytes, reason: str, now: datetime
) -> None:
    """The same for an address that is only known by its hash."""
    row = {
        "store_id": store_id,
        "medium": medium,
        "address_hash": digest,
        "reason": reason,
        "at": now,
    }
    fresh = {"reason": reason, "at": now, "lifted_at": None}
    session.execute(
        insert(Suppression)
        .values(row)
        .on_conflict_do_update(index_elements=["store_id", "medium", "address_hash"], set_=fresh)
    )


def is_suppressed(session: Session, store_id: int, medium: str, address: str) -> bool:
    """True if the address asked us to stop and did not take it back."""
    row = _suppression(session, store_id, medium, address)
    return row is not None and row.lifted_at is None


def _suppression(session: Session, store_id: int, medium: str, address: str) -> Suppression | None:
    digest = address_hash(store_id, medium, address)
    found: Suppression | None = session.scalar(
        select(Suppression).where(
            Suppression.store_id == store_id,
            Suppression.medium == medium,
            Suppression.address_hash == digest,
        )
    )
    return found


def address_hash(store_id: int, medium: str, address: str) -> bytes:
    """An address as it is kept where only sameness matters; spellings of a mailbox are one."""
    canonical = canonical_email(address) if medium == "email" else address
    return hashlib.sha256(f"{store_id}:{medium}:{canonical}".encode()).digest()


def count(session: Session) -> int:
    """How many shoppers the store has."""
    return session.scalar(select(func.count(Contact.id))) or 0
