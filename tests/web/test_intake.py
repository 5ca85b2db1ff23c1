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
from sqlalchemy import create_engine

from connector import signing
from connector.models import Store
from connector.session import Sessions
from connector.web.intake import Intake, Unavailable
from tests.stage import START
from tests.web.deliveries import CHECKOUT, call, kept, shopify_headers


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

    _patience_s = 0.05

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
