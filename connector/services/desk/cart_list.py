"""The list of a store's carts, newest doings first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.domain.carts import CartKind, CartState
from connector.domain.money import Money
from connector.models import Cart, Contact, Store
from connector.services.desk.next_step import NextStep, next_steps
from connector.services.desk.permission import if_permitted
from connector.services.desk.words import Who, shown

PAGE = 50
_TITLES = 2  # of a cart's lines, in the list
_TITLE_LENGTH = 60


@dataclass(frozen=True)
class CartRow:
    """One cart in the list."""

    id: int
    state: CartState
    kind: CartKind
    who: Who
    titles: tuple[str, ...]
    more: int  # lines that are not named
    items: int
    value: Money
    seen_at: datetime
    next: NextStep


@dataclass(frozen=True)
class CartPage:
    """A page of the list; pages count from 1."""

    rows: tuple[CartRow, ...]
    number: int
    pages: int
    counts: dict[CartState, int]  # of all carts, by state

    @property
    def everything(self) -> int:
        """How many carts the store has in all."""
        return sum(self.counts.values())


def cart_page(
    session: Session, store: Store, state: CartState | None, number: int, now: datetime
) -> CartPage:
    """The page asked for, or the last one if there are not so many."""
    counts = _counts(session, store.id)
    total = counts.get(state, 0) if state else sum(counts.values())
    pages = max(1, -(-total // PAGE))
    number = min(max(1, number), pages)
    carts = _carts(session, store.id, state, number)
    return CartPage(_rows(session, store, carts, now), number, pages, counts)


def _counts(session: Session, store_id: int) -> dict[CartState, int]:
    rows = session.execute(
        select(Cart.state, func.count()).where(Cart.store_id == store_id).group_by(Cart.state)
    )
    found = {state: count for state, count in rows}  # noqa: C416 - rows are no pairs to mypy
    return {state: found[state] for state in CartState if state in found}


def _carts(session: Session, store_id: int, state: CartState | None, number: int) -> list[Cart]:
    query = select(Cart).where(Cart.store_id == store_id)
    if state is not None:
        query = query.where(Cart.state == state)
    newest_first = query.order_by(Cart.activity_at.desc(), Cart.id.desc())
    return list(session.scalars(newest_first.limit(PAGE).offset((number - 1) * PAGE)))


def _rows(
    session: Session, store: Store, carts: Sequence[Cart], now: datetime
) -> tuple[CartRow, ...]:
    people = {
        contact.id: contact
        for contact in session.scalars(
            select(Contact).where(Contact.id.in_({cart.contact_id for cart in carts}))
        )
    }
    steps = next_steps(session, carts)
    rows = []
    for cart in carts:
        contact = people.get(cart.contact_id or 0)
        step = if_permitted(session, store, contact, steps[cart.id], now)
        rows.append(_row(cart, contact, step))
    return tuple(rows)


def _row(cart: Cart, contact: Contact | None, step: NextStep) -> CartRow:
    titles = [shown(line["title"], _TITLE_LENGTH) for line in cart.lines if line["title"]]
    named = tuple(titles[:_TITLES])
    return CartRow(
        id=cart.id,
        state=cart.state,
        kind=cart.kind,
        who=Who.of(contact),
        titles=named,
        more=len(cart.lines) - len(named),
        items=sum(line["quantity"] for line in cart.lines),
        value=cart.total,
        seen_at=cart.activity_at,
        next=step,
    )
