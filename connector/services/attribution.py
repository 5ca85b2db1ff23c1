"""Credit: which message an order is counted for, with its evidence, and its reversal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.attribution import MODELS, Touch, credited, rule_text
from connector.domain.settings import Anchor, StoreSettings
from connector.models import Attribution, Click, Message, MessageState, Order, Purpose, Store
from connector.services import contacts, journal


def credit(
    session: Session, store: Store, order: Order, contact_ids: Sequence[int], now: datetime
) -> Attribution | None:
    """Credit an order to the last touch in the window, if there is one; test orders never."""
    settings = StoreSettings.of(store.settings)
    anchor, window = settings.credit_anchor, settings.credit_window
    touch = credited(
        touches(session, _with_kin(session, contact_ids)), order.placed_at, window, anchor
    )
    if touch is None or order.test:
        return None
    row = {
        "store_id": store.id,
        "order_id": order.id,
        "message_id": touch.message_id,
        "model": MODELS[anchor],
        "rule": rule_text(anchor, window),
        "window_s": int(window.total_seconds()),
        "evidence": {str(anchor): touch.evidence_id, "at": touch.at.isoformat()},
        "currency": order.currency,
        "minor": order.total_minor,
        "reversed_minor": 0,
        "at": now,
    }
    made = session.scalar(
        insert(Attribution).values(row).on_conflict_do_nothing().returning(Attribution.id)
    )
    return _tell(session, made, order, touch, now) if made else None


def _tell(
    session: Session, attribution_id: int, order: Order, touch: Touch, now: datetime
) -> Attribution:
    message = session.get_one(Message, touch.message_id)
    about = journal.About(order.store_id, message.cart_id, message.contact_id, message.run_id)
    text = f"Credited {order.total.text()} to the {message.medium} “{message.template}”"
    journal.note(session, about, "credit", text, now, attribution=attribution_id)
    return session.get_one(Attribution, attribution_id)


def _with_kin(session: Session, contact_ids: Sequence[int]) -> list[int]:
    found: set[int] = set()
    for contact_id in contact_ids:
        found.update(contacts.kin(session, contact_id))
    return sorted(found)


def touches(session: Session, contact_ids: Sequence[int]) -> list[Touch]:
    """Every human click on, and every arrival of, a marketing message to these people."""
    credited_before = select(Attribution.message_id).where(
        Attribution.reversed_minor < Attribution.minor
    )
    theirs = (
        Message.id.not_in(credited_before),  # a message brings one order, not every later one
        Message.contact_id.in_(contact_ids),
        Message.purpose == Purpose.MARKETING,
        Message.state.in_((MessageState.SENT, MessageState.UNKNOWN)),
    )
    clicks = session.execute(
        select(Click.message_id, Click.at, Click.id)
        .join(Message, Message.id == Click.message_id)
        .where(*theirs, Click.human)
    )
    arrived = func.coalesce(Message.delivered_at, Message.sent_at)
    arrivals = session.execute(
        select(Message.id, arrived).where(*theirs, Message.sent_at.is_not(None))
    )
    return [
        *(Touch(message, at, Anchor.CLICK, click) for message, at, click in clicks),
        *(Touch(message, at, Anchor.DELIVERY, message) for message, at in arrivals),
    ]


def give_back(session: Session, order: Order, at: datetime) -> None:
    """A cancelled order lives again: only what was refunded stays taken back."""
    rows = session.scalars(select(Attribution).where(Attribution.order_id == order.id))
    for row in rows:
        row.reversed_minor = min(order.refunded_minor, row.minor)
        row.reversed_at = at if row.reversed_minor else None


def take_back(session: Session, order: Order, minor: int, at: datetime) -> None:
    """Of what was credited, `minor` in all is not earned after all."""
    rows = session.scalars(select(Attribution).where(Attribution.order_id == order.id))
    for row in rows:
        row.reversed_minor = max(row.reversed_minor, min(minor, row.minor))
        row.reversed_at = at
        message = session.get_one(Message, row.message_id)
        about = journal.About(row.store_id, message.cart_id, message.contact_id, message.run_id)
        text = "The credit was taken back"
        journal.note(session, about, "credit", text, at, attribution=row.id, minor=minor)
