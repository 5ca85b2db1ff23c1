"""A store's stored past, as a rehearsal hears it: carts, orders, consents, refunds.

Of a cart only its last state is kept, so a dry run sees each cart as it was left, once. Who
asked to be forgotten is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.domain.bots import BOT
from connector.domain.carts import CartSnapshot, OrderSnapshot, OrderState, Payment
from connector.domain.money import Money
from connector.domain.people import Person
from connector.domain.purchases import Tally
from connector.models import (
    Cart,
    CartToken,
    Consent,
    Contact,
    Order,
    Product,
    Refund,
    Store,
    Suppression,
)
from connector.ports.events import (
    CartClosed,
    ConsentChanged,
    ConsentMark,
    ConsentState,
    ContactChanged,
    OrderCancelled,
    OrderRefunded,
)
from connector.rehearsal.backtest import History
from connector.rehearsal.news import Told
from connector.rehearsal.rows import Shop
from connector.services import contacts
from connector.services.carts import line_from_row

_BATCH = 1000


def of_store(session: Session, store: Store, media: frozenset[str], until: datetime) -> History:
    """Everything that is kept, up to `until`; `media` are those the store has accounts for."""
    people = _people(session)
    return History(
        shop=Shop(store.name, store.currency, store.timezone, store.country),
        carts=list(_carts(session, people, until)),
        orders=list(_orders(session, people, until)),
        others=[
            *_consents(session, people),
            *_accounts(session, store, people, until),
            *_ends(session),
        ],
        collections=_collections(session),
        media=media,
    )


def _people(session: Session) -> dict[int, Contact]:
    rows = session.scalars(select(Contact).where(Contact.erased_at.is_(None)))
    return {row.id: row for row in rows}


def _carts(session: Session, people: dict[int, Contact], until: datetime) -> Iterator[CartSnapshot]:
    tokens = _tokens(session)
    rows = session.scalars(
        select(Cart)
        .where(Cart.activity_at <= until, Cart.excluded.not_like(f"{BOT}%"))
        .order_by(Cart.activity_at)
    ).yield_per(_BATCH)
    for row in rows:
        contact = people.get(row.contact_id or 0)
        if contact is None or not row.lines:
            continue
        yield CartSnapshot(
            external_id=row.external_id,
            kind=row.kind,
            lines=tuple(line_from_row(line) for line in row.lines),
            total=row.total,
            person=contact.person,
            source_at=row.activity_at,
            tokens=tokens.get(row.id, ()),
            locale=row.locale,
            roles=tuple(contact.roles),
            payment=Payment(row.payment),
        )


def _tokens(session: Session) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for cart_id, token in session.execute(select(CartToken.cart_id, CartToken.token)):
        found[cart_id] = (*found.get(cart_id, ()), token)
    return found


def _orders(
    session: Session, people: dict[int, Contact], until: datetime
) -> Iterator[OrderSnapshot]:
    rows = session.scalars(
        select(Order).where(Order.placed_at <= until, ~Order.test).order_by(Order.placed_at)
    ).yield_per(_BATCH)
    for row in rows:
        contact = people.get(row.contact_id or 0)
        yield OrderSnapshot(
            external_id=row.external_id,
            name=row.name,
            person=contact.person if contact else Person(),
            total=row.total,
            placed_at=row.placed_at,
            source_at=row.placed_at,
            cart_tokens=tuple(row.cart_tokens),
            codes=tuple(row.codes),
            lines=tuple(line_from_row(line) for line in row.lines),
            paid_at=row.paid_at,
            fulfilled_at=row.fulfilled_at,
        )


def _consents(session: Session, people: dict[int, Contact]) -> Iterator[Told]:
    """Yes and no for the address that she has now; a suppression counts as a no."""
    stopped = {
        (row.medium, row.address_hash): row
        for row in session.scalars(select(Suppression).where(Suppression.lifted_at.is_(None)))
    }
    for row in session.scalars(select(Consent)).yield_per(_BATCH):
        if row.contact_id in people:
            mark = ConsentMark(row.medium, row.state, row.at, row.source)
            yield Told(row.at, ConsentChanged(people[row.contact_id].person, (mark,)))
    for contact in people.values():
        for medium in ("email", "sms"):
            address = contacts.address_of(contact, medium)
            digest = contacts.address_hash(contact.store_id, medium, address)
            stop = stopped.get((medium, digest)) if address else None
            if stop is not None:
                mark = ConsentMark(medium, ConsentState.NO, stop.at, stop.reason)
                yield Told(stop.at, ConsentChanged(contact.person, (mark,)))


def _accounts(
    session: Session, store: Store, people: dict[int, Contact], until: datetime
) -> Iterator[Told]:
    """What the shop says of accounts, told at the start: counts over her life up to then."""
    ours = _since_known(session, store)
    for contact in people.values():
        count, minor = contact.shop_orders, contact.shop_spent_minor
        if contact.shop_tags or contact.roles or count is not None or minor is not None:
            at, again = min(contact.created_at, until), ours.get(contact.id, Tally(0, 0))
            told = ContactChanged(
                contact.person,
                at,
                tags=tuple(contact.shop_tags),
                roles=tuple(contact.roles),
                orders_count=None if count is None else max(0, count - again.count),
                total_spent=_less(store.currency, minor, again),
            )
            yield Told(at, told)


def _since_known(session: Session, store: Store) -> dict[int, Tally]:
    """Purchases since she is known that the shop counted too: these are told one by one."""
    left = func.sum(Order.total_minor - Order.refunded_minor)
    theirs = left.filter(Order.currency == store.currency)
    rows = session.execute(
        select(Contact.id, func.count(Order.id), func.coalesce(theirs, 0))
        .join(Order, Order.contact_id == Contact.id)
        .where(Order.placed_at > Contact.created_at, Order.placed_at <= Contact.shop_asked_at)
        .where(Order.state != OrderState.CANCELLED, ~Order.test)
        .group_by(Contact.id)
    )
    return {contact_id: Tally(int(count), int(minor)) for contact_id, count, minor in rows}


def _less(currency: str, minor: int | None, ours: Tally) -> Money | None:
    return None if minor is None else Money(currency, max(0, minor - ours.minor))


def _ends(session: Session) -> Iterator[Told]:
    """Emptied carts, cancelled orders, refunds."""
    emptied = select(Cart).where(Cart.evidence["rule"].astext == "emptied")
    for cart in session.scalars(emptied).yield_per(_BATCH):
        at = cart.closed_at or cart.source_at
        yield Told(at, CartClosed((cart.external_id,), at))
    called_off = select(Order).where(Order.state == OrderState.CANCELLED)
    for order in session.scalars(called_off).yield_per(_BATCH):
        yield Told(order.source_at, OrderCancelled(order.external_id, order.source_at))
    refunds = select(Refund, Order).join(Order, Order.id == Refund.order_id)
    for refund, order in session.execute(refunds):
        back = Money(order.currency, refund.minor)
        event = OrderRefunded(order.external_id, refund.at, refund.external_id, back)
        yield Told(refund.at, event)


def _collections(session: Session) -> dict[str, frozenset[str]]:
    rows = session.execute(select(Product.external_id, Product.collections))
    return {external_id: frozenset(names) for external_id, names in rows}
