"""One cart's story: what is in it, whose it is, what we did about it and what came of that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from connector.domain.money import Money
from connector.models import Cart, Contact, Discount, JournalEntry, Message, Order, Run, Store
from connector.services import carts, products
from connector.services.desk.credit import Credit, credits_of
from connector.services.desk.next_step import NextStep, next_steps
from connector.services.desk.permission import Permission, if_permitted, permissions
from connector.services.desk.words import MEDIA, Who, shown


@dataclass(frozen=True)
class Line:
    """One line of the cart; URLs are as the shop gave them, to be checked before use."""

    title: str
    variant: str
    quantity: int
    price: Money
    image_url: str
    product_url: str

    @property
    def total(self) -> Money:
        """What the line comes to."""
        return self.price * self.quantity


@dataclass(frozen=True)
class Event:
    """One thing that happened or was decided."""

    kind: str
    text: str
    at: datetime
    details: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """A discount code that was made for this cart."""

    code: str
    percent: str
    state: str
    reason: str
    expires_at: datetime


@dataclass(frozen=True)
class Story:
    """Everything of a cart's page."""

    cart: Cart
    who: Who
    lines: tuple[Line, ...]
    permissions: tuple[Permission, ...]
    messages: tuple[Message, ...]
    codes: tuple[Code, ...]
    credits: tuple[Credit, ...]
    events: tuple[Event, ...]
    order: Order | None
    next: NextStep
    ids: dict[str, str]


def story(session: Session, store: Store, cart_id: int, now: datetime) -> Story | None:
    """The story of a cart; None if this store has no such cart."""
    cart = session.get(Cart, cart_id)
    if cart is None or cart.store_id != store.id:
        return None
    contact = session.get(Contact, cart.contact_id) if cart.contact_id else None
    messages = _messages(session, cart.id)
    return Story(
        cart=cart,
        who=Who.of(contact),
        lines=_lines(session, cart),
        permissions=permissions(session, store, contact, now),
        messages=messages,
        codes=_codes(session, cart.id),
        credits=credits_of(session, cart.id),
        events=_events(session, cart),
        order=session.get(Order, cart.order_id) if cart.order_id else None,
        next=if_permitted(session, store, contact, next_steps(session, [cart])[cart.id], now),
        ids=_ids(session, cart, messages),
    )


def _lines(session: Session, cart: Cart) -> tuple[Line, ...]:
    return tuple(_line(row) for row in products.dressed(session, cart))


def _line(row: dict[str, Any]) -> Line:
    line = carts.line_from_row(row)
    return Line(
        title=shown(line.title) or "A product without a title",
        variant=shown(line.variant_title),
        quantity=line.quantity,
        price=line.unit_price,
        image_url=line.image_url,
        product_url=line.product_url,
    )


def _messages(session: Session, cart_id: int) -> tuple[Message, ...]:
    rows = session.scalars(
        select(Message).where(Message.cart_id == cart_id).order_by(Message.created_at, Message.id)
    )
    return tuple(rows)


def _codes(session: Session, cart_id: int) -> tuple[Code, ...]:
    rows = session.scalars(
        select(Discount)
        .join(Run, Run.id == Discount.run_id)
        .where(Run.cart_id == cart_id)
        .order_by(Discount.id)
    )
    return tuple(
        Code(
            code=shown(row.code),
            percent=f"{row.percent.normalize():f}",
            state=row.state,
            reason=shown(row.reason),
            expires_at=row.expires_at,
        )
        for row in rows
    )


def _events(session: Session, cart: Cart) -> tuple[Event, ...]:
    """The journal of the cart, and what its shopper said of marketing, in order of time."""
    about = [JournalEntry.cart_id == cart.id]
    if cart.contact_id is not None:
        hers = JournalEntry.cart_id.is_(None) & (JournalEntry.contact_id == cart.contact_id)
        about.append(hers)
    rows = session.scalars(
        select(JournalEntry).where(or_(*about)).order_by(JournalEntry.at, JournalEntry.id)
    ).all()
    return tuple(_event(row) for row in rows)


_WORDS = {"rule": "How we know"}  # of an entry's data, what a merchant reads
_MEDIUM = re.compile(rf"\b({'|'.join(MEDIA)})\b")
_LONG = 400


def _event(row: JournalEntry) -> Event:
    said = (f"{_WORDS[name]}: {value}" for name, value in row.data.items() if name in _WORDS)
    return Event(row.kind, _in_words(row.text), row.at, tuple(shown(text) for text in said))


def _in_words(text: str) -> str:
    """The journal's own sentence, with the media named as everywhere else on the desk."""
    told = _MEDIUM.sub(lambda found: MEDIA[found[0]].lower(), shown(text, _LONG))
    return told[:1].upper() + told[1:]


def _ids(session: Session, cart: Cart, messages: Sequence[Message]) -> dict[str, str]:
    """What support asks for; of no use to anybody else."""
    runs = session.scalars(select(Run.id).where(Run.cart_id == cart.id).order_by(Run.id))
    found = {
        "Cart": str(cart.id),
        "Cart at the shop": shown(cart.external_id),
        "Shopper": str(cart.contact_id or ""),
        "Runs": ", ".join(str(run_id) for run_id in runs),
        "Messages": ", ".join(f"{row.id} ({shown(row.provider_id)})" for row in messages),
    }
    return {name: value for name, value in found.items() if value}
