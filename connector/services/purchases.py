"""Has she bought already? Asked of the orders that we know, under all her names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, String, cast, func, or_, select, true
from sqlalchemy.orm import Session

from connector.domain.carts import OrderState
from connector.models import Order, Run
from connector.services import contacts

SLACK = timedelta(minutes=2)  # an order may be dated just before its own cart's last change
# As `made_at`, for the database; least() and greatest() pass over what is null.
MADE_AT = func.greatest(
    Order.placed_at,
    func.least(func.coalesce(Order.paid_at, Order.placed_at), Order.recorded_at),
)


def made_at(order: Order) -> datetime:
    """When an order became a purchase: an unpaid one when it was paid, others when placed.

    An order that counted before its money came (cash on delivery) is known since then:
    it is no new purchase when it is paid.
    """
    paid_at = order.paid_at or order.placed_at
    return max(order.placed_at, min(paid_at, order.recorded_at))


def named(session: Session, store_id: int, external_id: str) -> Order | None:
    """An order by the platform's name for it, locked."""
    found: Order | None = session.scalar(
        select(Order)
        .where(Order.store_id == store_id, Order.external_id == external_id)
        .with_for_update(key_share=True)
    )
    return found


def covering(
    session: Session,
    store_id: int,
    tokens: Sequence[str],
    contact_id: int | None,
    since: datetime,
    but: int | None = None,
) -> Order | None:
    """The order that a cart became: it names the cart, or the person made it since then.

    `but` is an order that does not count: the one that a run is about.
    """
    kin = contacts.kin(session, contact_id) if contact_id else []
    names_it = Order.cart_tokens.op("?|")(cast(list(tokens), ARRAY(String)))
    found: Order | None = session.scalar(
        select(Order)
        .where(Order.store_id == store_id, Order.state != OrderState.CANCELLED)
        .where(or_(names_it, Order.contact_id.in_(kin) & (since <= MADE_AT)))
        .where(Order.id != but if but is not None else true())
        .order_by(Order.placed_at)
        .limit(1)
    )
    return found


def since_run_began(session: Session, run: Run) -> bool:
    """True if the person bought since the run began, under any name she is known by."""
    if run.order_id is not None:
        return True
    since = run.started_at - SLACK
    order = covering(session, run.store_id, (), run.contact_id, since, run.entry_order_id)
    return order is not None
