"""What a WooCommerce store may say, case by case, and what we make of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import is_dataclass, replace
from datetime import UTC, datetime, timedelta
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
    mark = ConsentMark("email", ConsentState.YES, cart.source_at, "checkout")
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


def test_an_unreadable_quantity_of_a_cart_is_malformed() -> None:
    item = {"name": "Jar", "quantity": "inf", "price": "1"}
    with pytest.raises(Malformed, match=r"cart\.updated"):
        events("cart.updated", {**CART, "items": [item]})


def test_an_order_that_is_gone_takes_its_cart_along() -> None:
    (cancelled, closed) = events("order.updated", order(status="trash"))
    assert cancelled == OrderCancelled("7", CHANGED)
    assert closed == CartClosed(("order:7",), CHANGED)
    assert events("order.deleted", {"id": 7}) == [
        OrderCancelled("7", NOW),
        CartClosed(("order:7",), NOW),
    ]


def control_characters(value: Any) -> list[str]:
    """The texts of an event that a database would not take."""
    return [text for text in texts(value) if not text.isprintable()]


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = vars(value).values() if is_dataclass(value) else value
    return [t for v in inner for t in texts(v)] if isinstance(inner, Iterable) else []


def soiled(value: Any) -> Any:
    """Every text of a body with what nobody sees in it."""
    if isinstance(value, dict):
        return {key: soiled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [soiled(one) for one in value]
    kept = {"pending", "EUR", "KRW", "cart", "stripe"}
    plain = not isinstance(value, str) or value in kept or value[:4].replace(".", "").isdigit()
    return value if plain else f"{value[:2]}\x00\u202e{value[2:]}\r\n"


def test_what_nobody_sees_is_taken_out_of_every_text() -> None:
    line = {"name": "Jar &#0; - S", "parent_name": "Jar &#1;", "image": {"src": "https://i"}}
    address = {"first_name": "Ana", "last_name": "Kim", "country": "DE", "state": "Berlin"}
    fields = [{"key": "_cartwright_cart", "value": "t_1"}]
    body = order(billing=address, line_items=[line], coupon_lines=[{"code": "SAVE"}])
    dirty = soiled({**body, "number": "No. 7"}) | {
        "meta_data": [{**field, "value": soiled(field["value"])} for field in fields]
    }
    for status in ("pending", "processing", "failed"):
        found = events("order.updated", {**dirty, "status": status})
        assert control_characters(found) == []
    assert control_characters(events("cart.updated", soiled(CART))) == []
    assert control_characters(events("customer.updated", soiled({"id": 1, **address}))) == []
    assert control_characters(events("order.deleted", {"id": "7\x00"})) == []
    assert control_characters(events("order.updated", {"code": "a\x00b"})) == []
    (changed, *_) = events("order.updated", {**dirty, "status": "pending"})
    assert isinstance(changed, CartChanged)
    assert (changed.cart.person.first_name, changed.cart.tokens) == ("Ana", ("t_1",))


def test_a_time_in_the_future_freezes_nothing() -> None:
    latest = NOW + timedelta(minutes=5)
    later = {"date_modified_gmt": "2099-01-01T00:00:00", "date_created_gmt": "2099-01-01T00:00:00"}
    (placed,) = events("order.updated", order(**later))
    assert isinstance(placed, OrderPlaced)
    assert (placed.order.source_at, placed.order.placed_at) == (latest, latest)
    changed, said = events("cart.updated", {**CART, "modified_gmt": "2099-01-01T00:00:00"})
    assert isinstance(changed, CartChanged)
    assert isinstance(said, ConsentChanged)
    assert (changed.cart.source_at, said.marks[0].at) == (latest, latest)
    assert events("order.updated", order(status="cancelled", **later)) == [
        OrderCancelled("7", latest)
    ]


def test_headers_that_nobody_signed_stay_short() -> None:
    def key(topic: str, delivery: str) -> RawWebhook:
        headers = [("X-WC-Webhook-Topic", topic), ("X-WC-Webhook-Delivery-ID", delivery)]
        return WooCommerce.read_webhook(headers, b"{}")

    long = [key("order.\x00" + "x" * 5000, "y" * 5000), key("order.\x00" + "x" * 5000, "y" * 5001)]
    assert all(len(w.dedup_key) == 64 and w.dedup_key.isalnum() for w in long)
    assert all(len(w.topic) <= 100 and w.topic.isprintable() for w in long)
    assert all(len(w.event_id) <= 100 for w in long)
    assert long[0].dedup_key != long[1].dedup_key
