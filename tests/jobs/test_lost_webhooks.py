"""A store whose webhooks are all lost: what it knows is found by asking, once, in pages."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from connector.models import Cart, Chore, Order, Store
from connector.ports.platform import StoreInfo
from connector.sandbox import shopify, woocommerce
from connector.services import chores, installs
from connector.services.installs import NewStore
from connector.session import Sessions
from jobs.chores import do_chores, regular
from jobs.runtime import runtime
from tests.contracts.doors import open_doors

MANY = int(os.environ.get("CARTWRIGHT_LOST", "60"))  # more for a measurement
SHOP = "oscars-outdoor.myshopify.com"
DAYS = timedelta(days=3)


@dataclass
class Deaf:
    """A connected store that never hears a webhook; its sandbox, and its row."""

    platform: str
    sandbox: Any
    sessions: Sessions
    store_id: int

    def do(self, verb: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.sandbox.url}/_sandbox/{verb}", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def chore(self, kind: str) -> Chore:
        with self.sessions.store(self.store_id) as session:
            return session.scalars(select(Chore).where(Chore.kind == kind)).one()

    def come_round(self, kind: str) -> None:
        """The chore's time comes; its slices are done until it is through."""
        with self.sessions.store(self.store_id) as session:
            chores.ensure(session, self.store_id, [kind])
            session.execute(update(Chore).values(due_at=func.clock_timestamp(), done_at=None))
            session.execute(update(Store).values(orders_seen_at=None))
        until = time.monotonic() + 600
        while self.chore(kind).done_at is None:
            do_chores([(self.store_id, self.chore(kind).id)])
            assert time.monotonic() < until, self.chore(kind).error
            time.sleep(0.05)

    def count(self, model: type[Order] | type[Cart]) -> int:
        with self.sessions.store(self.store_id) as session:
            return session.scalar(select(func.count(model.id))) or 0


def connected(sessions: Sessions, new: NewStore, currency: str) -> int:
    """Connected three days ago, and deaf since."""
    info = StoreInfo("Shop", currency, "UTC", "https://shop.example", "", "US")
    with Session(sessions.app) as session, session.begin():
        long_ago = datetime.now(UTC) - DAYS
        store, _ = installs.connect(session, runtime().vault, new, info, long_ago, None)
        return store.id


@pytest.fixture(params=["shopify", "woocommerce"])
def deaf(request: pytest.FixtureRequest, service: Sessions) -> Iterator[Deaf]:
    if request.param == "shopify":
        sandbox: Any = shopify.start(0, None, access_token="shpat_1", client_secret="hush")
        new = NewStore("shopify", SHOP, {"access_token": "shpat_1"}, sandbox=True)
        door = f"{SHOP}={sandbox.door}"
    else:
        keys: Any = {"consumer_key": f"ck_{'1' * 40}", "consumer_secret": f"cs_{'2' * 40}"}
        sandbox = woocommerce.start(0, None, **keys)
        new, door = NewStore("woocommerce", sandbox.url, keys, sandbox=True), sandbox.door
    currency = "USD" if request.param == "shopify" else "KRW"
    with open_doors(door, timeout_s=20):
        yield Deaf(request.param, sandbox, service, connected(service, new, currency))
    sandbox.stop()


def test_every_lost_order_is_found_once(deaf: Deaf) -> None:
    made = deaf.do("history", orders=MANY, customers=20, days=1)
    deaf.come_round("orders")
    known = deaf.count(Order)
    assert known == made["orders"]
    result = deaf.chore("orders").result
    assert result["lost"] >= known * 0.9  # those of the last minutes may still be on their way
    deaf.come_round("orders")
    assert (deaf.count(Order), deaf.chore("orders").result["lost"]) == (known, result["lost"])


def test_every_lost_checkout_is_found_once_where_they_are_listed(deaf: Deaf) -> None:
    if "checkouts" not in regular(deaf.platform):
        pytest.skip("this platform lists no checkouts: its unpaid orders come as orders")
    made = deaf.do("history", checkouts=MANY, customers=MANY, days=1)
    deaf.come_round("checkouts")
    known = deaf.count(Cart)
    assert known == made["checkouts"]
    deaf.come_round("checkouts")
    assert deaf.count(Cart) == known
    assert deaf.chore("checkouts").result["lost"] >= known * 0.9
