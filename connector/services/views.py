"""What shoppers looked at: kept for a month, joined to them when they say who they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.models import ProductView, Store
from connector.ports.events import ProductViewed
from connector.services import contacts


def record(session: Session, store: Store, event: ProductViewed, now: datetime) -> str:
    """Keep one view; "" or why it was of no use. Her earlier ones become hers too."""
    contact = contacts.record(session, store.id, event.person, event.at, now)
    row = {
        "store_id": store.id,
        "contact_id": contact.id if contact else None,
        "cart_token": event.cart_token,
        "product_id": event.product_id,
        "title": event.title,
        "at": event.at,
    }
    made = session.execute(
        insert(ProductView).values(row).on_conflict_do_nothing().returning(ProductView.id)
    ).one_or_none()
    if contact is not None and event.cart_token:
        session.execute(
            update(ProductView)
            .where(
                ProductView.store_id == store.id,
                ProductView.cart_token == event.cart_token,
                ProductView.contact_id.is_(None),
            )
            .values(contact_id=contact.id)
        )
    return "" if made else "known already"
