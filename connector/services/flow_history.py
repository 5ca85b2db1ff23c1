"""How often what begins flows has happened: the look back that a plan is read with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from connector.domain.bots import BOT
from connector.domain.carts import CartKind, OrderState, Payment
from connector.domain.flows import TriggerKind
from connector.domain.flows.flow import Trigger
from connector.models import Cart, Contact, Order, Refund

_Moment = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]


@dataclass(frozen=True)
class Past:
    """A look back over a store's rows, from `since` to `now` (product time)."""

    session: Session
    store_id: int
    since: datetime
    now: datetime

    def count(self, kind: TriggerKind, trigger: Trigger) -> int:
        """How often this began to be true of somebody; 0 for what is not recorded yet."""
        if kind in _COUNTS:
            return _COUNTS[kind](self)
        if kind is TriggerKind.NTH_ORDER:
            return self.nth_orders(trigger.times or 0)
        return self.lapsed(trigger.days or 0) if kind is TriggerKind.WIN_BACK else 0

    def carts(self, kind: CartKind, *where: ColumnElement[bool]) -> int:
        """Carts of known people that were left."""
        return self._number(
            select(func.count(Cart.id)).where(
                Cart.store_id == self.store_id,
                Cart.contact_id.is_not(None),
                Cart.excluded.not_like(f"{BOT}%"),
                Cart.abandoned_at >= self.since,
                Cart.kind == kind,
                *where,
            )
        )

    def orders(self, moment: _Moment) -> int:
        """Purchases to which something happened."""
        wanted = (*self._purchases(), moment >= self.since)
        return self._number(select(func.count(Order.id)).where(*wanted))

    def nth_orders(self, nth: int) -> int:
        """People's nth purchases, as far as we saw them."""
        place = func.row_number().over(partition_by=Order.contact_id, order_by=Order.placed_at)
        hers = select(place.label("place"), Order.placed_at).where(*self._purchases()).subquery()
        wanted = (hers.c.place == nth, hers.c.placed_at >= self.since)
        return self._number(select(func.count()).select_from(hers).where(*wanted))

    def lapsed(self, days: int) -> int:
        """People whose last purchase came to be so many days ago."""
        rest = timedelta(days=days)
        newest = func.max(Order.placed_at)
        lapsed = (
            select(Order.contact_id)
            .where(*self._purchases())
            .group_by(Order.contact_id)
            .having(newest.between(self.since - rest, self.now - rest))
            .subquery()
        )
        return self._number(select(func.count()).select_from(lapsed))

    def refunds(self) -> int:
        """Orders of which something was paid back."""
        return self._number(
            select(func.count(Refund.order_id.distinct())).where(
                Refund.store_id == self.store_id, Refund.at >= self.since
            )
        )

    def accounts(self) -> int:
        """People with an account whom we have known since."""
        return self._number(
            select(func.count(Contact.id)).where(
                Contact.store_id == self.store_id,
                Contact.customer_id != "",
                Contact.created_at >= self.since,
            )
        )

    def _purchases(self) -> tuple[ColumnElement[bool], ...]:
        return (
            Order.store_id == self.store_id,
            Order.contact_id.is_not(None),
            Order.state != OrderState.CANCELLED,
            ~Order.test,
        )

    def _number(self, query: Select[int]) -> int:
        return self.session.scalar(query) or 0


_COUNTS: dict[TriggerKind, Callable[[Past], int]] = {
    TriggerKind.CART_ABANDONED: lambda past: past.carts(CartKind.CART),
    TriggerKind.CHECKOUT_ABANDONED: lambda past: past.carts(CartKind.CHECKOUT),
    TriggerKind.ORDER_UNPAID: lambda past: past.carts(
        CartKind.UNPAID_ORDER, Cart.payment != Payment.FAILED
    ),
    TriggerKind.PAYMENT_FAILED: lambda past: past.carts(
        CartKind.UNPAID_ORDER, Cart.payment == Payment.FAILED
    ),
    TriggerKind.ORDER_PLACED: lambda past: past.orders(Order.placed_at),
    TriggerKind.ORDER_PAID: lambda past: past.orders(Order.paid_at),
    TriggerKind.ORDER_FULFILLED: lambda past: past.orders(Order.fulfilled_at),
    TriggerKind.ORDER_REFUNDED: lambda past: past.refunds(),
    TriggerKind.FIRST_ORDER: lambda past: past.nth_orders(1),
    TriggerKind.CUSTOMER_CREATED: lambda past: past.accounts(),
}
