"""Outside audiences, kept in step by difference: who changed, which tags she has now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.audiences import LAPSED_AFTER, TAGS, CustomerFacts, tags_of
from connector.domain.carts import CartState, OrderState
from connector.models import AudienceMember, Cart, Contact, Order
from connector.ports.audience import Member, MemberResult
from connector.services import contacts

_RETRY = timedelta(minutes=30)
_REFUSED = timedelta(hours=6)  # one member was refused: asking more often changes nothing
_FORGET_AFTER = timedelta(days=7)  # an audience that cannot be told so long: the merchant must


def plan(
    session: Session, audience: str, contact_ids: Sequence[int], now: datetime
) -> list[Member]:
    """Those of the contacts whom the audience must hear about: consenting, and changed.

    Who took her consent back, was forgotten or has another address now loses our tags there;
    nobody else without consent appears.
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
    wanted = _tags(session, contact, now) if _may_tell(session, contact) else None
    ours = TAGS | frozenset(known.tags if known else ())
    if known is not None and known.tags and (wanted is None or _moved(known, contact)):
        return replace(_told(contact, known.email, frozenset(), ours), leaving=True)
    if wanted is None or (known is not None and _same(known, contact.email, wanted)):
        return None
    return _told(contact, contact.email, wanted, ours)


def _tags(session: Session, contact: Contact, now: datetime) -> frozenset[str]:
    """What she did, and what flows put on her."""
    return tags_of(facts(session, contact.id), now) | frozenset(contact.tags)


def _told(contact: Contact, email: str, tags: frozenset[str], ours: frozenset[str]) -> Member:
    return Member(
        ref=contact.id,
        email=email,
        first_name=contact.first_name,
        last_name=contact.last_name,
        tags=tags,
        not_tags=ours - tags,
    )


def _same(known: AudienceMember, email: str, tags: frozenset[str]) -> bool:
    return not known.error and known.email == email and frozenset(known.tags) == tags


def _moved(known: AudienceMember, contact: Contact) -> bool:
    """True if the audience took an address of hers that she no longer has."""
    return not known.error and known.email.lower() != contact.email.lower()


def _may_tell(session: Session, contact: Contact) -> bool:
    return (
        bool(contact.email)
        and contact.erased_at is None
        and contacts.consent(session, contact.id, "email") == "yes"
        and not contacts.is_suppressed(session, contact.store_id, "email", contact.email)
    )


def facts(session: Session, contact_id: int) -> CustomerFacts:
    """What decides a contact's tags; orders that were called off count for nothing.

    A cart that is left alone, to measure, is told to nobody.
    """
    hers = Cart.contact_id == contact_id
    called_off = exists().where(Order.id == Cart.order_id, Order.state != OrderState.PLACED)
    abandoned = exists().where(
        hers, Cart.state == CartState.ABANDONED, ~Cart.held_out, Cart.excluded == ""
    )
    recovered = exists().where(hers, Cart.state == CartState.RECOVERED, ~called_off)
    last_order = select(func.max(Order.placed_at)).where(
        Order.contact_id == contact_id, Order.state == OrderState.PLACED
    )
    found = session.execute(select(abandoned, recovered, last_order.scalar_subquery())).one()
    return CustomerFacts(*found)


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
    known = _known(session, audience, [member.ref for member in members])
    for member in members:
        error = errors.get(member.ref, "no answer")
        _keep(session, store_id, audience, member, known.get(member.ref), error, now)
    _clear_forgotten(session, audience, [member.ref for member in members], now)


def _known(session: Session, audience: str, refs: Sequence[int]) -> dict[int, AudienceMember]:
    rows = session.scalars(
        select(AudienceMember).where(
            AudienceMember.audience == audience, AudienceMember.contact_id.in_(refs)
        )
    )
    return {row.contact_id: row for row in rows}


def _keep(
    session: Session,
    store_id: int,
    audience: str,
    member: Member,
    known: AudienceMember | None,
    error: str,
    now: datetime,
) -> None:
    # What was refused may have been done in part: what she had there she may have still.
    still = frozenset(known.tags) if known is not None and error else frozenset()
    values = {
        "email": member.email,
        "tags": sorted(member.tags | still),
        "error": error,
        "synced_at": now,
    }
    row = {"store_id": store_id, "contact_id": member.ref, "audience": audience, **values}
    session.execute(
        insert(AudienceMember)
        .values(row)
        .on_conflict_do_update(index_elements=["contact_id", "audience"], set_=values)
    )


def _clear_forgotten(session: Session, audience: str, refs: Sequence[int], now: datetime) -> None:
    """Of a forgotten person nothing is kept once her tags are gone; until then she is due."""
    forgotten = select(Contact.id).where(Contact.id.in_(refs), Contact.erased_at.is_not(None))
    gone = (AudienceMember.tags == []) & (AudienceMember.error == "")
    session.execute(
        delete(AudienceMember).where(
            AudienceMember.audience == audience, AudienceMember.contact_id.in_(forgotten), gone
        ),
        execution_options={"synchronize_session": False},
    )
    left = exists().where(AudienceMember.contact_id == Contact.id)
    session.execute(  # she was told of while she was being forgotten
        update(Contact)
        .where(Contact.id.in_(forgotten), Contact.audience_due_at.is_(None), left)
        .values(audience_due_at=now, rung_until=None),
        execution_options={"synchronize_session": False},
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
        times = [_lapse(session, contact, began_at), _again(session, contact, began_at, now)]
        contact.audience_due_at = min((at for at in times if at is not None), default=None)
        contact.rung_until = None


def _lapse(session: Session, contact: Contact, began_at: datetime) -> datetime | None:
    """When she becomes a lapsed customer, if she was none as of `began_at`."""
    last = facts(session, contact.id).last_order_at
    lapses = last + LAPSED_AFTER if last else None
    return lapses if lapses and lapses > began_at else None


def _again(
    session: Session, contact: Contact, began_at: datetime, now: datetime
) -> datetime | None:
    """When an audience must hear of her once more: refused, or told of her old address only."""
    rows = list(
        session.scalars(select(AudienceMember).where(AudienceMember.contact_id == contact.id))
    )
    reachable = _may_tell(session, contact)
    if any(row.error and (row.tags or reachable) for row in rows):
        return None if _let_go(session, contact, now) else now + _REFUSED
    if contact.erased_at is not None:  # no account to tell, or nothing of ours is there
        _drop(session, contact)
        return None
    told = (row for row in rows if row.synced_at >= began_at)
    return now if reachable and any(_moved(row, contact) for row in told) else None


def postpone(session: Session, contact_ids: Sequence[int], now: datetime) -> None:
    """The audience did not answer: later."""
    people = session.scalars(
        select(Contact)
        .where(Contact.id.in_(contact_ids))
        .order_by(Contact.id)
        .with_for_update(key_share=True)
    )
    for contact in people:
        later = None if _let_go(session, contact, now) else now + _RETRY
        contact.audience_due_at, contact.rung_until = later, None


def _let_go(session: Session, contact: Contact, now: datetime) -> bool:
    """True if a forgotten person's address was kept too long for an audience's sake: gone now."""
    if contact.erased_at is None or now < contact.erased_at + _FORGET_AFTER:
        return False
    _drop(session, contact)
    return True


def _drop(session: Session, contact: Contact) -> None:
    session.execute(
        delete(AudienceMember).where(AudienceMember.contact_id == contact.id),
        execution_options={"synchronize_session": False},
    )
