"""What a flow's conditions may ask: a shopper, her cart or order, and what she did before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from connector.domain.carts import OrderState
from connector.domain.flows.conditions import Facts
from connector.domain.flows.entry import Who
from connector.domain.money import Money
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
    count, spent = _bought(session, store, contact)
    return Facts(
        currency=store.currency,
        draw=draw,
        cart_value=about.total if about else None,
        cart_items=sum(line["quantity"] for line in lines),
        products=products,
        collections=_collections(session, products),
        payment=cart.payment if cart else "",
        orders_count=count,
        total_spent=spent,
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


def _bought(session: Session, store: Store, contact: Contact) -> tuple[int, Money]:
    """Orders and money over her life: as the shop counts, if that is more than we saw."""
    theirs = Order.currency == store.currency
    count, spent = session.execute(
        select(
            func.count(Order.id),
            func.coalesce(func.sum(Order.total_minor - Order.refunded_minor).filter(theirs), 0),
        ).where(Order.contact_id == contact.id, Order.state != OrderState.CANCELLED, ~Order.test)
    ).one()
    minor = max(int(spent), contact.shop_spent_minor or 0)
    return max(int(count), contact.shop_orders or 0), Money(store.currency, minor)


def _collections(session: Session, products: frozenset[str]) -> frozenset[str]:
    if not products:
        return frozenset()
    rows = session.scalars(select(Product.collections).where(Product.external_id.in_(products)))
    return frozenset(name for names in rows for name in names)
