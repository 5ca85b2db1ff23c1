"""What the shop knows of a shopper, asked before a flow is: no call in a decision."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from connector import clock
from connector.domain.people import Person
from connector.errors import AdapterError
from connector.models import Store
from connector.ports.events import ContactChanged, StoreEvent
from connector.ports.platform import StorePlatform
from connector.services import customers
from connector.services.customers import Unasked
from jobs import trouble
from jobs.adapters import platform_for
from jobs.runtime import log, runtime

_PAUSE_S = 20.0  # a store that did not answer is not asked again sooner
_silent: dict[int, float] = {}  # store -> when it failed to answer


def learn(store_id: int, somebody: Unasked) -> None:
    """Know what the shop says of a shopper.

    A platform that does not answer stops nothing: then what we saw ourselves counts.
    """
    told = _told(store_id, somebody.person, somebody.source_at)
    if told is not None:
        runtime().sessions.in_store(
            store_id, lambda s: customers.keep(s, somebody.contact_id, told)
        )


def introduced(store_id: int, news: Sequence[StoreEvent]) -> list[StoreEvent]:
    """The same news, each after what the shop says of its buyer, where a flow asks for it."""
    try:
        return [one for event in news for one in (*_before(store_id, event), event)]
    except Exception as error:  # noqa: BLE001 - the news itself must not be lost over it
        trouble.note(f"customers of store {store_id}", error)
        return list(news)


def _before(store_id: int, event: StoreEvent) -> list[ContactChanged]:
    with runtime().sessions.store(store_id) as session:
        store = session.get_one(Store, store_id)
        who = customers.of_news(session, store, event, clock.now())
    told = _told(store_id, *who) if who else None
    return [told] if told else []


def _told(store_id: int, person: Person, source_at: datetime) -> ContactChanged | None:
    """What the shop says of her now; None if it does not answer."""
    if time.monotonic() - _silent.get(store_id, -_PAUSE_S) < _PAUSE_S:
        return None
    with runtime().sessions.store(store_id) as session:
        platform = _platform(session, store_id)
    asked_at = clock.now()
    try:
        card = platform.customer(person.customer_id, person.email) if platform else None
    except AdapterError as error:
        _silent[store_id] = time.monotonic()
        # Its words may quote whom we asked about.
        log.warning("store %s: no answer about a customer: %s", store_id, trouble.name(error))
        return None
    return customers.answer(person, source_at, card, asked_at) if platform else None


def _platform(session: Session, store_id: int) -> StorePlatform | None:
    store = session.get_one(Store, store_id)
    return platform_for(runtime().vault, store) if store.credentials else None
