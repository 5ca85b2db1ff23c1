"""All that is kept of a person, as groups of named values: what she, or her merchant, may read.

One form for the desk's file and for WordPress' own export of personal data:
[{"label": "Cart of 9 June 2026", "items": [{"name": "Total", "value": "36.00 USD"}]}].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.models import (
    Cart,
    Click,
    Consent,
    Contact,
    ContactIdentity,
    Discount,
    Message,
    Order,
    ProductView,
)

Group = dict[str, Any]
_ABOUT_HER = ("email", "phone", "first_name", "last_name", "locale", "country", "province")


def groups(session: Session, contact_ids: Sequence[int]) -> list[Group]:
    """Everything about these contacts, who are one person; [] if nothing is kept."""
    found = session.scalars(
        select(Contact).where(Contact.id.in_(contact_ids), Contact.erased_at.is_(None))
    )
    known = [row.id for row in found]
    parts = (_person, _consents, _carts, _orders, _messages, _views)
    return [group for part in parts for group in part(session, known)]


def _person(session: Session, ids: Sequence[int]) -> Iterator[Group]:
    for row in session.scalars(select(Contact).where(Contact.id.in_(ids))):
        items = {name.replace("_", " "): getattr(row, name) for name in _ABOUT_HER}
        named = session.scalars(select(ContactIdentity).where(ContactIdentity.contact_id == row.id))
        items["known as"] = ", ".join(sorted(f"{one.kind}: {one.value}" for one in named))
        items["tags"] = ", ".join([*row.tags, *row.shop_tags])
        items["orders, as the shop counts"] = row.shop_orders
        items["since"] = row.created_at
        yield _group("Who she is", items)


def _consents(session: Session, ids: Sequence[int]) -> Iterator[Group]:
    for row in session.scalars(select(Consent).where(Consent.contact_id.in_(ids))):
        yield _group(
            f"What she said of marketing by {row.medium}",
            {"answer": row.state, "where": row.source, "when": row.at},
        )


def _carts(session: Session, ids: Sequence[int]) -> Iterator[Group]:
    rows = select(Cart).where(Cart.contact_id.in_(ids)).order_by(Cart.activity_at)
    for row in session.scalars(rows):
        yield _group(
            f"Cart of {row.activity_at:%Y-%m-%d}",
            {"state": row.state, "total": row.total.text(), "in it": _lines(row.lines)},
        )


def _orders(session: Session, ids: Sequence[int]) -> Iterator[Group]:
    rows = select(Order).where(Order.contact_id.in_(ids)).order_by(Order.placed_at)
    for row in session.scalars(rows):
        yield _group(
            f"Order {row.name}",
            {
                "placed": row.placed_at,
                "state": row.state,
                "total": row.total.text(),
                "codes": ", ".join(row.codes),
                "in it": _lines(row.lines),
            },
        )


def _messages(session: Session, ids: Sequence[int]) -> Iterator[Group]:
    rows = select(Message).where(Message.contact_id.in_(ids)).order_by(Message.created_at)
    for row in session.scalars(rows):
        clicks = session.scalars(select(Click.at).where(Click.message_id == row.id))
        codes = session.scalars(
            select(Discount.code).where(
                Discount.run_id == row.run_id, Discount.step_id == row.step_id
            )
        )
        yield _group(
            f"Message of {row.created_at:%Y-%m-%d}",
            {
                "by": row.medium,
                "text": row.template,
                "state": row.state,
                "sent": row.sent_at,
                "codes": ", ".join(codes),
                "opened the link": ", ".join(_said(at) for at in clicks),
            },
        )


def _views(session: Session, ids: Sequence[int]) -> Iterator[Group]:
    rows = session.scalars(
        select(ProductView).where(ProductView.contact_id.in_(ids)).order_by(ProductView.at)
    )
    seen = {f"{_said(row.at)} ({row.id})": row.title for row in rows}
    if seen:
        yield _group("Products that she looked at", seen)


def _lines(rows: Sequence[dict[str, Any]]) -> str:
    return ", ".join(f"{row['quantity']} × {row['title']}" for row in rows)


def _group(label: str, items: dict[str, Any]) -> Group:
    """What is not known is left out."""
    told = [{"name": name, "value": _said(value)} for name, value in items.items()]
    return {"label": label, "items": [one for one in told if one["value"]]}


def _said(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return "" if value is None else str(value)
