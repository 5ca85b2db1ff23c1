"""Signed deliveries, and the stores that they are for."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from connector import signing
from connector.models import Store, Webhook
from connector.ports.platform import StoreInfo
from connector.services import installs
from connector.session import Sessions
from jobs.runtime import runtime
from tests.stage import START

SHOP = "oscars-outdoor.myshopify.com"
CHECKOUT: dict[str, Any] = {
    "token": "tok1",
    "cart_token": "cart1",
    "email": "ana@example.com",
    "currency": "USD",
    "total_price": "36.00",
    "updated_at": "2026-06-09T10:00:00-04:00",
    "created_at": "2026-06-09T10:00:00-04:00",
    "line_items": [
        {"title": "Enamel mug", "quantity": 2, "price": "18.00", "product_id": 11, "variant_id": 1}
    ],
}


def connected(sessions: Sessions, platform: str, domain: str, keys: dict[str, str]) -> Store:
    """A store, connected without asking it."""
    info = StoreInfo("Shop", "USD", "UTC", "https://shop.example", "")
    with Session(sessions.app, expire_on_commit=False) as session, session.begin():
        new = installs.NewStore(platform, domain, keys, sandbox=True)
        store, _ = installs.connect(session, runtime().vault, new, info, START, None)
    return store


def shopify_headers(body: bytes, **changes: str) -> dict[str, str]:
    """What Shopify sends along."""
    headers = {
        "X-Shopify-Topic": "checkouts/update",
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Webhook-Id": "w-1",
        "X-Shopify-Event-Id": "e-1",
        "X-Shopify-Triggered-At": "2026-06-09T14:00:00.000000Z",
        "X-Shopify-Hmac-Sha256": signing.sign(body, "hush-test-app"),
        "Content-Type": "application/json",
    }
    return {**headers, **{name.replace("_", "-"): value for name, value in changes.items()}}


def call(client: FlaskClient, body: Any, **changes: str) -> int:
    """One delivery by Shopify; the status that it gets."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(
        "/hooks/shopify", data=raw, headers=shopify_headers(raw, **changes)
    ).status_code


def kept(store: Store) -> list[Webhook]:
    """What is in the inbox of a store."""
    with runtime().sessions.store(store.id) as session:
        return list(session.scalars(select(Webhook).order_by(Webhook.id)))
