"""Orders that are called off: their credit is taken back, and what they began ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.carts import CLOSED_STATES, OrderState
from connector.models import Cart, CartToken, Order, OrderNews, Store
from connector.services import attribution, carts, contacts, flows, journal, purchases

_REASON = "the order was cancelled"


def record(session: Session, store: Store, external_id: str, at: datetime, now: datetime) -> None:
    """An order was called off at `at`; not if we have newer news of it."""
    buyer_id = session.scalar(
        select(Order.contact_id).where(Order.store_id == store.id, Order.external_id == external_id)
    )
    buyers = contacts.lock(session, [buyer_id] if buyer_id else [])
    row = purchases.named(session, store.id, external_id)
    if row is None:
        _remember(session, store.id, external_id, at)
        _forget_payment_link(session, store.id, external_id, now)
        return
    if row.state is OrderState.CANCELLED or at < row.source_at:
        return
    row.state, row.source_at = OrderState.CANCELLED, at
    attribution.take_back(session, row, row.total_minor, at)
    for contact in buyers:
        _stop(session, contact.id, row.id, now)
        contact.audience_due_at, contact.rung_until = now, None
    about = journal.About(store.id, row.cart_id, row.contact_id)
    journal.note(session, about, "order", f"Order {row.name} was cancelled", at)


def _stop(session: Session, contact_id: int, order_id: int, now: datetime) -> None:
    """End the locked buyer's runs that the order began, and what waits of those before."""
    for run in flows.active_runs(session, [contact_id]):
        if run.entry_order_id == order_id:
            flows.cancel(session, run, _REASON, now)
    flows.stop_about_order(session, contact_id, order_id, _REASON)


def _forget_payment_link(session: Session, store_id: int, external_id: str, now: datetime) -> None:
    """A never-paid order was closed, mostly by the shop's own stock timer: its cart is kept.

    WooCommerce does so after an hour by default; the link to pay that order leads nowhere
    then, and coming back means a rebuilt cart.
    """
    cart = session.scalar(
        select(Cart)
        .join(CartToken, CartToken.cart_id == Cart.id)
        .where(CartToken.store_id == store_id, CartToken.token == f"order:{external_id}")
        .where(Cart.state.not_in(CLOSED_STATES))
        .with_for_update(key_share=True, of=Cart)
    )
    if cart is not None and cart.recovery_url:
        cart.recovery_url = ""
        text = "The shop closed the unpaid order: the cart will be rebuilt instead"
        journal.note(session, carts.about(cart), "order", text, now)


def _remember(session: Session, store_id: int, external_id: str, at: datetime) -> None:
    row = {
        "store_id": store_id,
        "order_external_id": external_id,
        "kind": "cancelled",
        "reference": "",
        "minor": 0,
        "currency": "",
        "at": at,
    }
    session.execute(insert(OrderNews).values(row).on_conflict_do_nothing())
