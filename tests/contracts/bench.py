"""A running sandbox store with its adapter, and what a vendor gives to be under contract."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
import requests
from flask import Flask, request

from connector import http
from connector.domain.discounts import DiscountTerms, OfferKind
from connector.ports.events import StoreEvent
from connector.ports.platform import StoreAccount, StorePlatform
from connector.sandbox.server import Listener

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ANA = {
    "email": "ana@example.com",
    "phone": "+12025550143",
    "first_name": "Ana",
    "last_name": "Lima",
    "country": "US",
    "province": "NY",
    "locale": "en-US",
    "accepts_email": True,
}
HOSTILE = [
    b"",
    b"not json",
    b"\xff\xfe",
    b"null",
    b"1",
    b'"text"',
    b"[]",
    b"{}",
    b"[" * 60_000,
    b'{"a":' * 60_000,
    b'{"id": null}',
    b'{"id": {}}',
    b'{"id": "", "token": ""}',
    b'{"id": true, "items": 7, "line_items": "x"}',
    b'{"id": 1e999}',
    b'{"id": [1], "email": {"a": 1}, "currency": 5}',
    b'{"code": "rest_no_route", "message": "no route", "data": {"status": 404}}',
]


class Catcher:
    """A callback address that keeps what it gets; answers with `status`, or 503 when told."""

    def __init__(self) -> None:
        self.got: list[tuple[list[tuple[str, str]], bytes]] = []
        self.status = 200
        self.refusals = 0  # so many answers are 503 first
        self._lock = threading.Lock()
        self._listener = Listener(self._app())
        self.url = f"{self._listener.url}/hooks"

    def _app(self) -> Flask:
        app = Flask("catcher")

        @app.post("/hooks")
        def hook() -> tuple[str, int]:
            with self._lock:
                self.got.append((list(request.headers.items()), request.get_data()))
                refused = self.refusals > 0
                self.refusals -= refused
            return "", 503 if refused else self.status

        return app

    def stop(self) -> None:
        self._listener.stop()


@dataclass
class Bench:
    """A running sandbox store and the adapter that is connected to it."""

    platform: StorePlatform
    store: Any  # the sandbox's own object: url, door, clock, drain(), stop()
    secret: str  # signs this store's deliveries
    catcher: Catcher = field(default_factory=Catcher)

    def do(self, verb: str, **body: Any) -> dict[str, Any]:
        """Play the shopper or the merchant."""
        answer = requests.post(f"{self.store.url}/_sandbox/{verb}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def state(self) -> dict[str, Any]:
        """What the sandbox knows."""
        return dict(requests.get(f"{self.store.url}/_sandbox/state", timeout=10).json())

    def cart(self, **changes: Any) -> str:
        """Ana begins a checkout with the store's first product."""
        body = {**ANA, "items": [{"product_id": self.product_id(), "quantity": 2}], **changes}
        return str(self.do("carts", **body)["cart"])

    def product_id(self) -> str:
        """The store's first product."""
        return str(self.state()["products"][0]["id"])

    def order(self, cart: str, **changes: Any) -> dict[str, Any]:
        """She pays."""
        asked = {"outcome": "paid", "gateway": "bogus", "code": None, "quiet": False, **changes}
        return self.do(f"carts/{cart}/order", **asked)

    def events(self) -> list[StoreEvent]:
        """All deliveries so far: verified, parsed."""
        self.store.drain(10)
        kind = type(self.platform)
        found: list[StoreEvent] = []
        for headers, body in list(self.catcher.got):
            webhook = kind.read_webhook(headers, body)
            if not webhook.probe:
                kind.verify(webhook, [self.secret])
                found += self.platform.parse(webhook, datetime.now(UTC))
        return found


def terms(code: str = "BACK-7F3KQ2ABCD", **changes: Any) -> DiscountTerms:
    """Five percent, once, for two days."""
    start = datetime.now(UTC).replace(microsecond=0)
    made = DiscountTerms(
        code=code,
        kind=OfferKind.PERCENT,
        percent=Decimal(5),
        starts_at=start,
        expires_at=start + timedelta(hours=48),
        reference="run 12, step offer",
    )
    return replace(made, **changes)


class OnBench(ABC):
    """What a vendor's test class gives; the suites build on it."""

    adapter: ClassVar[type[StorePlatform]]
    account: ClassVar[StoreAccount]  # for tests that call nobody
    topics: ClassVar[Sequence[str]]  # every topic that parse understands
    page_size: ClassVar[int]  # of orders_since

    @abstractmethod
    def headers(self, topic: str, body: bytes, secret: str) -> list[tuple[str, str]]:
        """A delivery's headers, signed with `secret`, as the platform sends them."""

    @abstractmethod
    def from_another_store(self) -> list[tuple[str, bytes]]:
        """Bodies, by topic, that name a store that is not `account`."""

    @abstractmethod
    def wrong_credentials(self, account: StoreAccount) -> StoreAccount:
        """The same account with keys that the store never gave."""

    @abstractmethod
    def subscriptions(self, bench: Bench) -> int:
        """How many subscriptions the sandbox store holds."""

    @abstractmethod
    def start(self) -> Bench:
        """A fresh sandbox store on a free port, and its adapter."""

    def doors(self, bench: Bench) -> str:
        """CARTWRIGHT_LOOPBACK for this bench."""
        return str(bench.store.door)

    @pytest.fixture
    def bench(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
        bench = self.start()
        monkeypatch.setenv("CARTWRIGHT_LOOPBACK", self.doors(bench))
        monkeypatch.setenv("CARTWRIGHT_HTTP_TIMEOUT_S", "5")
        http.loopback.cache_clear()
        yield bench
        bench.store.stop()
        bench.catcher.stop()
        http.loopback.cache_clear()

    @pytest.fixture
    def offline(self) -> StorePlatform:
        return self.adapter(self.account)
