"""The journal: what happened to a cart and what was decided, with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.models import JournalEntry


@dataclass(frozen=True)
class About:
    """What an entry is about."""

    store_id: int
    cart_id: int | None = None
    contact_id: int | None = None
    run_id: int | None = None


def note(session: Session, about: About, kind: str, text: str, at: datetime, **data: Any) -> None:
    """Write one entry; `data` holds ids, amounts and reasons, never an address or a name."""
    entry = JournalEntry(
        store_id=about.store_id,
        cart_id=about.cart_id,
        contact_id=about.contact_id,
        run_id=about.run_id,
        kind=kind,
        text=text,
        data=data,
        at=at,
    )
    session.add(entry)


def story(session: Session, cart_id: int) -> list[JournalEntry]:
    """All entries about a cart, oldest first."""
    found = session.scalars(
        select(JournalEntry).where(JournalEntry.cart_id == cart_id).order_by(JournalEntry.id)
    )
    return list(found)
