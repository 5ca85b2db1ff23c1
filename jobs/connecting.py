"""Connecting a store by its keys: proved by asking the store, then subscribed to its webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.flows import plain, read_text
from connector.errors import AdapterError
from connector.models import Flow, Store
from connector.ports.platform import StoreAccount, StoreInfo
from connector.services import chores, connection, flow_texts, flows, installs, privacy
from connector.services.installs import NewStore
from jobs.adapters import callback_url, platform_for
from jobs.chores import past, regular
from jobs.runtime import log, runtime
from platforms import PLATFORMS

FIRST_FLOW = "cart-recovery"
KEPT = timedelta(days=30)  # how long a store that left may come back to its history
_MOMENT = timedelta(microseconds=1)


def connect_store(new: NewStore, accounts: Mapping[str, Mapping[str, str]]) -> Store:
    """Connect a store with its vendors' accounts (by kind) and the first flow.

    Raises an AdapterError when the keys do not work; then nothing is kept. A store that was
    connected before is revived, with its history.
    """
    account = StoreAccount(new.domain, "", "UTC", new.credentials)
    options = PLATFORMS[new.platform](account).settle()
    info = PLATFORMS[new.platform](replace(account, options=options)).info()
    store, secret = _keep(replace(new, options=options), info, accounts)
    try:
        platform_for(runtime().vault, store).subscribe(callback_url(store), secret)
    except AdapterError:
        _take_back(store)
        raise
    runtime().sessions.in_store(store.id, lambda s: _look_after(s, store))
    return store


def _look_after(session: Session, store: Store) -> None:
    """Only now: a check that came while webhooks are being made would make them twice."""
    chores.ensure(session, store.id, regular(store.platform))
    connection.check_now(session, store.id)


def _take_back(store: Store) -> None:
    """Without webhooks a store would look connected and hear nothing."""
    now = clock.now()
    runtime().sessions.in_store(
        store.id, lambda s: installs.disconnect(s, s.get_one(Store, store.id), now, now)
    )


def disconnect_store(store_id: int, *, erase: bool) -> None:
    """The merchant takes her store off: everything stops, its token is gone, our webhooks too.

    With `erase` all of its data goes at once. A store that does not answer is cut off all the
    same: its webhooks are then refused by us, and it gives them up by itself.
    """
    sessions = runtime().sessions
    with sessions.store(store_id) as session:
        store = session.get_one(Store, store_id)
    if store.credentials:
        try:
            platform_for(runtime().vault, store).leave(callback_url(store))
        except AdapterError as error:
            log.warning("store %s keeps our webhooks: %s", store_id, error.detail)
    sessions.in_store(store_id, lambda s: _cut_off(s, store_id, erase=erase))


def _cut_off(session: Session, store_id: int, *, erase: bool) -> None:
    now = clock.now()
    store = session.get_one(Store, store_id)
    installs.disconnect(session, store, max(now, store.installed_at + _MOMENT), now)
    if erase:
        privacy.erase_store(session, store, now, now)


def forget_old_stores() -> None:
    """Stores that left a month ago are erased, whether or not their platform asks for it."""
    with runtime().sessions.all_stores() as session:
        ids = installs.long_gone(session, clock.now() - KEPT)
    for store_id in ids:
        runtime().sessions.in_store(store_id, _forget)


def _forget(session: Session) -> None:
    now = clock.now()
    privacy.erase_store(session, session.scalars(select(Store)).one(), now, now)


def _keep(
    new: NewStore, info: StoreInfo, accounts: Mapping[str, Mapping[str, str]]
) -> tuple[Store, str]:
    means, now = runtime(), clock.now()
    with means.sessions.all_stores() as session:
        known = installs.by_domain(session, new.platform, new.domain)
    with Session(means.sessions.app, expire_on_commit=False) as session, session.begin():
        known_id = known.id if known else None
        store, secret = installs.connect(session, means.vault, new, info, now, known_id)
        for kind, account in accounts.items():
            installs.add_channel(session, means.vault, store, kind, account)
        if known is None:
            past.ask(session, store)
        if session.scalar(select(Flow).where(Flow.key == FIRST_FLOW)) is None:
            flows.install(session, store, library_flow(FIRST_FLOW), now)
    return store, secret


def library_flow(key: str) -> dict[str, Any]:
    """A flow of the library, as text."""
    return plain(read_text(flow_texts.library_text(key)))
