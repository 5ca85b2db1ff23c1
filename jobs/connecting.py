"""Connecting a store: its keys proved by asking it, then kept, then its webhooks subscribed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.domain.flows import plain, read_text
from connector.errors import AdapterError
from connector.models import Flow, Store, StoreState
from connector.ports.platform import StoreAccount, StoreInfo
from connector.services import accounts as merchants
from connector.services import (
    chores,
    connection,
    flow_texts,
    flows,
    installs,
    privacy,
    privacy_requests,
    store_tokens,
)
from connector.services.installs import NewStore
from jobs import trouble
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
    connected before is revived, with its history; one that is connected gets the new keys.
    """
    account = StoreAccount(new.domain, "", "UTC", new.credentials)
    options = PLATFORMS[new.platform](account).settle()
    info = PLATFORMS[new.platform](replace(account, options=options)).info()
    kept = _keep(replace(new, options=options), info, accounts)
    store = kept.store
    try:
        platform_for(runtime().vault, store).subscribe(callback_url(store), kept.secret)
    except AdapterError as error:
        if not kept.was_connected:
            _take_back(store)
            raise
        log.warning("store %s has its webhooks as before: %s", store.id, error.detail)
    runtime().sessions.in_store(store.id, lambda s: _look_after(s, store))
    return store


def _look_after(session: Session, store: Store) -> None:
    """Only now: a check that came while webhooks are being made would make them twice."""
    chores.ensure(session, store.id, regular(store.platform))
    connection.check_now(session, store.id)


@dataclass(frozen=True)
class _Kept:
    """A store's row as it is now, the secret of its webhooks, and what it was before."""

    store: Store
    secret: str
    was_connected: bool


def _take_back(store: Store) -> None:
    """Without webhooks a store would look connected and hear nothing.

    Dated right after this very installation: a later one, from another tab, stays.
    """
    at, now = store.installed_at + _MOMENT, clock.now()
    runtime().sessions.in_store(
        store.id, lambda s: installs.disconnect(s, s.get_one(Store, store.id), at, now)
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
        merchants.forget_erased(session)
        ids = privacy_requests.long_gone(session, clock.now() - KEPT)
    for store_id in ids:
        try:
            runtime().sessions.in_store(store_id, _forget)
        except Exception as error:  # noqa: BLE001 - one store's trouble must not keep the others
            trouble.note(f"erasing store {store_id}", error)


def _forget(session: Session) -> None:
    now = clock.now()
    privacy.erase_store(session, session.scalars(select(Store)).one(), now, now)


def _keep(new: NewStore, info: StoreInfo, accounts: Mapping[str, Mapping[str, str]]) -> _Kept:
    means, now = runtime(), clock.now()
    with Session(means.sessions.app, expire_on_commit=False) as session, session.begin():
        installs.alone(session, new)  # of two installations of one shop at once
        known = _known(new, info)
        known_id = known.id if known else None
        store, secret = installs.connect(session, means.vault, new, info, now, known_id)
        if new.granted is not None:
            store_tokens.keep(session, means.vault, store, new.granted)
        for kind, account in accounts.items():
            installs.add_channel(session, means.vault, store, kind, account)
        if known is None or not known.name:  # new, or erased since
            past.ask(session, store)
        if session.scalar(select(Flow).where(Flow.key == FIRST_FLOW)) is None:
            flows.install(session, store, library_flow(FIRST_FLOW), now)
    was_connected = known is not None and known.state is not StoreState.UNINSTALLED
    return _Kept(store, secret, was_connected)


def _known(new: NewStore, info: StoreInfo) -> Store | None:
    """The store's row, if it is this very shop's.

    A platform gives a name to another shop once its owner let it go. That one must not come
    into the former's data: the former row gives the name away, and is a store that has left.
    """
    sessions, now = runtime().sessions, clock.now()
    with sessions.all_stores() as session:
        known = installs.by_domain(session, new.platform, new.domain)
        merchants.forget_erased(session)
        if known is not None and known.state is StoreState.UNINSTALLED:
            merchants.take_from_all(session, known.id)  # removing the app ended what they had
    if known is None or not (known.platform_ref and info.ref) or known.platform_ref == info.ref:
        return known
    sessions.in_store(known.id, lambda s: installs.renamed_away(s, known.id, now))
    return None


def library_flow(key: str) -> dict[str, Any]:
    """A flow of the library, as text."""
    return plain(read_text(flow_texts.library_text(key)))
