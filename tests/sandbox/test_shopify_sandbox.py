"""The sandbox store's deliveries: signed, repeated, kept, and of the true form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.signing import is_valid
from tests.contract_data import CONTRACTS, needs_contracts
from tests.sandbox.shopify_shop import Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


# ---------------------------------------------------------------- deliveries


def test_a_delivery_is_signed_over_its_raw_bytes(shop: Shop) -> None:
    shop.subscribe("CHECKOUTS_CREATE")
    shop.cart(first_name="Zoë <b>")
    shop.store.drain(10)
    ((pairs, body),) = shop.catcher.got
    headers = dict(pairs)
    assert is_valid(body, headers["X-Shopify-Hmac-Sha256"], ["hush"])
    assert headers["X-Shopify-Shop-Domain"] == "oscars-outdoor.myshopify.com"
    assert headers["X-Shopify-Api-Version"] == "2026-10"
    assert "Zoë <b>".encode() in body


def test_one_action_has_one_event_id_and_each_delivery_its_own(shop: Shop) -> None:
    shop.subscribe("CARTS_CREATE", "CHECKOUTS_CREATE")
    shop.cart()
    headers = [headers for headers, _ in shop.got()]
    assert len({one["X-Shopify-Event-Id"] for one in headers}) == 1
    assert len({one["X-Shopify-Webhook-Id"] for one in headers}) == len(headers) == 2


def test_a_refused_delivery_comes_again_unchanged(shop: Shop) -> None:
    shop.subscribe("CARTS_CREATE")
    shop.catcher.refusals = 2
    shop.cart(stage="cart")
    assert shop.store.drain(10)
    (first, *again) = [
        (dict(headers)["X-Shopify-Webhook-Id"], b) for headers, b in shop.catcher.got
    ]
    assert again == [first, first]
    assert shop.state()["subscriptions"] == 1


def test_a_delivery_that_is_given_up_takes_its_subscription_along(shop: Shop) -> None:
    shop.subscribe("CARTS_CREATE", "CHECKOUTS_CREATE")
    shop.catcher.status = 500
    shop.cart(stage="cart")
    assert len(shop.got()) == 3
    assert shop.state()["subscriptions"] == 1
    told = shop.state()["webhooks"]
    assert (told["sent"], told["accepted"], told["failed"]) == (3, 0, 3)


def test_held_lost_and_doubled_deliveries(shop: Shop) -> None:
    shop.subscribe("CARTS_CREATE")
    shop.do("faults", hold_webhooks=True)
    shop.cart(stage="cart")
    assert not shop.store.drain(0.1)
    assert shop.catcher.got == []
    shop.do("faults", hold_webhooks=False, drop_webhooks=1)
    assert shop.got() == []
    shop.do("faults", duplicate_webhooks=1)
    shop.cart(stage="cart")
    first, second = shop.got()
    assert first == second


def test_nothing_leaves_this_machine(shop: Shop) -> None:
    shop.subscribe("CARTS_CREATE", uri="https://hooks.example/shopify")
    shop.cart(stage="cart")
    assert shop.store.drain(10)
    assert shop.state()["webhooks"]["accepted"] == 0


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    before = Shop(tmp_path)
    before.subscribe("CARTS_CREATE")
    before.do("faults", hold_webhooks=True)
    cart = before.cart(stage="cart")
    before.code()
    before.store.stop()
    again = Shop(tmp_path)
    try:
        assert again.store.drain(10)
        ((_, body),) = [(h, json.loads(b)) for h, b in before.catcher.got]
        assert body["token"] == cart
        assert [code["code"] for code in again.state()["codes"]] == ["BACK-1"]
        assert again.do(f"carts/{cart}/order", outcome="paid")["order"]
    finally:
        again.close()
        before.catcher.stop()


# ---------------------------------------------------------------- bodies


def alike(sample: Any, ours: Any, path: str = "") -> list[str]:
    """Where our body lacks a field of the official sample, has one more, or another type."""
    if sample is None or ours is None or sample == [] or ours == []:
        return []
    if isinstance(sample, dict) and isinstance(ours, dict):
        wrong = [f"{path}.{name}" for name in sample.keys() ^ ours.keys()]
        both = sample.keys() & ours.keys()
        return wrong + [w for k in both for w in alike(sample[k], ours[k], f"{path}.{k}")]
    if isinstance(sample, list) and isinstance(ours, list):
        return alike(sample[0], ours[0], f"{path}[]")
    return [] if type(sample) is type(ours) else [f"{path}: {type(ours).__name__}"]


@needs_contracts
@pytest.mark.parametrize(
    "topic",
    [
        "carts/create",
        "carts/update",
        "checkouts/create",
        "checkouts/update",
        "customers/create",
        "customers_email_marketing_consent/update",
        "customers_marketing_consent/update",
        "orders/create",
        "orders/paid",
        "orders/updated",
        "orders/cancelled",
        "refunds/create",
    ],
)
def test_a_body_has_the_official_samples_form(shop: Shop, topic: str) -> None:
    shop.subscribe(topic.replace("/", "_").upper())
    cart = shop.cart(accepts_sms=True)
    shop.do(f"carts/{cart}", items=[{"product_id": "8001000000004", "quantity": 1}])
    order = shop.do(f"carts/{cart}/order", outcome="paid")["order"]
    shop.do(f"orders/{order}/refund", amount="1.00")
    shop.do(f"orders/{order}/cancel")
    name = topic.replace("/", "_") + ".json"
    sample = json.loads((CONTRACTS / "shopify/payloads" / name).read_text())
    assert shop.got(topic)
    for _, body in shop.got(topic):
        assert alike(sample, body) == []


def test_an_order_links_back_to_its_checkout(shop: Shop) -> None:
    shop.subscribe("CHECKOUTS_UPDATE", "ORDERS_CREATE")
    shop.do(f"carts/{shop.cart()}/order", outcome="paid", gateway="bogus")
    ((_, checkout),) = shop.got("checkouts/update")
    ((_, order),) = shop.got("orders/create")
    assert checkout["completed_at"]
    assert (order["checkout_token"], order["cart_token"]) == (
        checkout["token"],
        checkout["cart_token"],
    )
    assert order["payment_gateway_names"] == ["bogus"]
    assert "image" not in checkout["line_items"][0]


def test_consent_comes_by_topic_and_by_box(shop: Shop) -> None:
    shop.subscribe("CHECKOUTS_CREATE", "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE")
    shop.cart(accepts_email=False)
    shop.cart(accepts_email=True)
    shop.cart(accepts_email=True)
    boxes = [body["buyer_accepts_marketing"] for _, body in shop.got("checkouts/create")]
    assert boxes == [False, True, True]
    assert len(shop.got("customers_email_marketing_consent/update")) == 1


def test_a_failed_payment_makes_no_order_and_a_quiet_one_tells_nobody(shop: Shop) -> None:
    shop.subscribe("ORDERS_CREATE")
    cart = shop.cart()
    assert shop.do(f"carts/{cart}/order", outcome="failed")["order"] == ""
    assert shop.do(f"carts/{cart}/order", outcome="on-hold", quiet=True)["order"]
    assert shop.got() == []
    assert [order["financial_status"] for order in shop.state()["orders"]] == ["pending"]
    assert "error" in shop.do(f"carts/{cart}/order", outcome="paid")
