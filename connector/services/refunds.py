"""Money that went back: kept once a refund, taken off the credit, also when it came early."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.carts import OrderState
from connector.models import Order, OrderNews, Refund, Store
from connector.ports.events import OrderRefunded
from connector.services import attribution, contacts, journal, order_triggers

TOTAL = "total"  # the reference under which a platform states the sum of all refunds


def record(session: Session, store: Store, event: OrderRefunded, now: datetime) -> None:
    """Take a refund into account; if its order is not known yet, keep it until it is."""
    theirs = (Order.store_id == store.id) & (Order.external_id == event.order_id)
    buyer = session.scalar(select(Order.contact_id).where(theirs))
    people = contacts.lock(session, [buyer] if buyer else [])
    order = session.scalar(select(Order).where(theirs).with_for_update(key_share=True))
    if order is None:
        _keep(session, store.id, event)
        return
    if event.refund.currency != order.currency:
        about = journal.About(store.id, order.cart_id, order.contact_id)
        text = f"Order {order.name}: a refund in {event.refund.currency} was not counted"
        journal.note(session, about, "order", text, event.at)
        return
    if _apply(session, order, event.refund_id, event.refund.minor, event.at, now):
        order_triggers.refunded(session, store, order, event.at, now)
        for contact in people:
            contact.audience_due_at, contact.rung_until = now, None


def _keep(session: Session, store_id: int, event: OrderRefunded) -> None:
    row = {
        "store_id": store_id,
        "order_external_id": event.order_id,
        "kind": "refunded",
        "reference": event.refund_id,
        "minor": event.refund.minor,
        "currency": event.refund.currency,
        "at": event.at,
    }
    session.execute(insert(OrderNews).values(row).on_conflict_do_nothing())


def _apply(
    session: Session, order: Order, reference: str, minor: int, at: datetime, now: datetime
) -> bool:
    """Count one refund once; True if less of the order is left than before."""
    row = {
        "store_id": order.store_id,
        "order_id": order.id,
        "external_id": f"{TOTAL}:{minor}" if reference == TOTAL else reference,
        "minor": minor,
        "at": at,
    }
    made = session.scalar(insert(Refund).values(row).on_conflict_do_nothing().returning(Refund.id))
    if made is None:
        return False
    before = order.refunded_minor
    order.refunded_minor = min(order.total_minor, _refunded(session, order))
    if order.refunded_minor >= order.total_minor > 0 and order.state is OrderState.PLACED:
        order.state = OrderState.REFUNDED
    if order.refunded_minor == before:
        return False
    attribution.take_back(session, order, order.refunded_minor, now)
    about = journal.About(order.store_id, order.cart_id, order.contact_id)
    journal.note(session, about, "order", f"Order {order.name} was refunded", at)
    return True


def _refunded(session: Session, order: Order) -> int:
    """The larger of what single refunds add up to and what the platform says in total."""
    is_total = Refund.external_id.like(f"{TOTAL}:%")
    query = select(
        func.coalesce(func.sum(Refund.minor).filter(~is_total), 0),
        func.coalesce(func.max(Refund.minor).filter(is_total), 0),
    ).where(Refund.order_id == order.id)
    singly, total = session.execute(query).one()
    return max(int(singly), int(total))


def catch_up(session: Session, order: Order, now: datetime) -> None:
    """Apply what came before the order did."""
    news = session.scalars(
        select(OrderNews).where(
            OrderNews.store_id == order.store_id,
            OrderNews.order_external_id == order.external_id,
        )
    )
    for item in list(news):
        if item.kind == "refunded":
            _apply(session, order, item.reference, item.minor, item.at, now)
        elif item.at >= order.source_at:  # else called off before it was paid: older news
            order.state, order.source_at = OrderState.CANCELLED, item.at
            attribution.take_back(session, order, order.total_minor, item.at)
        session.delete(item)
