"""What a WooCommerce store, or somebody in its place, may send to do harm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import is_dataclass
from datetime import timedelta
from typing import Any

import pytest

from connector.errors import Malformed
from connector.ports.events import CartChanged, ConsentChanged, OrderCancelled, OrderPlaced
from connector.ports.platform import RawWebhook
from platforms.woocommerce.adapter import WooCommerce
from tests.platforms.test_woocommerce_parse import CART, NOW, events, order


def test_an_unreadable_quantity_of_a_cart_is_malformed() -> None:
    item = {"name": "Jar", "quantity": "inf", "price": "1"}
    with pytest.raises(Malformed, match=r"cart\.updated"):
        events("cart.updated", {**CART, "items": [item]})


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
