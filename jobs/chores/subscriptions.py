"""Looking after a store's webhooks: what is wanted against what is there, repaired, reported."""

from __future__ import annotations

from dataclasses import replace

from connector import clock
from connector.models import Store
from connector.ports.survey import Survey
from connector.services import connection
from connector.services.chores import Slice, Task
from jobs.adapters import callback_url, platform_for, webhook_secrets
from jobs.runtime import runtime


def work(task: Task) -> Slice:
    """Survey the store, make what is missing, look again; all in one slice, repeatable."""
    store = _store(task.store_id)
    if not store.credentials:
        return Slice()
    platform, url = platform_for(runtime().vault, store), callback_url(store)
    seen = platform.survey(url)
    repaired: tuple[str, ...] = ()
    if seen.missing or seen.stray:
        platform.subscribe(url, webhook_secrets(runtime().vault, store)[0])
        before, seen = seen, platform.survey(url)
        repaired = tuple(topic for topic in before.missing if topic in seen.topics)
    return Slice(result=_keep(task.store_id, seen, repaired))


def look(store_id: int) -> Survey:
    """The store as it is connected just now; repairs and keeps nothing."""
    store = _store(store_id)
    seen = platform_for(runtime().vault, store).survey(callback_url(store))
    with runtime().sessions.store(store_id) as session:
        said = connection.deliveries(session, session.get_one(Store, store_id))
    return replace(seen, notes=(*seen.notes, *said))


def _store(store_id: int) -> Store:
    with runtime().sessions.store(store_id) as session:
        return session.get_one(Store, store_id)


def _keep(store_id: int, seen: Survey, repaired: tuple[str, ...]) -> dict[str, object]:
    with runtime().sessions.store(store_id) as session:
        store = session.get_one(Store, store_id)
        return connection.keep(session, store, seen, repaired, clock.now())
