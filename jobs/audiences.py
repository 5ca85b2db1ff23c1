"""Outside audiences hear of those who changed, in batches."""

from __future__ import annotations

from itertools import groupby

from connector import clock
from connector.errors import AdapterError
from connector.models import Store
from connector.ports.audience import AudienceSync, Member, MemberResult
from connector.services import audiences
from jobs import trouble
from jobs.adapters import audience_for
from jobs.runtime import Ref, log, runtime


def sync_audience(refs: list[Ref]) -> None:
    """Bring each store's audience in step with the contacts that changed."""
    for store_id, group in groupby(sorted(map(tuple, refs)), key=lambda ref: ref[0]):
        ids = [ref[1] for ref in group]
        try:
            _sync(store_id, ids)
        except Exception as error:  # noqa: BLE001 - one store's bug must not stop the others
            trouble.note(f"the audience of store {store_id}", error)
            _postpone(store_id, ids)


def _postpone(store_id: int, ids: list[int]) -> None:
    now = clock.now()
    runtime().sessions.in_store(store_id, lambda s: audiences.postpone(s, ids, now))


def _sync(store_id: int, ids: list[int]) -> None:
    now, sessions = clock.now(), runtime().sessions
    with sessions.store(store_id) as session:
        store = session.get_one(Store, store_id)
        audience = audience_for(session, runtime().vault, store)
        members = audiences.plan(session, audience.kind, ids, now) if audience else []
    if audience is None or _push(store_id, audience, members):
        sessions.in_store(store_id, lambda s: audiences.settle(s, ids, now, clock.now()))
    else:
        _postpone(store_id, ids)


def _push(store_id: int, audience: AudienceSync, members: list[Member]) -> bool:
    """Push in batches; False if the vendor did not take one."""
    for start in range(0, len(members), audience.batch):
        batch = members[start : start + audience.batch]
        try:
            results = audience.push(batch)
        except AdapterError as error:
            log.warning("store %s: audience not in step: %s", store_id, error.detail)
            return False
        _done(store_id, audience.kind, batch, results)
    return True


def _done(store_id: int, audience: str, members: list[Member], results: list[MemberResult]) -> None:
    now = clock.now()
    runtime().sessions.in_store(
        store_id, lambda s: audiences.done(s, store_id, audience, members, results, now)
    )
