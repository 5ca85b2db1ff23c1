"""What a shop's past says on day one: kept, told apart from what we saw, and never written to.

Only what is older than the installation is taken over: news of today come by their own ways,
and an order that was merely imported would stop nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Interval, func, literal, select
from sqlalchemy.orm import Session

from connector.domain.bots import BOT, Signs, kept_out
from connector.domain.carts import CartSnapshot, CartState, OrderSnapshot, OrderState
from connector.domain.settings import StoreSettings
from connector.models import Cart, Order, Store, StoreState
from connector.ports.events import (
    CartChanged,
    ConsentChanged,
    ConsentMark,
    ConsentState,
    ContactChanged,
    OrderCancelled,
    OrderPlaced,
    OrderRefunded,
    StoreEvent,
)
from connector.services import cart_names, carts, contacts, events, orders, purchases

BACK_WITHIN = timedelta(days=7)  # she came back by herself if she bought within this time
_FEW = 30  # carts: of fewer no rate is told


@dataclass(frozen=True)
class SelfReturn:
    """How many of those who left came back by themselves; `left` carts of people we know."""

    left: int
    returned: int

    @property
    def percent(self) -> float | None:
        """None while too few carts are known to say."""
        return 100 * self.returned / self.left if self.left >= _FEW else None


def boundary(store: Store) -> datetime:
    """Since when we see the store ourselves: opening the app again does not make it the past."""
    since = store.settings.get("since")
    return datetime.fromisoformat(since) if since else store.installed_at


def keep(session: Session, store: Store, event: StoreEvent, now: datetime) -> bool:
    """Take over one piece of the past; False if it was known, or is none of the past."""
    if store.state is StoreState.UNINSTALLED:
        return False
    match event:
        case OrderPlaced(order):
            return _order(session, store, order, now)
        case CartChanged(cart):
            return _cart(session, store, cart, now)
        case OrderRefunded(order_id=number) | OrderCancelled(order_id=number):
            known = purchases.named(session, store.id, number)
            return known is not None and not events.record(session, store, event, now)
        case ConsentChanged(person, marks):
            old = tuple(mark for mark in marks if _is_past(mark, store))
            said = ConsentChanged(person, old)
            return bool(old) and not events.record(session, store, said, now)
        case _:
            return isinstance(event, ContactChanged) and not events.record(
                session, store, event, now
            )


def _is_past(mark: ConsentMark, store: Store) -> bool:
    """A no counts whenever it was said; a yes of today comes by its own webhook."""
    return mark.state is ConsentState.NO or mark.at < boundary(store)


def _order(session: Session, store: Store, order: OrderSnapshot, now: datetime) -> bool:
    if order.placed_at >= boundary(store):
        return False
    buyer = contacts.record(session, store.id, order.person, order.source_at, now)
    if purchases.named(session, store.id, order.external_id) is not None:
        return False
    row = Order(
        store_id=store.id,
        external_id=order.external_id,
        state=OrderState.PLACED,
        placed_at=order.placed_at,
        recorded_at=now,
        contact_id=buyer.id if buyer else None,
        imported=True,
    )
    orders.describe(row, order)
    session.add(row)
    session.flush()
    return True


def _cart(session: Session, store: Store, told: CartSnapshot, now: datetime) -> bool:
    """A cart that was left before us: lost, or ordered by herself; nobody is written to."""
    if told.source_at >= boundary(store):
        return False
    names = (told.external_id, *told.tokens)
    cart_names.lock_people(session, store.id, names, told.person)
    contact = contacts.record(session, store.id, told.person, told.source_at, now)
    if cart_names.locked(session, store.id, names) is not None:
        return False
    cart = carts.make(session, store, told, told.source_at)
    carts.describe(cart, told)
    cart_names.learn(session, cart, told)
    cart.imported, cart.contact_id = True, contact.id if contact else None
    cart.excluded = kept_out(Signs(told.person.email))
    cart.abandoned_at = told.source_at + StoreSettings.of(store.settings).idle
    bought = purchases.covering(session, store.id, names, cart.contact_id, told.source_at)
    cart.order_id = bought.id if bought else None
    state = CartState.ORDERED if bought or told.completed_at else CartState.LOST
    carts.close(session, cart, state, now, {"rule": "from before we were connected"})
    return True


def self_return(session: Session, store: Store) -> SelfReturn:
    """Of those who left before us, how many bought within a week without any message of ours."""
    bought = (
        select(Order.id)
        .where(Order.contact_id == Cart.contact_id, Order.state != OrderState.CANCELLED)
        .where(
            ~Order.test, Order.placed_at >= Cart.activity_at - literal(purchases.SLACK, Interval)
        )
    )
    at_once = bought.where(Order.placed_at < Cart.abandoned_at).exists()
    later = bought.where(
        Order.placed_at.between(
            Cart.abandoned_at, Cart.activity_at + literal(BACK_WITHIN, Interval)
        )
    )
    row = session.execute(
        select(func.count(), func.count().filter(later.exists()))
        .where(Cart.store_id == store.id, Cart.imported, Cart.contact_id.is_not(None))
        .where(~at_once, Cart.excluded.not_like(f"{BOT}%"))
    ).one()
    return SelfReturn(row[0], row[1])
