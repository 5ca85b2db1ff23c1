"""What Shopify's deliveries say of an order's goods, money and parcels, and of new accounts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.domain.carts import CartLine, Payment
from connector.domain.money import Money
from connector.errors import Malformed
from tests.contract_data import CONTRACTS, needs_contracts
from tests.platforms.shopify_deliveries import checkout, one, order, parse

PLACED = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TENT = {
    "product_id": 11,
    "variant_id": 12,
    "title": "Trail Tent",
    "variant_title": "Moss",
    "quantity": 2,
    "price": "249.00",
    "price_set": {"shop_money": {"amount": "249.00", "currency_code": "USD"}},
}


def news(**changes: Any) -> Any:
    return one("orders/updated", order(**changes)).order


# ---------------------------------------------------------------- goods


def test_an_order_names_its_goods() -> None:
    custom = {"product_id": None, "variant_id": None, "title": "Engraving", "price": "5.00"}
    assert news(line_items=[TENT, custom]).lines == (
        CartLine("11", "12", "Trail Tent", 2, Money("USD", 24900), variant_title="Moss"),
        CartLine("", "", "Engraving", 1, Money("USD", 500)),
    )


@needs_contracts
def test_the_lines_of_the_official_sample() -> None:
    sample = json.loads((CONTRACTS / "shopify/payloads/orders_create.json").read_text())
    standing = {**sample, "cancelled_at": None, "financial_status": "pending"}
    placed = one("orders/create", standing).order
    assert len(placed.lines) == len(sample["line_items"]) == 5
    assert placed.lines[0] == CartLine(
        "788032119674292900", "", "Aviator sunglasses", 1, Money("USD", 8999)
    )
    assert (placed.paid_at, placed.fulfilled_at) == (None, None)


@pytest.mark.parametrize(
    "odd",
    [
        {"quantity": -1},
        {"quantity": 10**12},
        {"quantity": "two"},
        {"price": "Infinity"},
        {"price": "1e99"},
        {"price": {}, "price_set": None},
        {"title": ["Tent"]},
        {"product_id": {"a": 1}},
    ],
)
def test_an_odd_line_does_not_hide_a_purchase(odd: dict[str, Any]) -> None:
    bad = {**TENT, "price_set": None, **odd}
    assert [line.title for line in news(line_items=[bad, TENT]).lines] == ["Trail Tent"]
    assert news(line_items=[None, 7, "x", []]).lines == ()


def test_a_hostile_title_stays_text_on_one_line() -> None:
    (line,) = news(line_items=[{**TENT, "title": "\x00<b>Tent</b>\r\nBcc: x\u202e"}]).lines
    assert line.title == "<b>Tent</b> Bcc: x"


# ---------------------------------------------------------------- money


@pytest.mark.parametrize("status", ["paid", "partially_refunded", "refunded", "PAID"])
def test_money_that_came_has_its_time(status: str) -> None:
    told = news(financial_status=status, processed_at="2026-11-22T04:00:00-05:00")
    assert told.paid_at == PLACED
    assert news(financial_status=status).paid_at == PLACED  # as it was made


@pytest.mark.parametrize("status", ["pending", "authorized", "partially_paid", "expired", None])
def test_an_order_without_its_money_is_unpaid(status: str | None) -> None:
    assert news(financial_status=status, processed_at="2026-11-22T04:00:00-05:00").paid_at is None


def test_money_that_comes_days_later_came_when_it_was_told() -> None:
    body = order(
        created_at="2026-11-19T04:00:00-05:00",
        processed_at="2026-11-19T04:00:00-05:00",
        updated_at="2026-11-22T03:30:00-05:00",
    )
    assert one("orders/paid", body).order.paid_at == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def test_no_cart_of_shopify_waits_for_a_payment() -> None:
    cart = one("checkouts/update", checkout()).cart
    assert (cart.payment, cart.ip, cart.roles) == (Payment.NONE, "", ())


# ---------------------------------------------------------------- parcels


def parcel(at: str, status: str = "success") -> dict[str, str]:
    return {"created_at": at, "status": status}


def test_the_last_parcel_fulfils_the_order() -> None:
    parcels = [
        parcel("2026-11-22T01:00:00-05:00"),
        parcel("2026-11-22T03:00:00-05:00"),
        parcel("2026-11-22T03:30:00-05:00", "cancelled"),
    ]
    whole = news(fulfillment_status="fulfilled", fulfillments=parcels)
    assert whole.fulfilled_at == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    for status in ("partial", "restocked", None):
        assert news(fulfillment_status=status, fulfillments=parcels).fulfilled_at is None


def test_without_parcels_it_was_fulfilled_when_it_was_told() -> None:
    told = news(fulfillment_status="fulfilled", updated_at="2026-11-22T03:00:00-05:00")
    assert told.fulfilled_at == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [
        {"line_items": {}},
        {"fulfillments": "two"},
        {"fulfillments": [7]},
        {"processed_at": "yesterday"},
        {"processed_at": "2026-11-22T03:30:00"},
        {"fulfillment_status": 1},
    ],
)
def test_a_wrong_field_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse("orders/updated", order(**changes))


# ---------------------------------------------------------------- accounts


def test_a_new_account_is_told_from_a_changed_one() -> None:
    body = {"id": 7, "email": "ana@example.com", "updated_at": "2026-11-22T03:00:00-05:00"}
    made, changed = one("customers/create", body), one("customers/update", body)
    assert (made.created, changed.created) == (True, False)
    assert made.person == changed.person


def test_what_shopify_does_not_tell_of_an_account_is_unknown() -> None:
    event = one("customers/create", {"id": 7, "tags": "vip", "orders_count": 0})
    assert (event.tags, event.roles) == (None, None)
    assert (event.orders_count, event.total_spent) == (None, None)
