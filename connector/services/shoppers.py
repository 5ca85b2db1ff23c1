"""What a flow's conditions may ask: a shopper, her cart or order, and what she did before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session

from connector.domain.carts import OrderState
from connector.domain.flows.conditions import Facts
from connector.domain.flows.entry import Who
from connector.domain.money import Money
from connector.domain.purchases import Tally, nth, over_her_life
from connector.models import Cart, Click, Contact, Message, Order, Product, Run, Store
from connector.services import contacts, purchases

_MEDIA = ("email", "sms")


def facts(
    session: Session,
    store: Store,
    contact: Contact,
    cart: Cart | None,
    order: Order | None = None,
    run: Run | None = None,
    draw: str = "",
) -> Facts:
    """Everything that may be asked; without a run nothing happened in it yet.

    `cart_value` is the order's worth where a flow is about an order.
    """
    about = cart or order
    lines: Sequence[dict[str, Any]] = about.lines if about else ()
    products = frozenset(line["product_id"] for line in lines)
    placed = order or (session.get(Order, run.order_id) if run and run.order_id else None)
    bought = _bought(session, store, contact)
    return Facts(
        currency=store.currency,
        draw=draw,
        cart_value=about.total if about else None,
        cart_items=sum(line["quantity"] for line in lines),
        products=products,
        collections=_collections(session, products),
        payment=cart.payment if cart else "",
        orders_count=bought.count,
        orders_since=_from_here(session, contact, placed) if placed else 0,
        total_spent=Money(store.currency, bought.minor),
        ordered=run is not None and purchases.since_run_began(session, run),
        clicked=run is not None and clicked(session, run),
        consents={medium: contacts.consent(session, contact.id, medium) for medium in _MEDIA},
        reachable=frozenset(m for m in _MEDIA if contacts.address_of(contact, m)),
        country=contact.country,
        language=(cart.locale if cart else "") or contact.locale,
        tags=frozenset((*contact.tags, *contact.shop_tags)),
        roles=frozenset(contact.roles),
    )


def who(contact: Contact) -> Who:
    """What exclusions look at."""
    return Who(
        email=contact.email,
        country=contact.country,
        roles=frozenset(contact.roles),
        tags=frozenset((*contact.tags, *contact.shop_tags)),
    )


def clicked(session: Session, run: Run) -> bool:
    """True if a person (no scanner) opened a link of one of the run's messages."""
    hers = Message.run_id == run.id
    return bool(
        session.scalar(select(exists().where(Click.message_id == Message.id, hers, Click.human)))
    )


def which_purchase(session: Session, store: Store, contact: Contact, order: Order) -> int:
    """Which purchase of hers an order is: 1 for the first of her life."""
    count = _bought(session, store, contact).count
    return nth(count, _from_here(session, contact, order))


def _bought(session: Session, store: Store, contact: Contact) -> Tally:
    """Her purchases over her life; the shop's figures are as of when it was asked."""
    later = Order.placed_at > contact.shop_asked_at if contact.shop_asked_at else false()
    count, minor, count_later, minor_later = session.execute(
        select(*_sums(store, true()), *_sums(store, later)).where(_counts(contact))
    ).one()
    return over_her_life(
        Tally(int(count), int(minor)),
        Tally(int(count_later), int(minor_later)),
        contact.shop_orders,
        contact.shop_spent_minor,
    )


def _sums(store: Store, which: ColumnElement[bool]) -> tuple[Any, Any]:
    """How many orders, and what is left of their worth; other currencies have none here."""
    theirs = and_(which, Order.currency == store.currency)
    left = func.sum(Order.total_minor - Order.refunded_minor).filter(theirs)
    return func.count(Order.id).filter(which), func.coalesce(left, 0)


def _counts(contact: Contact) -> ColumnElement[bool]:
    return and_(Order.contact_id == contact.id, Order.state != OrderState.CANCELLED, ~Order.test)


def _from_here(session: Session, contact: Contact, order: Order) -> int:
    """How many of her purchases that we saw are this one or came after it."""
    same_moment = and_(Order.placed_at == order.placed_at, Order.id >= order.id)
    found = session.scalar(
        select(func.count(Order.id)).where(
            _counts(contact), or_(Order.placed_at > order.placed_at, same_moment)
        )
    )
    return found or 0


def _collections(session: Session, products: frozenset[str]) -> frozenset[str]:
    if not products:
        return frozenset()
    rows = session.scalars(select(Product.collections).where(Product.external_id.in_(products)))
    return frozenset(name for names in rows for name in names)
