"""Deliveries that are not what they should be, and WooCommerce's own ways."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from connector import signing
from connector.models import Store, WebhookState
from connector.ports.platform import StoreInfo
from connector.services import installs
from jobs.adapters import webhook_secrets
from jobs.runtime import runtime
from jobs.webhooks import process_webhooks
from tests.stage import START
from tests.web.deliveries import CHECKOUT, call, kept

HOSTILE = {
    "not json": b"<html>",
    "deep": b"[" * 100_000,
    "a list": b"[]",
    "null": b"null",
    "wrong types": b'{"token": 5, "line_items": "x", "email": ["a"]}',
    "no ids": b"{}",
    "not utf-8": b'{"token": "\xff"}',
    "a number too long": b'{"token": "t", "total_price": ' + b"9" * 5000 + b"}",
    "another store": json.dumps({**CHECKOUT, "myshopify_domain": "minas.myshopify.com"}).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_end_as_ignored_or_dead_with_a_reason(
    client: FlaskClient, oscar: Store, name: str
) -> None:
    assert call(client, HOSTILE[name]) == 200
    (row,) = kept(oscar)
    process_webhooks([(oscar.id, row.id)])
    (row,) = kept(oscar)
    assert row.state in {WebhookState.IGNORED, WebhookState.DEAD}, (row.state, row.reason)
    assert row.reason


def test_an_unknown_topic_is_ignored_with_its_name(client: FlaskClient, oscar: Store) -> None:
    assert call(client, {"id": 1}, X_Shopify_Topic="themes/publish") == 200
    process_webhooks([(oscar.id, kept(oscar)[0].id)])
    (row,) = kept(oscar)
    assert row.state is WebhookState.IGNORED
    assert "themes/publish" in row.reason


def woo(client: FlaskClient, store: Store, body: bytes, secret: str, **changes: str) -> int:
    """One delivery by WooCommerce."""
    headers = {
        "X-WC-Webhook-Topic": "order.updated",
        "X-WC-Webhook-Delivery-ID": "d-1",
        "X-WC-Webhook-Signature": signing.sign(body, secret),
        "Content-Type": "application/json",
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    path = f"/hooks/woocommerce/{store.public_id}"
    return client.post(path, data=body, headers=headers).status_code


def test_each_woocommerce_store_has_its_own_secret_and_the_last_one_still_works(
    client: FlaskClient, mina: Store
) -> None:
    (secret,) = webhook_secrets(runtime().vault, mina)
    assert woo(client, mina, b'{"id": 1}', secret) == 200
    assert woo(client, mina, b'{"id": 1}', "hush-test-app") == 401
    assert woo(client, mina, b'{"id": 1}', "") == 401
    sessions = runtime().sessions
    info = StoreInfo("Shop", "USD", "UTC", "https://shop.example", "")
    with Session(sessions.app) as session, session.begin():
        new = installs.NewStore("woocommerce", mina.domain, {"consumer_key": "k"}, sandbox=True)
        again, fresh = installs.connect(session, runtime().vault, new, info, START, mina.id)
        assert again.public_id == mina.public_id
    client.application.extensions["cartwright_stores"]._known.clear()
    assert woo(client, mina, b'{"id": 2}', secret) == 200
    assert woo(client, mina, b'{"id": 3}', fresh) == 200
    assert len(kept(mina)) == 3


def test_the_unsigned_ping_is_answered_and_kept_nowhere(client: FlaskClient, mina: Store) -> None:
    answer = client.post(
        f"/hooks/woocommerce/{mina.public_id}",
        data=b"webhook_id=1",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 200
    assert kept(mina) == []


def test_one_delivery_id_on_two_bodies_is_two_deliveries(client: FlaskClient, mina: Store) -> None:
    (secret,) = webhook_secrets(runtime().vault, mina)
    assert woo(client, mina, b'{"id": 1}', secret) == 200
    assert woo(client, mina, b'{"id": 2}', secret) == 200
    assert woo(client, mina, b'{"id": 2}', secret) == 200
    assert len(kept(mina)) == 2


def test_a_stranger_s_address_is_answered_like_a_wrong_signature(client: FlaskClient) -> None:
    answer = client.post("/hooks/woocommerce/no-such-store", data=b"{}")
    assert answer.status_code == 401
