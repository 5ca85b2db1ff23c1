"""What each shared event does: one case, one call."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from sqlalchemy.orm import Session

from connector.models import Store, StoreState
from connector.ports.events import (
    AppUninstalled,
    CartChanged,
    CartClosed,
    CartReminded,
    ConsentChanged,
    ContactChanged,
    DataAsked,
    ErasureAsked,
    Ignored,
    OrderCancelled,
    OrderFailed,
    OrderPlaced,
    OrderRefunded,
    ProductChanged,
    ProductViewed,
    ScopesChanged,
    StoreEvent,
)
from connector.services import (
    cancellations,
    carts,
    consents,
    contacts,
    installs,
    journal,
    order_triggers,
    orders,
    privacy,
    products,
    refunds,
    views,
)

_WHILE_INSTALLED = (
    CartChanged,
    CartReminded,
    ContactChanged,
    ConsentChanged,
    ProductChanged,
    ProductViewed,
    ScopesChanged,
    OrderFailed,
)


def record(session: Session, store: Store, event: StoreEvent, now: datetime) -> str:
    """Put one event into rows; returns "" or the reason why it was of no use."""
    if store.state is StoreState.UNINSTALLED and isinstance(event, _WHILE_INSTALLED):
        return "the store removed the app"
    match event:
        case CartChanged() | CartClosed() | CartReminded():
            return _about_carts(session, store, event, now)
        case OrderPlaced() | OrderFailed() | OrderCancelled() | OrderRefunded():
            return _about_orders(session, store, event, now)
        case ContactChanged() | ConsentChanged() | ProductViewed() | ErasureAsked() | DataAsked():
            return _about_people(session, store, event, now)
        case _:
            return _about_the_store(session, store, event, now)


def _about_carts(
    session: Session, store: Store, event: CartChanged | CartClosed | CartReminded, now: datetime
) -> str:
    match event:
        case CartChanged(cart):
            return "" if carts.record(session, store, cart, now) else "older than what is known"
        case CartClosed(names, at):
            carts.emptied(session, store, names, at, now)
            return ""
        case CartReminded(names, at):
            return "" if carts.reminded(session, store, names, at) else "no such cart"
        case _:
            assert_never(event)


def _about_orders(
    session: Session,
    store: Store,
    event: OrderPlaced | OrderFailed | OrderCancelled | OrderRefunded,
    now: datetime,
) -> str:
    match event:
        case OrderPlaced(order):
            return "" if orders.record(session, store, order, now) else "older than what is known"
        case OrderFailed(order):
            _payment_failed(session, store, order.name, now)
        case OrderCancelled(order_id, at):
            cancellations.record(session, store, order_id, at, now)
        case OrderRefunded():
            refunds.record(session, store, event, now)
        case _:
            assert_never(event)
    return ""


def _about_people(
    session: Session,
    store: Store,
    event: ContactChanged | ConsentChanged | ProductViewed | ErasureAsked | DataAsked,
    now: datetime,
) -> str:
    match event:
        case ContactChanged():
            _account(session, store, event, now)
        case ConsentChanged():
            consents.record(session, store, event, now)
        case ProductViewed():
            return views.record(session, store, event, now)
        case ErasureAsked():
            return privacy.erase(session, store, event, now)
        case DataAsked():
            privacy.asked(session, store, event, now)
        case _:
            assert_never(event)
    return ""


def _about_the_store(
    session: Session,
    store: Store,
    event: ProductChanged | ScopesChanged | AppUninstalled | Ignored,
    now: datetime,
) -> str:
    match event:
        case ProductChanged(product_id):
            products.changed(session, product_id)
            return ""
        case ScopesChanged(scopes, at):
            return installs.granted(session, store, scopes, at)
        case AppUninstalled(at, digest):
            return installs.disconnect(session, store, at, now, digest)
        case Ignored(reason):
            return reason
        case _:
            assert_never(event)


def _account(session: Session, store: Store, event: ContactChanged, now: datetime) -> None:
    contact = contacts.record(session, store.id, event.person, event.source_at, now)
    if contact is None:
        return
    contacts.learn(contact, event, store.currency)
    if event.created:
        order_triggers.account_made(session, store, contact, event.source_at, now)


def _payment_failed(session: Session, store: Store, name: str, now: datetime) -> None:
    """Its cart comes as CartChanged beside; the story tells why it is one."""
    journal.note(session, journal.About(store.id), "order", f"A payment failed: order {name}", now)
