"""Carts whose idle time is over, and runs whose next step is due: each row on its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.models import Store
from connector.services import advance, carts, flows
from jobs import goods, trouble
from jobs.runtime import Ref, runtime

_Work = Callable[[Session, int, datetime], object]
_Stumble = Callable[[Session, int, str, datetime], None]


def watch_carts(refs: list[Ref]) -> None:
    """Look again at carts whose time has come."""
    for store_id, cart_id in refs:
        _know_goods(store_id, cart_id, goods.of_cart)
        _each(store_id, cart_id, _look_again, carts.stumbled)


def advance_runs(refs: list[Ref]) -> None:
    """Take each due run as far as it goes."""
    for store_id, run_id in refs:
        _know_goods(store_id, run_id, goods.of_run)
        _each(store_id, run_id, advance.advance, flows.stumbled)


def _know_goods(store_id: int, row_id: int, of: Callable[[Session, int], set[str]]) -> None:
    try:
        with runtime().sessions.store(store_id) as session:
            ids = of(session, row_id) if flows.ask(session, store_id, "collections") else set()
        goods.learn(store_id, ids)
    except Exception as error:  # noqa: BLE001 - what is not known is not true, see goods.learn
        trouble.note(f"products of store {store_id}", error)


def _look_again(session: Session, cart_id: int, now: datetime) -> None:
    store = session.scalars(select(Store)).one()
    carts.look_again(session, store, cart_id, now)


def _each(store_id: int, row_id: int, work: _Work, stumbled: _Stumble) -> None:
    """One row's bug stops nobody else; a server that is away stops nothing for good."""
    sessions, now = runtime().sessions, clock.now()
    try:
        sessions.in_store(store_id, lambda s: work(s, row_id, now))
    except Exception as error:  # noqa: BLE001 - see the docstring
        trouble.note(f"row {row_id} of store {store_id}", error)
        reason = trouble.name(error)
        if not trouble.is_ours(error):  # ours: it is rung again by itself
            sessions.in_store(store_id, lambda s: stumbled(s, row_id, reason, now))
