"""Carts whose idle time is over, and runs whose next step is due: each row on its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import clock
from connector.models import Store
from connector.services import advance, carts, customers, flows
from jobs import customers as about
from jobs import goods, trouble
from jobs.runtime import Ref, runtime

_Work = Callable[[Session, int, datetime], object]
_Goods = Callable[[Session, int], set[str]]
_Shopper = Callable[[Session, int, datetime], customers.Unasked | None]
_Stumble = Callable[[Session, int, str, datetime], None]


def watch_carts(refs: list[Ref]) -> None:
    """Look again at carts whose time has come."""
    for store_id, cart_id in refs:
        _know(store_id, cart_id, goods.of_cart, customers.of_cart)
        _each(store_id, cart_id, _look_again, carts.stumbled)


def advance_runs(refs: list[Ref]) -> None:
    """Take each due run as far as it goes."""
    for store_id, run_id in refs:
        _know(store_id, run_id, goods.of_run, customers.of_run)
        _each(store_id, run_id, _advance, flows.stumbled)


def _know(store_id: int, row_id: int, goods_of: _Goods, shopper_of: _Shopper) -> None:
    """Ask the platform for what the row's flow will ask, while no transaction is open."""
    try:
        with runtime().sessions.store(store_id) as session:
            asks = flows.ask(session, store_id, "collections")
            product_ids = goods_of(session, row_id) if asks else set()
            somebody = shopper_of(session, row_id, clock.now())
        if product_ids:
            goods.learn(store_id, product_ids)
        if somebody is not None:
            about.learn(store_id, somebody)
    except Exception as error:  # noqa: BLE001 - what is not known is not true, see goods.learn
        trouble.note(f"what store {store_id} knows", error)


def _look_again(session: Session, cart_id: int, now: datetime) -> None:
    store = session.scalars(select(Store)).one()
    carts.look_again(session, store, cart_id, now)


def _advance(session: Session, run_id: int, now: datetime) -> None:
    """A step that works ends the trouble of those before it."""
    run = advance.advance(session, run_id, now)
    if run is not None:
        run.errors = 0


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
