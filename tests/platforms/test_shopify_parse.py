"""Shopify's deliveries as events: the official samples, and what they do not show."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.domain.carts import CartKind
from connector.domain.money import Money
from connector.errors import Malformed
from connector.ports.events import (
    AppUninstalled,
    CartChanged,
    CartClosed,
    ContactChanged,
    DataAsked,
    ErasureAsked,
    Ignored,
    OrderCancelled,
    OrderRefunded,
    ProductChanged,
    ScopesChanged,
    StoreEvent,
)
from connector.ports.platform import RawWebhook
from platforms.shopify.adapter import Shopify
from tests.contract_data import CONTRACTS, needs_contracts
from tests.platforms.shopify_deliveries import NOW, SHOP, checkout, one, order, parse

SAMPLES: dict[str, type[StoreEvent]] = {
    "app/scopes_update": ScopesChanged,
    "app/uninstalled": AppUninstalled,
    "app_subscriptions/update": Ignored,
    "bulk_operations/finish": Ignored,
    "carts/create": CartChanged,
    "carts/update": CartChanged,
    "checkouts/create": CartChanged,
    "checkouts/delete": CartClosed,
    "checkouts/update": CartChanged,
    "customer.tags_added": Ignored,
    "customer.tags_removed": Ignored,
    "customers/create": ContactChanged,
    "customers/data_request": DataAsked,
    "customers/delete": Ignored,
    "customers/merge": Ignored,
    "customers/redact": ErasureAsked,
    "customers/update": ContactChanged,
    "customers_email_marketing_consent/update": Ignored,  # the sample says "not_subscribed"
    "customers_marketing_consent/update": Ignored,  # the sample has no state
    "customers_whats_app_marketing_consent/update": Ignored,
    "discounts/create": Ignored,
    "discounts/delete": Ignored,
    "discounts/redeemcode_added": Ignored,
    "discounts/update": Ignored,
    "draft_orders/create": Ignored,
    "fulfillments/create": Ignored,
    "orders/cancelled": OrderCancelled,
    "orders/create": OrderCancelled,  # all samples of orders are voided ones
    "orders/delete": OrderCancelled,
    "orders/fulfilled": OrderCancelled,
    "orders/paid": OrderCancelled,
    "orders/updated": OrderCancelled,
    "products/delete": ProductChanged,
    "products/update": ProductChanged,
    "refunds/create": OrderRefunded,
    "shop/redact": ErasureAsked,
    "shop/update": Ignored,
    "variants/in_stock": Ignored,
    "variants/out_of_stock": Ignored,
}


# ---------------------------------------------------------------- the official samples


@needs_contracts
def test_every_sample_is_in_the_table() -> None:
    sources = json.loads((CONTRACTS / "shopify/payloads/SOURCES.json").read_text())
    assert sorted(source["topic"] for source in sources.values()) == sorted(SAMPLES)


@needs_contracts
@pytest.mark.parametrize("topic", SAMPLES)
def test_a_sample_comes_out_as_the_right_event(topic: str) -> None:
    name = topic.replace("/", "_") + ".json"
    body = (CONTRACTS / "shopify/payloads" / name).read_bytes()
    events = SHOP.parse(RawWebhook(topic, body, "", "k"), NOW)
    assert [type(event) for event in events] == [SAMPLES[topic]]
    assert all(event.reason for event in events if isinstance(event, Ignored))


@needs_contracts
def test_the_samples_cart_and_checkout_are_read_whole() -> None:
    folder = CONTRACTS / "shopify/payloads"
    checkout = one("checkouts/create", json.loads((folder / "checkouts_create.json").read_text()))
    assert checkout.cart.total == Money("USD", 42188)
    assert [line.unit_price.minor for line in checkout.cart.lines] == [19900, 19900]
    assert checkout.cart.person.email == "example@email.com"
    assert (checkout.cart.person.country, checkout.cart.person.province) == ("US", "KY")
    cart = one("carts/create", json.loads((folder / "carts_create.json").read_text()))
    assert (cart.cart.external_id, cart.cart.total) == ("exampleCartId", Money("USD", 5997))
    refund = one("refunds/create", json.loads((folder / "refunds_create.json").read_text()))
    assert refund.refund == Money("USD", 8500)


# ---------------------------------------------------------------- carts and checkouts


def test_cart_and_checkout_of_one_token_are_one_cart() -> None:
    cart = one("carts/update", {"token": "ca27?key=5ec2e7", "line_items": [{"price": "1.00"}]})
    begun = one("checkouts/create", checkout())
    assert cart.cart.external_id == begun.cart.external_id == "ca27"
    assert begun.cart.tokens == ("ca27", "c0ffee")
    assert (cart.cart.kind, begun.cart.kind) == (CartKind.CART, CartKind.CHECKOUT)


def test_a_checkout_without_a_cart_goes_by_its_own_token() -> None:
    assert one("checkouts/create", checkout(cart_token=None)).cart.external_id == "c0ffee"


def test_a_checkout_is_read_whole() -> None:
    cart = one("checkouts/update", checkout()).cart
    assert cart.source_at == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    assert cart.person.email == "Ana@Example.com"
    assert cart.recovery_url.endswith("r?key=k")
    assert cart.locale == "en-US"
    assert cart.completed_at is None
    (line,) = cart.lines
    assert (line.product_id, line.variant_id, line.quantity) == ("11", "12", 2)
    assert line.unit_price == Money("USD", 24900)


def test_a_completed_checkout_says_so() -> None:
    done = one("checkouts/update", checkout(completed_at="2026-11-22T03:31:00-05:00"))
    assert done.cart.completed_at == datetime(2026, 11, 22, 8, 31, tzinfo=UTC)


def test_a_checkout_may_come_without_anybody_and_without_its_link() -> None:
    """As recorded from a real store; and as apps without level 2 access get it."""
    body = checkout(email=None, customer=None, abandoned_checkout_url=None)
    cart = one("checkouts/create", body).cart
    assert not cart.person.reachable
    assert cart.recovery_url == ""


def test_an_emptied_cart_is_closed() -> None:
    closed = one("carts/update", {"token": "ca27", "line_items": []})
    assert closed == CartClosed(("ca27",), NOW)
    assert isinstance(one("checkouts/update", checkout(line_items=[])), CartClosed)


def test_a_custom_line_keeps_its_title() -> None:
    line = {"title": "Engraving", "quantity": 1, "price": "5.00", "properties": {}}
    cart = one("checkouts/update", checkout(line_items=[line])).cart
    assert (cart.lines[0].title, cart.lines[0].product_id) == ("Engraving", "")


def test_money_without_small_coins_is_exact() -> None:
    line = {"title": "Mug", "quantity": 2, "price": "12000"}
    body = checkout(currency="KRW", total_price="24000", line_items=[line])
    cart = one("checkouts/update", body).cart
    assert (cart.total, cart.lines[0].unit_price) == (Money("KRW", 24000), Money("KRW", 12000))


def test_a_hostile_title_stays_text() -> None:
    line = {"title": "\x00<script>\r\nBcc: x\u202e", "quantity": 1, "price": "5.00"}
    cart = one("checkouts/update", checkout(line_items=[line])).cart
    assert cart.lines[0].title == "<script> Bcc: x"


def test_an_address_with_hidden_characters_is_none() -> None:
    for email in ("an\x00a@example.com", "\u202eana@example.com", "ana@example.com\nBcc: x@y.ex"):
        assert one("checkouts/update", checkout(email=email)).cart.person.email == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "usd"},
        {"currency": ""},
        {"total_price": "NaN"},
        {"total_price": "1e99"},
        {"total_price": "12.345"},
        {"total_price": {}},
        {"token": ""},
        {"token": None},
        {"token": 7},
        {"updated_at": "yesterday"},
        {"updated_at": "2026-11-22T03:30:00"},
        {"updated_at": "0001-01-01T00:00:00+23:00"},
        {"line_items": None},
        {"line_items": [{"quantity": -1}]},
        {"line_items": [{"quantity": 10**12}]},
        {"line_items": [{"price": "Infinity"}]},
        {"customer": []},
        {"email": ["a@b.example"]},
    ],
)
def test_a_wrong_field_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse("checkouts/update", checkout(**changes))


def test_a_time_in_the_future_freezes_nothing() -> None:
    latest, future = NOW + timedelta(minutes=5), "2099-01-01T00:00:00Z"
    begun = one("checkouts/update", checkout(updated_at=future)).cart
    assert begun.source_at == latest
    bought = one("orders/create", order(created_at=future, updated_at=future)).order
    assert (bought.source_at, bought.placed_at) == (latest, latest)
    webhook = RawWebhook(
        "carts/update",
        json.dumps({"token": "ca27", "line_items": [], "updated_at": future}).encode(),
        "",
        "k",
        triggered_at=NOW - timedelta(hours=4),  # unsigned: it moves no limit
    )
    assert SHOP.parse(webhook, NOW) == [CartClosed(("ca27",), latest)]


def test_headers_that_nobody_signed_stay_short() -> None:
    headers = [
        ("X-Shopify-Topic", "orders/\x00" + "x" * 5000),
        ("X-Shopify-Event-Id", "y" * 5000),
        ("X-Shopify-Webhook-Id", "a\x00b"),
    ]
    webhook = Shopify.read_webhook(headers, b"{}")
    assert len(webhook.topic) <= 100
    assert webhook.topic.isprintable()
    assert len(webhook.event_id) <= 100
    assert webhook.dedup_key.isprintable()
