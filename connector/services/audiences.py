"""Outside audiences, kept in step by difference: who changed, which tags she has now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.audiences import LAPSED_AFTER, TAGS, CustomerFacts, tags_of
from connector.domain.carts import CartState, OrderState
from connector.models import AudienceMember, Cart, Contact, Order
from connector.ports.audience import Member, MemberResult
from connector.services import contacts

_RETRY = timedelta(minutes=30)


def plan(
    session: Session, audience: str, contact_ids: Sequence[int], now: datetime
) -> list[Member]:
    """Those of the contacts whom the audience must hear about: consenting, and changed.

    One who took her consent back loses our tags there; nobody else without consent appears.
    """
    people = session.scalars(
        select(Contact).where(Contact.id.in_(contact_ids)).order_by(Contact.id)
    )
    planned = (_member(session, audience, contact, now) for contact in people)
    return [member for member in planned if member is not None]


def _member(session: Session, audience: str, contact: Contact, now: datetime) -> Member | None:
    known = session.scalar(
        select(AudienceMember).where(
            AudienceMember.contact_id == contact.id, AudienceMember.audience == audience
        )
    )
    wanted = tags_of(facts(session, contact.id), now) if _may_tell(session, contact) else None
    if wanted is None and (known is None or not known.tags):
        return None
    email = contact.email if wanted is not None else (known.email if known else "")
    tags = wanted or frozenset()
    if (
        known is not None
        and not known.error
        and (known.email, frozenset(known.tags)) == (email, tags)
    ):
        return None
    return Member(
        ref=contact.id,
        email=email,
        first_name=contact.first_name,
        last_name=contact.last_name,
        tags=tags,
        not_tags=TAGS - tags,
    )


def _same(known: AudienceMember, email: str, tags: frozenset[str]) -> bool:
    return known.email == email and frozenset(known.tags) == tags


def _may_tell(session: Session, contact: Contact) -> bool:
    return (
        bool(contact.email)
        and contact.erased_at is None
        and contacts.consent(session, contact.id, "email") == "yes"
        and not contacts.is_suppressed(session, contact.store_id, "email", contact.email)
    )


def facts(session: Session, contact_id: int) -> CustomerFacts:
    """What decides a contact's tags."""
    states = set(
        session.scalars(select(Cart.state).where(Cart.contact_id == contact_id).distinct())
    )
    last_order = session.scalar(
        select(func.max(Order.placed_at)).where(
            Order.contact_id == contact_id, Order.state == OrderState.PLACED
        )
    )
    return CustomerFacts(
        abandoned=CartState.ABANDONED in states,
        recovered=CartState.RECOVERED in states,
        last_order_at=last_order,
    )


def done(
    session: Session,
    store_id: int,
    audience: str,
    members: Sequence[Member],
    results: Sequence[MemberResult],
    now: datetime,
) -> None:
    """Keep what the audience took, and what it did not."""
    errors = {result.ref: result.error for result in results}
    for member in members:
        values = {
            "email": member.email,
            "tags": sorted(member.tags),
            "error": errors.get(member.ref, "no answer"),
            "synced_at": now,
        }
        row = {
            "store_id": store_id,
            "contact_id": member.ref,
            "audience": audience,
            **values,
        }
        session.execute(
            insert(AudienceMember)
            .values(row)
            .on_conflict_do_update(index_elements=["contact_id", "audience"], set_=values)
        )


def settle(session: Session, contact_ids: Sequence[int], began_at: datetime, now: datetime) -> None:
    """These contacts are in step as of `began_at`; later changes stay due, lapses come."""
    people = session.scalars(
        select(Contact)
        .where(Contact.id.in_(contact_ids), Contact.audience_due_at <= began_at)
        .order_by(Contact.id)
        .with_for_update(key_share=True)
    )
    for contact in people:
        last = facts(session, contact.id).last_order_at
        lapses = last + LAPSED_AFTER if last else None
        contact.audience_due_at = lapses if lapses and lapses > now else None
        contact.rung_until = None


def postpone(session: Session, contact_ids: Sequence[int], now: datetime) -> None:
    """The audience did not answer: later."""
    people = session.scalars(
        select(Contact)
        .where(Contact.id.in_(contact_ids))
        .order_by(Contact.id)
        .with_for_update(key_share=True)
    )
    for contact in people:
        contact.audience_due_at, contact.rung_until = now + _RETRY, None
