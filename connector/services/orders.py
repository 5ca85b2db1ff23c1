"""Orders: recorded once, joined to their cart, and everything that a purchase stops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from connector.domain.carts import CLOSED_STATES, CartState, OrderSnapshot, OrderState
from connector.domain.flows import Exit, TriggerKind
from connector.models import (
    Cart,
    Contact,
    Message,
    MessageState,
    Order,
    Purpose,
    Store,
    StoreState,
)
from connector.services import (
    attribution,
    cart_names,
    carts,
    contacts,
    flows,
    journal,
    order_triggers,
    purchases,
    reconciliation,
    refunds,
    tidying,
)

FRESH = timedelta(seconds=20)  # orders are asked for again when the last time is older
PICTURE = timedelta(seconds=30)  # the gate refuses a picture older than this


def record(session: Session, store: Store, order: OrderSnapshot, now: datetime) -> Order | None:
    """Keep a purchase and stop what it stops; None if it was old news."""
    buyers = _buyers(session, store, order, now)
    row = purchases.named(session, store.id, order.external_id)
    if row is not None and order.source_at <= row.source_at:
        return None
    is_new = row is None
    if row is not None and row.state is OrderState.CANCELLED:
        _reinstate(session, row, now)
    row = row or _make(session, store, order, now)
    happened = [(TriggerKind.ORDER_PLACED, order.placed_at)] if is_new else []
    happened += order_triggers.news(row, order)
    describe(row, order)
    tidying.used(session, store, order.codes)
    row.contact_id = row.contact_id or (buyers[0].id if buyers else None)
    session.flush()
    if is_new:
        _arrived(session, store, row, order, buyers, now)
    order_triggers.begin(session, store, row, happened, now)
    return row


def _reinstate(session: Session, row: Order, now: datetime) -> None:
    """A cancelled order lives again: so does its credit, less what was refunded."""
    row.state = OrderState.PLACED
    attribution.give_back(session, row, now)


def _buyers(session: Session, store: Store, order: OrderSnapshot, now: datetime) -> list[Contact]:
    """Everyone whom this purchase concerns, locked; the buyer herself first.

    By every identity of the order, and by the carts that it names: the cart of a shopper
    who used another address at checkout is hers too.
    """
    owners = cart_names.owners(session, store.id, order.cart_tokens)
    ids = set(contacts.matching(session, store.id, order.person.identities()))
    locked = contacts.lock(session, list(ids | set(owners)))
    buyer = contacts.record(session, store.id, order.person, order.source_at, now)
    others = [contact for contact in locked if buyer is None or contact.id != buyer.id]
    return ([buyer] if buyer else []) + others


def _make(session: Session, store: Store, order: OrderSnapshot, now: datetime) -> Order:
    row = Order(
        store_id=store.id,
        external_id=order.external_id,
        state=OrderState.PLACED,
        placed_at=order.placed_at,
        recorded_at=now,
    )
    session.add(row)
    return row


def describe(row: Order, order: OrderSnapshot) -> None:
    """Take over what the platform says of an order."""
    row.name, row.test = order.name, order.test
    row.currency, row.total_minor = order.total.currency, order.total.minor
    row.codes, row.cart_tokens = list(order.codes), list(order.cart_tokens)
    row.source_at = order.source_at
    row.lines = [carts.line_to_row(line) for line in order.lines] or row.lines or []
    row.paid_at = order.paid_at or row.paid_at
    row.fulfilled_at = order.fulfilled_at or row.fulfilled_at


def _arrived(
    session: Session,
    store: Store,
    row: Order,
    order: OrderSnapshot,
    buyers: Sequence[Contact],
    now: datetime,
) -> None:
    ids = [contact.id for contact in buyers]
    _stop_runs(session, store, row, order, ids, now)
    _close_carts(session, store, row, order, ids, now)
    attribution.credit(session, store, row, ids, now)
    refunds.catch_up(session, row, now)
    for contact in buyers:
        contact.audience_due_at, contact.rung_until = now, None


def _stop_runs(
    session: Session,
    store: Store,
    row: Order,
    order: OrderSnapshot,
    contact_ids: Sequence[int],
    now: datetime,
) -> None:
    """The buyer's run goes to its on-order branch; that of somebody like her just ends.

    A run that began after the purchase goes on, unless the order names its very cart.
    """
    made_by = purchases.made_at(row) + purchases.SLACK
    named = cart_names.ids(session, store.id, order.cart_tokens)
    owners = cart_names.owners(session, store.id, order.cart_tokens)
    going = flows.active_runs(session, contact_ids)
    active = [run for run in going if flows.left_by(session, run, Exit.ORDER)]
    hers = {row.contact_id, *owners} - {None}
    if not any(run.contact_id in hers for run in active):
        active += flows.listening_run(session, sorted(i for i in hers if i is not None))
    for run in active:
        if run.started_at > made_by and run.cart_id not in named:
            continue
        if run.contact_id in hers and run.order_id is None:
            flows.order_arrived(session, run, row.id, now)
        elif run.contact_id not in hers:
            flows.cancel(session, run, "somebody with the same address or phone ordered", now)
    flows.wake([run for run in going if run.contact_id in hers], now)
    for contact_id in contact_ids:  # also what waits of runs that are through their steps
        flows.stop_after_purchase(session, contact_id, made_by)


def _close_carts(
    session: Session,
    store: Store,
    row: Order,
    order: OrderSnapshot,
    contact_ids: Sequence[int],
    now: datetime,
) -> None:
    """Close the carts that the order names, and all older carts of the buyer."""
    named = cart_names.ids(session, store.id, order.cart_tokens)
    left_before = Cart.activity_at <= purchases.made_at(row) + purchases.SLACK
    theirs = Cart.contact_id.in_(contact_ids) & left_before
    found = session.scalars(
        select(Cart)
        .where(
            Cart.store_id == store.id,
            or_(Cart.id.in_(named), theirs),
        )
        .where(or_(Cart.state.not_in(CLOSED_STATES), Cart.id.in_(named) & Cart.order_id.is_(None)))
        .order_by(Cart.id)
        .with_for_update(key_share=True)
    )
    for cart in found:
        rule = "named by the order" if cart.id in named else "same person"
        _close_cart(session, cart, row, rule, now)
        row.cart_id = cart.id if cart.id in named or row.cart_id is None else row.cart_id


def _close_cart(session: Session, cart: Cart, row: Order, rule: str, now: datetime) -> None:
    messaged = session.scalar(
        select(func.count(Message.id)).where(
            Message.cart_id == cart.id,
            Message.purpose == Purpose.MARKETING,
            Message.state == MessageState.SENT,
            Message.sent_at <= row.placed_at,
        )
    )
    state = CartState.RECOVERED if messaged else CartState.ORDERED
    cart.order_id = row.id
    evidence = {"rule": rule, "order": row.id, "messages_before": messaged}
    carts.close(session, cart, state, now, evidence)
    text = f"Order {row.name} arrived: {row.total.text()}"
    journal.note(session, carts.about(cart), "order", text, now, order=row.id, rule=rule)


def stale_since(session: Session, store: Store) -> tuple[datetime, datetime] | None:
    """(ask for orders since, the database's time now) if the picture is old; else None."""
    now: datetime = session.scalar(select(func.clock_timestamp())) or store.installed_at
    if store.orders_seen_at is not None and now - store.orders_seen_at < FRESH:
        return None
    return store.orders_cursor - reconciliation.OVERLAP, now


def seen(session: Session, store_id: int, asked_at: datetime, newest: datetime | None) -> None:
    """The store was asked at `asked_at`; its newest order change was at `newest`."""
    values = {
        "orders_seen_at": func.greatest(Store.orders_seen_at, asked_at),
        "state": case(
            (Store.state == StoreState.NEEDS_REAUTH, StoreState.ACTIVE), else_=Store.state
        ),
        "trouble": "",
    }
    session.execute(update(Store).where(Store.id == store_id).values(values))
    known_to(session, store_id, newest)


def read_in_part(session: Session, store_id: int, since: datetime, newest: datetime | None) -> None:
    """A reading from `since` on broke off at `newest`: the next one must get further than it.

    Where the overlap would lead back to where this one began, it is left out once.
    """
    overlap = reconciliation.OVERLAP
    stuck = newest is not None and newest - overlap <= since
    known_to(session, store_id, newest + overlap if newest and stuck else newest)


def known_to(session: Session, store_id: int, newest: datetime | None) -> None:
    """All orders that changed before `newest` are known."""
    if newest is not None:
        cursor = func.greatest(Store.orders_cursor, newest)
        session.execute(update(Store).where(Store.id == store_id).values(orders_cursor=cursor))


def picture_is_fresh(session: Session, store_id: int) -> bool:
    """True if the store's orders were asked for less than half a minute ago, on the real clock."""
    fresh = session.scalar(
        select(Store.orders_seen_at > func.clock_timestamp() - PICTURE).where(Store.id == store_id)
    )
    return bool(fresh)
