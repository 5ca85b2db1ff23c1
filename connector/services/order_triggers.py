"""Flows that begin with an order: placed, paid, fulfilled, refunded; and with a new account."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from connector.domain.carts import OrderSnapshot, OrderState
from connector.domain.flows import Exit, TriggerKind
from connector.domain.flows.entry import Happening
from connector.models import Contact, Order, Store, StoreState
from connector.services import contacts, entries, flows, shoppers

TOO_OLD = timedelta(hours=48)  # what a store tells of its past begins nothing
_REFUNDED = "the order was refunded"


def news(row: Order, order: OrderSnapshot) -> list[tuple[TriggerKind, datetime]]:
    """What an order's news tells that was not known before; asked before it is taken over."""
    steps = (
        (TriggerKind.ORDER_PAID, order.paid_at, row.paid_at),
        (TriggerKind.ORDER_FULFILLED, order.fulfilled_at, row.fulfilled_at),
    )
    return [(kind, at) for kind, at, known in steps if at is not None and known is None]


def begin(
    session: Session,
    store: Store,
    row: Order,
    happened: list[tuple[TriggerKind, datetime]],
    now: datetime,
) -> None:
    """Begin the flows that listen; the buyer is locked by the caller."""
    contact = session.get(Contact, row.contact_id) if row.contact_id else None
    if contact is None or row.test or row.state is OrderState.CANCELLED:
        return
    if store.state is StoreState.UNINSTALLED:
        return
    for kind, at in happened:
        if now - at > TOO_OLD:
            continue
        placed = kind is TriggerKind.ORDER_PLACED
        nth = shoppers.which_purchase(session, store, contact, row) if placed else 0
        happening = Happening(kind, f"order:{row.id}:{kind}", at, nth)
        entries.happened(entries.Occasion(session, store, contact, happening, now, order=row))


def refunded(session: Session, store: Store, row: Order, at: datetime, now: datetime) -> None:
    """Money went back: runs that this ends, and flows that it begins."""
    if row.contact_id is None:
        return
    contacts.lock(session, [row.contact_id])
    for run in flows.active_runs(session, [row.contact_id]):
        concerned = row.id in {run.entry_order_id, run.order_id}
        if concerned and flows.left_by(session, run, Exit.REFUNDED):
            flows.cancel(session, run, _REFUNDED, now)
    flows.stop_about_order(session, row.contact_id, row.id, _REFUNDED, Exit.REFUNDED)
    begin(session, store, row, [(TriggerKind.ORDER_REFUNDED, at)], now)


def account_made(
    session: Session, store: Store, contact: Contact, at: datetime, now: datetime
) -> None:
    """A new account: begin the flows that listen."""
    if now - at <= TOO_OLD:
        happening = Happening(TriggerKind.CUSTOMER_CREATED, f"customer:{contact.id}", at)
        entries.happened(entries.Occasion(session, store, contact, happening, now))
