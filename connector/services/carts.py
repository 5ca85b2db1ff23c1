"""Carts: what the platform said last, and what follows when a shopper goes quiet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.carts import CLOSED_STATES, CartKind, CartLine, CartSnapshot, CartState
from connector.domain.flows import TriggerKind
from connector.domain.flows.entry import Happening
from connector.domain.money import Money
from connector.domain.settings import StoreSettings
from connector.models import Cart, Contact, Run, Store, StoreState
from connector.services import cart_names, contacts, entries, exclusions, flows, journal, purchases

TOO_OLD = timedelta(hours=48)  # nobody is written to about a cart that she left longer ago
_AGAIN = timedelta(minutes=15)


def record(session: Session, store: Store, snapshot: CartSnapshot, now: datetime) -> Cart | None:
    """Take over a cart as the platform described it; None if it was old or closed news.

    Newer source time wins; of two with the same time the larger hash does, so that any
    order of arrival ends the same. A cart that became an order never opens again.
    """
    names = (snapshot.external_id, *snapshot.tokens)
    cart_names.lock_people(session, store.id, names, snapshot.person)
    contact = contacts.record(session, store.id, snapshot.person, snapshot.source_at, now)
    cart = cart_names.locked(session, store.id, names)
    if cart is None:
        cart = make(session, store, snapshot, now)
    elif not _is_news(cart, snapshot):
        cart_names.learn(session, cart, snapshot)
        return None
    in_more_words = _is_told_again(cart, snapshot)
    describe(cart, snapshot)
    cart.excluded = exclusions.of_cart(session, store, cart, contact, snapshot)
    cart_names.learn(session, cart, snapshot)
    if contact is not None and snapshot.roles:
        contact.roles = sorted({*contact.roles, *snapshot.roles})
    if contact is not None and cart.contact_id != contact.id:
        _belongs_to(session, cart, contact.id, now)
    if in_more_words:
        _close_if_bought(session, cart, snapshot, now)
    else:
        _wake(session, store, cart, snapshot, now)
    if contact is not None and cart.state in CLOSED_STATES:
        contact.audience_due_at, contact.rung_until = now, None
    return cart


def make(session: Session, store: Store, snapshot: CartSnapshot, now: datetime) -> Cart:
    """Insert the cart, or lock the one that another delivery just inserted."""
    row = {
        "store_id": store.id,
        "external_id": snapshot.external_id,
        "kind": snapshot.kind,
        "state": CartState.OPEN,
        "lines": [],
        "currency": snapshot.total.currency,
        "total_minor": snapshot.total.minor,
        "locale": "",
        "recovery_url": "",
        "source_at": snapshot.source_at,
        "body_hash": b"",
        "created_at": now,
        "activity_at": snapshot.source_at,
        "evidence": {},
    }
    session.execute(insert(Cart).values(row).on_conflict_do_nothing())
    return session.scalars(
        select(Cart)
        .where(Cart.store_id == store.id, Cart.external_id == snapshot.external_id)
        .with_for_update(key_share=True)
    ).one()


def _is_news(cart: Cart, snapshot: CartSnapshot) -> bool:
    if cart.state in {CartState.RECOVERED, CartState.ORDERED}:
        return False
    news = _age(snapshot.source_at, snapshot.kind, _hash(snapshot))
    return news > _age(cart.source_at, cart.kind, cart.body_hash)


def _is_told_again(cart: Cart, snapshot: CartSnapshot) -> bool:
    """A delivery of what a list told before it: the shopper did nothing since she left."""
    same = cart.source_at.replace(microsecond=0) == snapshot.source_at.replace(microsecond=0)
    return same and not cart.body_hash and cart.state is CartState.ABANDONED


def _age(at: datetime, kind: CartKind, digest: bytes) -> tuple[datetime, int, datetime, bytes]:
    """What decides which news is newer. Within one second the further step wins.

    Shopify dates a checkout in whole seconds and the cart it came from more finely: by time
    alone the cart, which knows nobody, would outdo the checkout.
    """
    return at.replace(microsecond=0), list(CartKind).index(kind), at, digest


def _hash(snapshot: CartSnapshot) -> bytes:
    """Empty for what a list tells: a delivery of the same moment is newer, never the reverse."""
    if snapshot.listed:
        return b""
    return hashlib.sha256(json.dumps(asdict(snapshot), default=str).encode()).digest()


def describe(cart: Cart, snapshot: CartSnapshot) -> None:
    """Take over what the platform says of a cart."""
    if (cart.kind, snapshot.kind) != (CartKind.CHECKOUT, CartKind.CART):  # goods may change later
        cart.kind = snapshot.kind
    cart.lines = [line_to_row(line) for line in snapshot.lines]
    cart.currency, cart.total_minor = snapshot.total.currency, snapshot.total.minor
    cart.locale, cart.payment = snapshot.locale or cart.locale, str(snapshot.payment)
    cart.recovery_url = snapshot.recovery_url or cart.recovery_url
    cart.source_at, cart.body_hash = snapshot.source_at, _hash(snapshot)


def _belongs_to(session: Session, cart: Cart, contact_id: int, now: datetime) -> None:
    """It is known better now whose cart it is: what was begun for somebody else ends."""
    if cart.contact_id is not None:
        for run in flows.active_runs(session, [cart.contact_id], cart.id):
            flows.cancel(session, run, "the cart turned out to be somebody else's", now)
    cart.contact_id = contact_id


def _wake(
    session: Session, store: Store, cart: Cart, snapshot: CartSnapshot, now: datetime
) -> None:
    """The shopper did something: the idle time begins anew, if there is someone to write to."""
    heading = about(cart)
    if cart.state is CartState.OPEN and not cart.evidence:
        journal.note(session, heading, "cart", "The cart was begun", snapshot.source_at)
        cart.evidence = {"seen": True}
    elif cart.state is not CartState.OPEN:
        journal.note(session, heading, "cart", "She is shopping again", snapshot.source_at)
    cart.state, cart.activity_at = CartState.OPEN, snapshot.source_at
    cart.closed_at, cart.imported = None, False
    settings = StoreSettings.of(store.settings)
    known = cart.contact_id is not None
    cart.due_at = snapshot.source_at + settings.idle if known else None
    cart.rung_until = None
    _close_if_bought(session, cart, snapshot, now)


def _close_if_bought(session: Session, cart: Cart, snapshot: CartSnapshot, now: datetime) -> None:
    """News of a cart may come after its order, or be the news that it became one."""
    names = (snapshot.external_id, *snapshot.tokens)
    since = snapshot.source_at
    order = purchases.covering(session, cart.store_id, names, cart.contact_id, since)
    if order is not None:
        cart.order_id = order.id
        close(session, cart, CartState.ORDERED, now, {"rule": "ordered already"})
        journal.note(session, about(cart), "order", f"Order {order.name} was there before", now)
    elif snapshot.completed_at is not None:  # its order comes by itself; nothing to chase
        close(session, cart, CartState.ORDERED, now, {"rule": "checkout completed"})
        journal.note(session, about(cart), "cart", "The checkout was completed", now)


def close(
    session: Session, cart: Cart, state: CartState, now: datetime, evidence: dict[str, Any]
) -> None:
    """Close a cart for good, with the evidence for it."""
    cart.state, cart.closed_at, cart.due_at = state, now, None
    cart.evidence = {**cart.evidence, **evidence}
    session.flush()


def emptied(
    session: Session, store: Store, names: Sequence[str], at: datetime, now: datetime
) -> None:
    """The shopper emptied the cart, or the shop deleted it, at `at`: nothing is left to recover."""
    contact_ids = cart_names.owners(session, store.id, names)
    people = contacts.lock(session, contact_ids)
    cart = cart_names.locked(session, store.id, names)
    if cart is None or cart.state in CLOSED_STATES or at < cart.source_at:
        return
    cart.source_at = at  # what the platform said before is old news now
    close(session, cart, CartState.LOST, now, {"rule": "emptied"})
    journal.note(session, about(cart), "cart", "The cart was emptied", now)
    for run in flows.active_runs(session, contact_ids, cart.id):
        flows.cancel(session, run, "the cart was emptied", now)
    for contact in people:
        contact.audience_due_at, contact.rung_until = now, None


def reminded(session: Session, store: Store, names: Sequence[str], at: datetime) -> bool:
    """The platform itself wrote to her about this cart at `at`; False if we do not know it."""
    cart = cart_names.locked(session, store.id, names)
    if cart is None:
        return False
    if cart.platform_mail_at is None:
        text = "The shop's own reminder went out"
        journal.note(session, about(cart), "cart", text, at)
    cart.platform_mail_at = max(cart.platform_mail_at or at, at)
    return True


def look_again(session: Session, store: Store, cart_id: int, now: datetime) -> Run | None:
    """A cart's time has come: open -> abandoned (and perhaps a run), abandoned -> lost."""
    contact_id = session.scalar(select(Cart.contact_id).where(Cart.id == cart_id))
    kin = contacts.kin(session, contact_id) if contact_id else []  # they share one arm
    contact = next((one for one in contacts.lock(session, kin) if one.id == contact_id), None)
    cart = session.scalar(select(Cart).where(Cart.id == cart_id).with_for_update(key_share=True))
    if cart is None or cart.due_at is None or cart.due_at > now:
        return None
    cart.rung_until = None
    if cart.state is CartState.ABANDONED:
        _give_up(session, cart, now)
        if contact is not None:
            contact.audience_due_at, contact.rung_until = now, None
        return None
    if cart.state is not CartState.OPEN or contact is None:
        cart.due_at = None
        return None
    return _abandon(session, store, cart, contact, now)


def _abandon(
    session: Session, store: Store, cart: Cart, contact: Contact, now: datetime
) -> Run | None:
    settings = StoreSettings.of(store.settings)
    cart.state, cart.abandoned_at = CartState.ABANDONED, cart.due_at
    cart.due_at = cart.activity_at + settings.lost
    text = f"Abandoned: nothing for {settings.idle_minutes} minutes"
    journal.note(session, about(cart), "cart", text, now)
    contact.audience_due_at, contact.rung_until = now, None
    if now - cart.activity_at > TOO_OLD or store.state is StoreState.UNINSTALLED:
        journal.note(session, about(cart), "flow", "No flow begun: too long ago", now)
        return None
    happening = Happening(_happened(cart), f"cart:{cart.id}", cart.activity_at)
    occasion = entries.Occasion(session, store, contact, happening, now, cart)
    return entries.cart_happened(occasion, cart)


def _happened(cart: Cart) -> TriggerKind:
    if cart.kind is CartKind.UNPAID_ORDER:
        failed = cart.payment == "failed"
        return TriggerKind.PAYMENT_FAILED if failed else TriggerKind.ORDER_UNPAID
    if cart.kind is CartKind.CHECKOUT:
        return TriggerKind.CHECKOUT_ABANDONED
    return TriggerKind.CART_ABANDONED


def _give_up(session: Session, cart: Cart, now: datetime) -> None:
    close(session, cart, CartState.LOST, now, {"rule": "nothing for a month"})
    journal.note(session, about(cart), "cart", "Given up: nothing came of it", now)


def stumbled(session: Session, cart_id: int, error: str, now: datetime) -> None:
    """Looking at a cart crashed: again in a while, and its story says so."""
    cart = session.scalar(select(Cart).where(Cart.id == cart_id).with_for_update())
    if cart is not None and cart.due_at is not None:
        cart.due_at, cart.rung_until = now + _AGAIN, None
        text = f"It could not be decided what to do ({error}): tried again"
        journal.note(session, about(cart), "cart", text, now)


def about(cart: Cart) -> journal.About:
    """The journal's heading for a cart."""
    return journal.About(cart.store_id, cart.id, cart.contact_id)


def line_to_row(line: CartLine) -> dict[str, Any]:
    """A line as it is stored: the price in minor units of its currency."""
    row = asdict(line)
    row["unit_price"] = {"currency": line.unit_price.currency, "minor": line.unit_price.minor}
    return row


def line_from_row(row: dict[str, Any]) -> CartLine:
    """The stored line as a value."""
    return CartLine(**{**row, "unit_price": Money(**row["unit_price"])})
