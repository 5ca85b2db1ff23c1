"""Every recorded delivery and every official sample, all the way: HTTP, inbox, rows.

`pytest tests/web/test_all_deliveries.py -s` prints the figures.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from connector import signing
from connector.app import create_app
from connector.models import Store, Webhook
from connector.services import installs
from connector.session import Sessions
from jobs.runtime import runtime
from jobs.webhooks import process_webhooks
from tests.contract_data import CONTRACTS, needs_contracts
from tests.web.deliveries import SHOP, connected

KEPT = Path(__file__).resolve().parents[1] / "payloads/woocommerce"
STORES = {
    "wc1092": "http://127.0.0.1:8081",
    "wc995": "http://127.0.0.1:8082",
    "wc1002": "http://127.0.0.1:8090",  # with our shop plugin
}


def deliver_woocommerce(sessions: Sessions, client: FlaskClient, folder: Path) -> Counter[str]:
    """Send each recording to the store that it came from; what became of them."""
    stores = {
        prefix: connected(sessions, "woocommerce", domain, {"consumer_key": "k"})
        for prefix, domain in STORES.items()
    }
    answers: Counter[str] = Counter()
    for path in sorted(folder.glob("*.json")):
        recording = json.loads(path.read_text(encoding="utf-8"))
        store = stores[path.name.partition("__")[0]]
        _use_secret(sessions, client, store, recording["secret"] or "none")
        answer = client.post(
            f"/hooks/woocommerce/{store.public_id}",
            data=base64.b64decode(recording["body_b64"]),
            headers=[h for h in recording["headers"] if h[0] not in {"Host", "Content-Length"}],
        )
        answers[f"answered {answer.status_code}"] += 1
    return answers + sum((outcome(sessions, store) for store in stores.values()), Counter())


def _use_secret(sessions: Sessions, client: FlaskClient, store: Store, secret: str) -> None:
    sealed = runtime().vault.seal({"current": secret}, installs.place(store.id, "webhook_secrets"))
    with sessions.store(store.id) as session:
        session.get_one(Store, store.id).webhook_secrets = sealed
    client.application.extensions["cartwright_stores"]._known.clear()


def deliver_shopify(sessions: Sessions, client: FlaskClient) -> Counter[str]:
    """Send each official sample, signed with the app's secret."""
    store = connected(sessions, "shopify", SHOP, {"access_token": "t"})
    sources: dict[str, Any] = json.loads((CONTRACTS / "shopify/payloads/SOURCES.json").read_text())
    answers: Counter[str] = Counter()
    for number, (name, about) in enumerate(sorted(sources.items())):
        body = (CONTRACTS / "shopify/payloads" / name).read_bytes()
        headers = {
            "X-Shopify-Topic": about["topic"],
            "X-Shopify-Shop-Domain": SHOP,
            "X-Shopify-Webhook-Id": f"sample-{number}",
            "X-Shopify-Triggered-At": "2026-11-22T09:00:00Z",
            "X-Shopify-Hmac-Sha256": signing.sign(body, "hush-test-app"),
        }
        answer = client.post("/hooks/shopify", data=body, headers=headers)
        answers[f"answered {answer.status_code}"] += 1
    return answers + outcome(sessions, store)


def outcome(sessions: Sessions, store: Store) -> Counter[str]:
    """Read everything in a store's inbox; how many ended how."""
    with sessions.store(store.id) as session:
        ids = list(session.scalars(select(Webhook.id).order_by(Webhook.id)))
    process_webhooks([(store.id, webhook_id) for webhook_id in ids])
    with sessions.store(store.id) as session:
        rows = list(session.scalars(select(Webhook)))
    unclear = [(row.topic, row.state, row.reason) for row in rows if row.state not in _FINE]
    assert unclear == []
    assert all(row.reason for row in rows if row.state == "ignored")
    return Counter(f"{row.state}" for row in rows)


_FINE = {"done", "ignored"}


def test_the_kept_recordings(service: Sessions) -> None:
    found = deliver_woocommerce(service, create_app().test_client(), KEPT)
    assert found["done"] >= 13
    assert set(found) <= {"answered 200", "answered 401", "done", "ignored"}


@needs_contracts
def test_all_recordings_of_real_woocommerce_stores(service: Sessions) -> None:
    folder = CONTRACTS / "woocommerce/samples"
    found = deliver_woocommerce(service, create_app().test_client(), folder)
    print("\nWooCommerce:", len(list(folder.glob("*.json"))), "recordings:", dict(found))
    assert found["answered 401"] == 2  # the key exchange of /wc-auth is no webhook
    assert found["answered 200"] == 62


@needs_contracts
def test_all_official_samples_of_shopify(service: Sessions) -> None:
    found = deliver_shopify(service, create_app().test_client())
    print("\nShopify:", dict(found))
    assert found["answered 200"] == 39
    assert found["done"] + found["ignored"] == 39
