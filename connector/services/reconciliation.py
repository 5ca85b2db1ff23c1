"""Asking a store for what its webhooks should have told: what was found, and what was lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from connector.models import Chore, Store, Webhook, WebhookState
from connector.ports.events import CartChanged, OrderPlaced, StoreEvent

ORDERS, CHECKOUTS = "orders", "checkouts"  # the chores that ask, which keep the counts
OVERLAP = timedelta(minutes=10)  # platforms' clocks and late writes
# Deliveries come within seconds; what is news to us after this long was not told.
LATE = timedelta(minutes=5)


def changed_at(event: StoreEvent) -> datetime | None:
    """When the platform says that a cart or purchase last changed; None for other events."""
    match event:
        case OrderPlaced(order):
            return order.source_at
        case CartChanged(cart):
            return cart.source_at
        case _:
            return None


def was_lost(session: Session, store: Store, event: StoreEvent, now: datetime) -> bool:
    """True if this event, which was news to us, must have been told before, and was not.

    Not while deliveries of the store wait for us: those came, and we are late.
    """
    at = changed_at(event)
    if at is None or at > now - LATE or at < store.installed_at:
        return False
    waiting = exists(
        select(Webhook.id).where(
            Webhook.store_id == store.id,
            Webhook.state.in_((WebhookState.RECEIVED, WebhookState.CLAIMED)),
        )
    )
    return not session.scalar(select(waiting))


def noted(session: Session, store_id: int, kind: str, found: int, lost: int) -> None:
    """Add to the counts of the chore that asks for this kind; people read them there.

    "found": what was read last; "lost": what no delivery told, since the store is connected;
    "last_at": when something was last found lost (database's clock).
    """
    chore = session.scalar(
        select(Chore).where(Chore.store_id == store_id, Chore.kind == kind).with_for_update()
    )
    if chore is None:
        return
    counts: dict[str, Any] = {**chore.result, "found": found}
    counts["lost"] = int(chore.result.get("lost", 0)) + lost
    if lost:
        at = session.scalar(select(func.clock_timestamp()))
        counts["last_at"] = at.isoformat() if at else ""
    chore.result = counts
