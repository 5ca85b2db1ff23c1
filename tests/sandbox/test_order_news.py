"""The sandbox stores on what follows an order, and on accounts: in the true form."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.contract_data import CONTRACTS, needs_contracts
from tests.contracts.bench import ANA
from tests.sandbox.shopify_shop import Shop
from tests.sandbox.test_shopify_sandbox import alike
from tests.sandbox.woocommerce_shop import Shop as WooShop

ACCOUNT = (
    Path(__file__).resolve().parents[1] / "payloads/woocommerce/wc1092__customer.created__x__1.json"
)


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


def unpaid(shop: Shop) -> str:
    placed = shop.do(f"carts/{shop.cart()}/order", outcome="on-hold", gateway="bank")
    return str(placed["order"])


def test_shopify_tells_payment_and_parcel_by_their_topics(shop: Shop) -> None:
    shop.subscribe("ORDERS_PAID", "ORDERS_FULFILLED", "ORDERS_UPDATED")
    number = unpaid(shop)
    assert shop.do(f"orders/{number}/pay") == {"order": number}
    assert shop.do(f"orders/{number}/fulfill") == {"order": number}
    ((_, paid),) = shop.got("orders/paid")
    ((_, sent),) = shop.got("orders/fulfilled")
    assert (paid["financial_status"], paid["fulfillments"]) == ("paid", [])
    assert (sent["fulfillment_status"], len(sent["fulfillments"])) == ("fulfilled", 1)
    assert [body for _, body in shop.got("orders/updated")] == [paid, sent]


def test_what_cannot_follow_is_refused(shop: Shop) -> None:
    number = unpaid(shop)
    shop.do(f"orders/{number}/pay")
    assert "error" in shop.do(f"orders/{number}/pay")
    shop.do(f"orders/{number}/fulfill")
    assert "error" in shop.do(f"orders/{number}/fulfill")
    shop.do(f"orders/{number}/cancel")
    assert "error" in shop.do(f"orders/{number}/fulfill")


@needs_contracts
def test_a_fulfilled_order_has_the_official_form(shop: Shop) -> None:
    shop.subscribe("ORDERS_FULFILLED")
    shop.do(f"orders/{unpaid(shop)}/fulfill")
    ((_, body),) = shop.got("orders/fulfilled")
    folder = CONTRACTS / "shopify"
    sample = json.loads((folder / "payloads/orders_fulfilled.json").read_text())
    assert alike(sample, body) == []
    schema = json.loads((folder / "webhook-schemas/orders_fulfilled.json").read_text())
    parcel = schema["properties"]["fulfillments"]["items"]
    assert set(parcel["required"]) <= set(body["fulfillments"][0]) <= set(parcel["properties"])


@needs_contracts
def test_a_new_account_of_shopify_has_the_official_form(shop: Shop) -> None:
    shop.subscribe("CUSTOMERS_CREATE")
    assert shop.do("customers", **ANA)["customer"]
    assert "error" in shop.do("customers", **ANA)
    assert "error" in shop.do("customers")
    ((_, body),) = shop.got("customers/create")
    sample = json.loads((CONTRACTS / "shopify/payloads/customers_create.json").read_text())
    assert alike(sample, body) == []


def test_a_new_account_of_woocommerce_has_the_recorded_form() -> None:
    shop = WooShop()
    try:
        shop.watch("customer.created")
        assert shop.do("customers", **ANA)["customer"] == "2"  # the merchant is the first
        again = requests.post(f"{shop.store.url}/_sandbox/customers", json=ANA, timeout=5)
        assert again.status_code == 400  # WordPress has one account to an address
        ((_, body),) = shop.got()
    finally:
        shop.close()
    recorded = json.loads(base64.b64decode(json.loads(ACCOUNT.read_text())["body_b64"]))
    assert alike(recorded, body) == []
    assert body["role"] == "customer"
