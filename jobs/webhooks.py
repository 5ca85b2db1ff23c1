"""Deliveries become events: one transaction each, so that a poisonous one stops nobody."""

from __future__ import annotations

from sqlalchemy.orm import Session

from connector import clock
from connector.errors import Malformed
from connector.models import Store, Webhook
from connector.ports.events import OrderPlaced, StoreEvent
from connector.ports.platform import RawWebhook
from connector.services import events, webhooks
from jobs import customers, goods, trouble
from jobs.adapters import platform_for
from jobs.runtime import Ref, runtime


def process_webhooks(refs: list[Ref]) -> None:
    """Read and record each delivery of a batch."""
    for store_id, webhook_id in refs:
        _process(store_id, webhook_id)


def _process(store_id: int, webhook_id: int) -> None:
    sessions = runtime().sessions
    lease_s = min(webhooks.LEASE_S, runtime().config.lease_s)
    claimed = sessions.in_store(store_id, lambda s: webhooks.claim(s, webhook_id, lease_s))
    if claimed is None:
        return
    if claimed.body is None:  # erased while another worker held it
        gone = ["its text was removed"]
        sessions.in_store(store_id, lambda s: webhooks.done(s, webhook_id, gone))
        return
    try:
        found = sessions.in_store(store_id, lambda s: _parsed(s, store_id, claimed))
        goods.learn(store_id, _ordered(found))
        told = customers.introduced(store_id, found)
        sessions.in_store(store_id, lambda s: _record(s, store_id, claimed.id, told))
    except Malformed as error:
        reason = str(error)
        sessions.in_store(store_id, lambda s: webhooks.dead(s, webhook_id, reason))
    except Exception as error:  # noqa: BLE001 - a poisonous delivery must not stop the batch
        trouble.note(f"delivery {webhook_id} of store {store_id}", error)
        put_back = webhooks.later if trouble.is_ours(error) else webhooks.failed
        reason = trouble.name(error)
        sessions.in_store(store_id, lambda s: put_back(s, webhook_id, reason))


def _parsed(session: Session, store_id: int, row: Webhook) -> list[StoreEvent]:
    store = session.get_one(Store, store_id)
    return platform_for(runtime().vault, store).parse(raw(row), row.happened_at)


def _ordered(found: list[StoreEvent]) -> set[str]:
    """What was bought: a flow that an order begins may ask for its collections."""
    orders = [event.order for event in found if isinstance(event, OrderPlaced)]
    return {line.product_id for order in orders for line in order.lines}


def _record(session: Session, store_id: int, row_id: int, found: list[StoreEvent]) -> None:
    store = session.get_one(Store, store_id)
    reasons = [events.record(session, store, event, clock.now()) for event in found]
    webhooks.done(session, row_id, reasons if all(reasons) else [])


def raw(row: Webhook) -> RawWebhook:
    """The delivery as it came."""
    return RawWebhook(
        topic=row.topic,
        body=row.body or b"",
        signature="",
        dedup_key=row.dedup_key,
        event_id=row.event_id,
        triggered_at=row.triggered_at,
    )
