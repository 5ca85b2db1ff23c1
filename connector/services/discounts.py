"""Codes: one a run, step and kind; looked up before it is made, and again when in doubt."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.discounts import DiscountTerms, code_for
from connector.domain.flows import Offer
from connector.errors import CodeTaken, Refused
from connector.models import Discount, DiscountState, Message
from connector.ports.platform import DiscountMade, StorePlatform
from connector.services import journal

_SLACK = timedelta(minutes=1)


def plan(
    session: Session, message: Message, offer: Offer, secret: bytes, now: datetime
) -> Discount:
    """The row of a message's code, made before anything is asked of the platform."""
    code = code_for(secret, message.run_id, message.step_id, offer.kind)
    row = {
        "store_id": message.store_id,
        "run_id": message.run_id,
        "step_id": message.step_id,
        "kind": offer.kind,
        "code": code,
        "percent": offer.percent,
        "state": DiscountState.PLANNED,
        "starts_at": now,
        "expires_at": now + offer.valid_for,
    }
    session.execute(insert(Discount).values(row).on_conflict_do_nothing())
    return session.scalars(
        select(Discount).where(
            Discount.run_id == message.run_id,
            Discount.step_id == message.step_id,
            Discount.kind == offer.kind,
        )
    ).one()


def terms(discount: Discount) -> DiscountTerms:
    """What must exist at the platform."""
    return DiscountTerms(
        code=discount.code,
        kind=discount.kind,
        percent=discount.percent,
        starts_at=discount.starts_at,
        expires_at=discount.expires_at,
        reference=f"Cart recovery, run {discount.run_id}, step {discount.step_id}",
    )


def obtain(platform: StorePlatform, wanted: DiscountTerms) -> DiscountMade:
    """The code at the platform, made there unless it is there already.

    Refused if somebody else's discount has the name, or the platform will not have it.
    """
    found = platform.find_discount(wanted.code)
    if found is None:
        try:
            return platform.create_discount(wanted)
        except CodeTaken:
            found = platform.find_discount(wanted.code)
    if found is None:
        raise Refused(f"the code {wanted.code} is taken but cannot be found")
    if not _is_ours(found, wanted):
        raise Refused(f"the code {wanted.code} belongs to another discount")
    return found


def _is_ours(found: DiscountMade, wanted: DiscountTerms) -> bool:
    if found.reference not in {"", wanted.reference}:
        return False
    return found.expires_at is None or abs(found.expires_at - wanted.expires_at) < _SLACK


def made(session: Session, discount_id: int, result: DiscountMade, now: datetime) -> Discount:
    """The code exists: keep its id."""
    row = session.get_one(Discount, discount_id)
    if row.state is not DiscountState.LIVE:
        row.state, row.platform_id = DiscountState.LIVE, result.platform_id
        _tell(session, row, f"Made the code {row.code}: {row.percent.normalize():f} % off", now)
    return row


def refused(session: Session, discount_id: int, reason: str, now: datetime) -> None:
    """The platform will not have the code."""
    row = session.get_one(Discount, discount_id)
    row.state, row.reason = DiscountState.FAILED, reason
    _tell(session, row, f"No code: {reason}", now)


def of_message(session: Session, message: Message) -> Discount | None:
    """The live code of a message."""
    found: Discount | None = session.scalar(
        select(Discount).where(
            Discount.run_id == message.run_id,
            Discount.step_id == message.step_id,
            Discount.state == DiscountState.LIVE,
        )
    )
    return found


def codes_of_message(session: Session, message: Message) -> list[Discount]:
    """All live codes of a message (free shipping and 5 %), in the order they were made."""
    return list(
        session.scalars(
            select(Discount)
            .where(
                Discount.run_id == message.run_id,
                Discount.step_id == message.step_id,
                Discount.state == DiscountState.LIVE,
            )
            .order_by(Discount.id)
        )
    )


def _tell(session: Session, row: Discount, text: str, now: datetime) -> None:
    message = session.scalar(
        select(Message).where(Message.run_id == row.run_id, Message.step_id == row.step_id)
    )
    about = journal.About(
        row.store_id,
        message.cart_id if message else None,
        message.contact_id if message else None,
        row.run_id,
    )
    journal.note(session, about, "discount", text, now, discount=row.id)
