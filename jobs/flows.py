"""Carts whose idle time is over, and runs whose next step is due."""

from __future__ import annotations

from connector import clock
from connector.models import Store
from connector.services import carts, flows
from jobs.runtime import Ref, log, runtime


def watch_carts(refs: list[Ref]) -> None:
    """Look again at carts whose time has come."""
    for store_id, cart_id in refs:
        _watch(store_id, cart_id)


def _watch(store_id: int, cart_id: int) -> None:
    now = clock.now()
    runtime().sessions.in_store(
        store_id, lambda s: carts.look_again(s, s.get_one(Store, store_id), cart_id, now)
    )


def advance_runs(refs: list[Ref]) -> None:
    """Take each due run as far as it goes."""
    for store_id, run_id in refs:
        _advance(store_id, run_id)


def _advance(store_id: int, run_id: int) -> None:
    sessions, now = runtime().sessions, clock.now()
    try:
        sessions.in_store(store_id, lambda s: flows.advance(s, run_id, now))
    except Exception as error:  # noqa: BLE001 - one run's bug must not stop the batch
        log.exception("run %s of store %s failed", run_id, store_id)
        reason = type(error).__name__
        sessions.in_store(store_id, lambda s: flows.failed(s, run_id, reason, now))
