"""What a WooCommerce store may say, case by case, and what we make of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.domain.carts import CartKind
from connector.domain.money import Money
from connector.errors import ConfigError, Malformed
from connector.ports.events import (
    CartChanged,
    CartClosed,
    ConsentChanged,
    ConsentMark,
    ConsentState,
    Ignored,
    OrderCancelled,
    OrderFailed,
    OrderPlaced,
    OrderRefunded,
    StoreEvent,
)
from connector.ports.platform import RawWebhook, StoreAccount
from platforms.woocommerce.adapter import WooCommerce

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
BERLIN = StoreAccount("http://127.0.0.1:8081", "EUR", "Europe/Berlin", {})


def events(topic: str, body: Any, account: StoreAccount = BERLIN) -> list[StoreEvent]:
    webhook = RawWebhook(topic, json.dumps(body).encode(), "", "k")
    return WooCommerce(account).parse(webhook, NOW)


def order(**changes: Any) -> dict[str, Any]:
    base = {
        "id": 7,
        "status": "processing",
        "currency": "EUR",
        "total": "10.00",
        "number": "7",
        "payment_method": "stripe",
        "payment_url": "http://127.0.0.1:8081/pay",
        "date_modified_gmt": "2026-11-22T08:00:00",
        "billing": {"email": "ana@example.com", "country": "DE"},
    }
    return {**base, **changes}


CHANGED = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CART = {
    "id": "t_1",
    "revision": 3,
    "modified_gmt": "2026-11-22T08:00:00",
    "stage": "cart",
    "currency": "KRW",
    "locale": "ko_KR",
    "customer_id": 9,
    "email": "ana@example.com",
    "phone": "010-1234-5678",
    "first_name": "Ana",
    "last_name": "Kim",
    "country": "KR",
    "state": "KR-11",
    "items": [
        {
            "key": "k",
            "product_id": 16,
            "variation_id": 17,
            "name": "Salt &amp; Pepper",
            "quantity": 2,
            "price": "12000.00",
            "image": "https://x.example/i.jpg",
            "permalink": "https://x.example/p",
            "line_total": 24000.0,
        }
    ],
    "totals": {"total": "24000.00"},
    "checkout_url": "https://x.example/checkout/?cartwright_cart=t_1",
    "consent": {"email": True, "sms": None},
}


def test_a_whole_cart_of_our_plugin() -> None:
    changed, said = events("cart.updated", CART)
    assert isinstance(changed, CartChanged)
    cart = changed.cart
    assert (cart.kind, cart.total, cart.locale) == (CartKind.CART, Money("KRW", 24000), "ko-KR")
    line = cart.lines[0]
    assert (line.title, line.variant_id, line.unit_price) == (
        "Salt & Pepper",
        "17",
        Money("KRW", 12000),
    )
    assert cart.person.phone == "+821012345678"
    assert (cart.person.customer_id, cart.source_at) == ("9", CHANGED.replace(microsecond=3))
    mark = ConsentMark("email", ConsentState.YES, cart.source_at, "checkout", repeated=True)
    assert said == ConsentChanged(cart.person, (mark,))


@pytest.mark.parametrize("empty", [{"items": []}, {"items": [], "totals": [], "consent": []}])
def test_an_emptied_cart_is_closed(empty: dict[str, Any]) -> None:
    assert events("cart.updated", {"id": "t_1", **empty}) == [CartClosed(("t_1",), NOW)]


def test_a_cart_that_the_shop_has_not_added_up_yet_is_added_up() -> None:
    changed, *_ = events("cart.updated", {**CART, "totals": []})
    assert isinstance(changed, CartChanged)
    assert changed.cart.total == Money("KRW", 24000)


@pytest.mark.parametrize(
    ("gateway", "status", "kinds"),
    [
        ("stripe", "pending", [CartChanged]),
        ("stripe", "failed", [CartChanged, OrderFailed]),
        ("stripe", "checkout-draft", [CartChanged]),
        ("cod", "checkout-draft", [CartChanged]),
        ("bacs", "on-hold", [OrderPlaced]),
        ("stripe", "completed", [OrderPlaced]),
        ("cod", "pending", [OrderPlaced]),
        ("cod", "failed", [CartChanged, OrderFailed]),
        ("cod", "cancelled", [OrderCancelled]),
        ("", "cancelled", [OrderCancelled]),
        ("stripe", "trash", [OrderCancelled, CartClosed]),
        ("stripe", "refunded", [OrderPlaced, OrderRefunded]),
        ("stripe", "auto-draft", [Ignored]),
        ("stripe", "awaiting-shipment", [Ignored]),
    ],
)
def test_the_meaning_of_a_status_goes_by_gateway(
    gateway: str, status: str, kinds: list[type]
) -> None:
    found = events("order.updated", order(payment_method=gateway, status=status))
    assert [type(event) for event in found] == kinds


def test_an_unknown_status_is_named() -> None:
    (ignored,) = events("order.updated", order(status="awaiting-shipment"))
    assert isinstance(ignored, Ignored)
    assert "awaiting-shipment" in ignored.reason


def test_a_merchant_may_explain_statuses() -> None:
    meanings = {"*:awaiting-shipment": "order", "stripe:on-hold": "unpaid"}
    told = replace(BERLIN, options={"order_meanings": json.dumps(meanings)})
    for status, kind in (("awaiting-shipment", OrderPlaced), ("on-hold", CartChanged)):
        (event,) = events("order.updated", order(status=status), told)
        assert isinstance(event, kind)


def test_an_unreadable_explanation_is_said_to_be_one() -> None:
    with pytest.raises(ConfigError, match="order_meanings"):
        events("order.updated", order(), replace(BERLIN, options={"order_meanings": '{"a": "b"}'}))


def test_an_order_names_the_cart_it_was() -> None:
    fields = [{"id": 1, "key": "_cartwright_cart", "value": "t_1"}]
    (placed,) = events("order.created", order(meta_data=fields))
    assert isinstance(placed, OrderPlaced)
    assert placed.order.cart_tokens == ("order:7", "t_1")


def test_an_order_on_another_device_names_the_cart_whose_link_filled_it_too() -> None:
    fields = [
        {"id": 1, "key": "_cartwright_cart", "value": "t_2"},
        {"id": 2, "key": "_cartwright_from", "value": "t_1"},
    ]
    (placed,) = events("order.created", order(meta_data=fields))
    assert isinstance(placed, OrderPlaced)
    assert placed.order.cart_tokens == ("order:7", "t_2", "t_1")


def test_consent_is_only_what_was_said() -> None:
    fields = [
        {"key": "_cartwright_email_consent", "value": "no"},
        {"key": "_cartwright_sms_consent", "value": ""},
        {"key": "other", "value": {"a": [1]}},
    ]
    _, said = events("order.created", order(meta_data=fields))
    assert isinstance(said, ConsentChanged)
    assert said.marks == (ConsentMark("email", ConsentState.NO, CHANGED, "checkout"),)


def test_part_of_the_money_back_leaves_a_purchase() -> None:
    refunds = [{"id": 8, "reason": "", "total": "-2.50"}, {"id": 9, "total": "-1.00"}]
    _, *back = events("order.updated", order(refunds=refunds))
    assert back == [
        OrderRefunded("7", CHANGED, "8", Money("EUR", 250)),
        OrderRefunded("7", CHANGED, "9", Money("EUR", 100)),
    ]


def test_a_refund_by_status_alone_is_of_all() -> None:
    _, back = events("order.updated", order(status="refunded"))
    assert back == OrderRefunded("7", CHANGED, "total", Money("EUR", 1000))


@pytest.mark.parametrize(
    ("currency", "total", "minor"),
    [
        ("KRW", "12000.00", 12000),
        ("EUR", "10", 1000),
        ("EUR", "10.0050", 1001),
        ("KWD", "1.5", 1500),
    ],
)
def test_a_shop_may_show_any_number_of_decimals(currency: str, total: str, minor: int) -> None:
    (placed,) = events("order.updated", order(currency=currency, total=total))
    assert isinstance(placed, OrderPlaced)
    assert placed.order.total == Money(currency, minor)


def test_a_variation_is_named_apart_from_its_product() -> None:
    item = {"name": "T-Shirt - S", "parent_name": "T-Shirt", "product_id": 17, "variation_id": 18}
    (changed,) = events("order.updated", order(status="pending", line_items=[item]))
    assert isinstance(changed, CartChanged)
    line = changed.cart.lines[0]
    assert (line.title, line.variant_title, line.variant_id) == ("T-Shirt", "S", "18")


@pytest.mark.parametrize(
    "href", ["http://127.0.0.1:8082/wp-json/x", "https://evil.example/", "http://127.0.0.1/"]
)
def test_another_stores_order_is_not_ours(href: str) -> None:
    links = {"self": [{"href": href}]}
    assert events("order.updated", order(_links=links)) == [Ignored("another store's data")]


def test_a_store_in_a_folder_is_not_its_neighbour() -> None:
    ours = replace(BERLIN, domain="https://x.example/one")
    links = {"self": [{"href": "https://x.example/%s/wp-json/wc/v3/orders/7"}]}
    for folder, kind in (("one", OrderPlaced), ("one-two", Ignored), ("two", Ignored)):
        text = json.dumps(order(_links=links)).replace("%s", folder)
        (event,) = events("order.updated", json.loads(text), ours)
        assert isinstance(event, kind)


@pytest.mark.parametrize(
    "change",
    [
        {"total": "ten"},
        {"currency": "euro"},
        {"date_modified_gmt": "soon"},
        {"line_items": {}},
        *(
            {"status": "pending", "line_items": [{"name": "Jar", "quantity": quantity}]}
            for quantity in ("inf", "-inf", "nan", 1e300, 10**400, 2_000_000)
        ),
    ],
)
def test_an_order_that_makes_no_sense_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match=r"order\.updated"):
        events("order.updated", order(**change))


def test_an_order_that_is_gone_takes_its_cart_along() -> None:
    (cancelled, closed) = events("order.updated", order(status="trash"))
    assert cancelled == OrderCancelled("7", CHANGED)
    assert closed == CartClosed(("order:7",), CHANGED)
    assert events("order.deleted", {"id": 7}) == [
        OrderCancelled("7", NOW),
        CartClosed(("order:7",), NOW),
    ]
