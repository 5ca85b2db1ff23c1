"""All rows of a store that removed the app, removed; only suppressions and proofs stay.

Messages, clicks and the journal may be changed by nobody; they go with the flows, carts and
people that they belong to, by the database's own hand.
"""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from connector.models import (
    Base,
    Cart,
    ChannelAccount,
    Chore,
    Contact,
    DeskKey,
    Flow,
    Order,
    OrderNews,
    Product,
    ProductView,
    Run,
    Store,
)

# Children before those whom they name without being theirs.
_GO: tuple[type[Base], ...] = (
    Run,
    Flow,
    Order,
    Cart,
    Contact,
    OrderNews,
    Product,
    ProductView,
    ChannelAccount,
    DeskKey,
    Chore,
)


def remove(session: Session, store: Store) -> None:
    """Delete everything of the store; of its own row only its name at the platform stays."""
    for model in _GO:
        own = model.__table__.c.store_id == store.id
        session.execute(delete(model).where(own), execution_options={"synchronize_session": False})
    store.credentials, store.settings, store.scopes = b"", {}, []
    store.name = store.storefront = store.trouble = ""
    session.flush()
