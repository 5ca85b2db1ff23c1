"""A running sandbox store of Shopify's kind, with somebody who listens."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from connector.sandbox import shopify
from tests.contracts.bench import ANA, Catcher

TOKEN = {"X-Shopify-Access-Token": "shpat_1"}
SUBSCRIBE = (
    "mutation S($topic: WebhookSubscriptionTopic!, $sub: WebhookSubscriptionInput!) {"
    " webhookSubscriptionCreate(topic: $topic, webhookSubscription: $sub)"
    " { webhookSubscription { id } userErrors { field message } } }"
)
CREATE = (
    "mutation C($d: DiscountCodeBasicInput!) { discountCodeBasicCreate(basicCodeDiscount: $d)"
    " { codeDiscountNode { id } userErrors { field message code } } }"
)


class Shop:
    """A running store with somebody who listens."""

    def __init__(self, folder: Path | None = None) -> None:
        self.catcher = Catcher()
        self.store = shopify.start(
            0, folder, access_token="shpat_1", client_secret="hush", retries_s=(0.05, 0.05)
        )

    def ask(self, query: str, /, **variables: Any) -> dict[str, Any]:
        url = f"{self.store.url}/admin/api/2026-10/graphql.json"
        body = {"query": query, "variables": variables}
        return dict(requests.post(url, json=body, headers=TOKEN, timeout=10).json())

    def subscribe(self, *topics: str, uri: str = "") -> None:
        for topic in topics:
            sub = {"uri": uri or self.catcher.url, "format": "JSON"}
            answer = self.ask(SUBSCRIBE, topic=topic, sub=sub)
            assert answer["data"]["webhookSubscriptionCreate"]["userErrors"] == []

    def do(self, verb: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.store.url}/_sandbox/{verb}", json=body, timeout=10)
        return dict(answer.json())

    def cart(self, **changes: Any) -> str:
        items = [{"product_id": "8001000000001", "quantity": 2}]
        return str(self.do("carts", **{**ANA, "items": items, **changes})["cart"])

    def code(self, code: str = "BACK-1", percentage: float = 0.05) -> dict[str, Any]:
        now = self.store.clock.now()
        discount = {
            "title": "run 1",
            "code": code,
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(hours=48)).isoformat(),
            "usageLimit": 1,
            "context": {"all": "ALL"},
            "customerGets": {"value": {"percentage": percentage}, "items": {"all": True}},
        }
        return dict(self.ask(CREATE, d=discount)["data"]["discountCodeBasicCreate"])

    def got(self, topic: str = "") -> list[tuple[dict[str, str], dict[str, Any]]]:
        """What was delivered, of one topic or all."""
        assert self.store.drain(10)
        found = [(dict(headers), json.loads(body)) for headers, body in self.catcher.got]
        return [one for one in found if topic in {"", one[0]["X-Shopify-Topic"]}]

    def state(self) -> dict[str, Any]:
        return dict(requests.get(f"{self.store.url}/_sandbox/state", timeout=10).json())

    def close(self) -> None:
        self.store.stop()
        self.catcher.stop()
