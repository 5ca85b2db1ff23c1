"""Products that conditions ask about, looked up before a flow is asked: no call in a decision."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from connector import clock
from connector.errors import AdapterError
from connector.models import Cart, Run, Store
from connector.ports.platform import StorePlatform
from connector.services import flows, products
from jobs.adapters import platform_for
from jobs.runtime import log, runtime


def learn(store_id: int, product_ids: Collection[str]) -> None:
    """Know the collections of these products, if a flow of the store asks for any.

    A platform that does not answer stops nothing: a condition on a collection that nobody
    knows is not true.
    """
    sessions = runtime().sessions
    with sessions.store(store_id) as session:
        platform, wanted = _wanted(session, store_id, product_ids)
    if platform is None or not wanted:
        return
    try:
        cards = platform.products(wanted)
    except AdapterError as error:
        log.warning("store %s: no collections: %s", store_id, error.detail)
        return
    now = clock.now()
    sessions.in_store(store_id, lambda s: products.keep(s, store_id, wanted, cards, now))


def of_cart(session: Session, cart_id: int) -> set[str]:
    """The products of a cart."""
    cart = session.get(Cart, cart_id)
    return {line["product_id"] for line in cart.lines} if cart else set()


def of_run(session: Session, run_id: int) -> set[str]:
    """The products of the cart that a run is about."""
    run = session.get(Run, run_id)
    return of_cart(session, run.cart_id) if run and run.cart_id else set()


def _wanted(
    session: Session, store_id: int, product_ids: Collection[str]
) -> tuple[StorePlatform | None, list[str]]:
    if not product_ids or not flows.ask(session, store_id, "collections"):
        return None, []
    store = session.get_one(Store, store_id)
    if not store.credentials:
        return None, []
    return platform_for(runtime().vault, store), products.unknown(session, product_ids)
