"""Webhooks over HTTP: kept before they are answered, refused without a trace."""

from __future__ import annotations

import json
import queue
import threading
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from connector import signing
from connector.app import create_app
from connector.models import Store, Webhook, WebhookState
from connector.ports.platform import StoreInfo
from connector.services import installs
from connector.session import Sessions
from connector.web.intake import Intake, Unavailable
from jobs.adapters import webhook_secrets
from jobs.runtime import runtime
from jobs.webhooks import process_webhooks
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


@pytest.fixture
def app(service: Sessions) -> Flask:
    """The web application on the test servers."""
    return create_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who calls it."""
    return app.test_client()


@pytest.fixture
def oscar(service: Sessions) -> Store:
    """Oscar's store on Shopify."""
    return connected(service, "shopify", SHOP, {"access_token": "t"})


@pytest.fixture
def mina(service: Sessions) -> Store:
    """Mina's store on WooCommerce."""
    keys = {"consumer_key": "ck", "consumer_secret": "cs"}
    return connected(service, "woocommerce", "https://minas-ceramics.example", keys)


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


def test_a_signed_delivery_is_on_disk_when_it_is_answered(
    client: FlaskClient, oscar: Store
) -> None:
    assert call(client, CHECKOUT) == 200
    (row,) = kept(oscar)
    assert (row.topic, row.state, row.dedup_key) == ("checkouts/update", "received", "w-1")
    assert json.loads(row.body or b"") == CHECKOUT


def test_repeats_are_welcome_and_kept_once(client: FlaskClient, oscar: Store) -> None:
    assert [call(client, CHECKOUT) for _ in range(3)] == [200, 200, 200]
    assert len(kept(oscar)) == 1


@pytest.mark.parametrize(
    "signature",
    ["", "AAAA", "not base64 at all", "é" * 44, signing.sign(b"{}", "another secret")],
)
def test_a_wrong_signature_leaves_no_trace(
    client: FlaskClient, oscar: Store, signature: str
) -> None:
    assert call(client, CHECKOUT, X_Shopify_Hmac_Sha256=signature) == 401
    assert kept(oscar) == []


def test_a_missing_or_doubled_signature_is_refused(client: FlaskClient, oscar: Store) -> None:
    raw = json.dumps(CHECKOUT).encode()
    headers = shopify_headers(raw)
    good = headers.pop("X-Shopify-Hmac-Sha256")
    assert client.post("/hooks/shopify", data=raw, headers=headers).status_code == 401
    twice = [*headers.items(), *[("X-Shopify-Hmac-Sha256", good)] * 2]
    assert client.post("/hooks/shopify", data=raw, headers=twice).status_code == 401
    assert kept(oscar) == []


def test_every_compliance_topic_is_refused_with_401_when_forged(client: FlaskClient) -> None:
    for topic in ("customers/data_request", "customers/redact", "shop/redact"):
        assert call(client, {}, X_Shopify_Topic=topic, X_Shopify_Hmac_Sha256="AAAA") == 401


def test_a_body_of_more_than_a_megabyte_is_refused(client: FlaskClient, oscar: Store) -> None:
    assert call(client, b" " * (1024 * 1024 + 1)) == 413
    assert kept(oscar) == []


def test_a_shop_that_we_do_not_know_is_answered_and_forgotten(
    client: FlaskClient, oscar: Store
) -> None:
    assert call(client, CHECKOUT, X_Shopify_Shop_Domain="other.myshopify.com") == 200
    assert kept(oscar) == []


def test_one_bad_row_does_not_take_its_neighbours_along(service: Sessions, oscar: Store) -> None:
    intake = Intake(service)
    good = {
        "store_id": oscar.id,
        "topic": "t",
        "event_id": "",
        "triggered_at": None,
        "happened_at": START,
        "body": b"{}",
    }
    rows = [
        {**good, "dedup_key": "a"},
        {**good, "dedup_key": "b", "topic": "with \x00 in it"},
        {**good, "dedup_key": "c", "store_id": 999_999},
        {**good, "dedup_key": "d"},
    ]
    answers: dict[int, bool] = {}

    def deliver(index: int) -> None:
        answers[index] = intake.keep(rows[index])

    threads = [threading.Thread(target=deliver, args=(i,)) for i in range(len(rows))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {0: True, 1: False, 2: False, 3: True}
    assert sorted(row.dedup_key for row in kept(oscar)) == ["a", "d"]


def test_without_a_database_the_answer_is_503_in_time(
    client: FlaskClient, oscar: Store, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    assert call(client, CHECKOUT) == 200  # the store is known
    away = create_engine(
        "postgresql+psycopg://x@/x?host=/nowhere", connect_args={"connect_timeout": 3}
    )
    monkeypatch.setitem(app.extensions, "cartwright_intake", Intake(Sessions(away, away)))
    began = time.monotonic()
    assert call(client, CHECKOUT, X_Shopify_Webhook_Id="w-2") == 503
    assert time.monotonic() - began < 1.0


def test_a_row_that_was_not_answered_is_not_promised() -> None:
    with pytest.raises(Unavailable):
        Intake.keep(_Stuck(), {})  # type: ignore[arg-type]


class _Stuck:
    """An intake whose writer never comes."""

    def __init__(self) -> None:
        self._waiting: Any = queue.SimpleQueue()


def test_two_thousand_at_once_are_slower_never_lost(app: Flask, oscar: Store) -> None:
    statuses: list[int] = []

    def burst(first: int) -> None:
        with app.test_client() as client:
            statuses.extend(
                call(client, CHECKOUT, X_Shopify_Webhook_Id=f"w-{number}")
                for number in range(first, first + 100)
            )

    threads = [threading.Thread(target=burst, args=(n * 100,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = statuses.count(200)
    assert set(statuses) <= {200, 503}
    assert len(kept(oscar)) >= accepted > 1000


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
