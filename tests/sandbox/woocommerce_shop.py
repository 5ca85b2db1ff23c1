"""A running sandbox WooCommerce store, and a receiver of its webhooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from connector import signing
from connector.sandbox import woocommerce
from connector.sandbox.woocommerce import Store
from tests.contracts.bench import Catcher

KEYS: dict[str, Any] = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
SHOP = "pots.example"
APP = "cartwright.example"  # the catcher's https name
KEPT = Path(__file__).resolve().parents[1] / "payloads/woocommerce"
PERCENT = {"discount_type": "percent"}


class Shop:
    """A running store in Berlin, called as if by https, and a receiver of its webhooks."""

    def __init__(self, folder: Path | None = None, **settings: Any) -> None:
        self.catcher = Catcher()
        told: dict[str, Any] = {
            "currency": "EUR",
            "timezone": "Europe/Berlin",
            "public_name": SHOP,
            "routes": {APP: urlsplit(self.catcher.url).netloc},
        }
        self.store: Store = woocommerce.start(0, folder, **KEYS, **{**told, **settings})

    def rest(self, method: str, path: str, **kw: Any) -> tuple[int, Any]:
        """Call the API: status and body."""
        url = f"{self.store.url}/wp-json/wc/v3/{path}"
        call: dict[str, Any] = {"auth": ("ck_1", "cs_1"), "headers": {"Host": SHOP}, **kw}
        answer = requests.request(method, url, timeout=5, **call)
        return answer.status_code, answer.json()

    def do(self, verb: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.store.url}/_sandbox/{verb}", json=body, timeout=5)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def state(self) -> dict[str, Any]:
        return dict(requests.get(f"{self.store.url}/_sandbox/state", timeout=5).json())

    def watch(self, *topics: str) -> None:
        for topic in topics:
            order = {"topic": topic, "delivery_url": self.catcher.url, "secret": "s"}
            assert self.rest("POST", "webhooks", json=order)[0] == 201

    def cart(self, **changes: Any) -> str:
        items = [{"product_id": "11", "quantity": 2}]
        made = self.do("carts", **{"email": "ana@example.com", "items": items, **changes})
        return str(made["cart"])

    def got(self) -> list[tuple[str, dict[str, Any]]]:
        """Signed deliveries so far: topic and body."""
        self.store.drain(10)
        found = []
        for headers, body in list(self.catcher.got):
            by_name = dict(headers)
            if "X-Wc-Webhook-Topic" in by_name:
                assert signing.is_valid(body, by_name["X-Wc-Webhook-Signature"], ["s"])
                found.append((by_name["X-Wc-Webhook-Topic"], json.loads(body)))
        return found

    def close(self) -> None:
        self.store.stop()
        self.catcher.stop()
