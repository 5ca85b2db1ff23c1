"""What WooCommerce's deliveries say of goods, money, parcels, failed payments and accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.domain.carts import CartKind, CartLine, CartSnapshot, OrderSnapshot, Payment
from connector.domain.money import Money
from connector.errors import Malformed
from connector.ports.events import CartChanged, ContactChanged, OrderFailed, OrderPlaced
from tests.platforms.test_woocommerce_parse import BERLIN, CART, CHANGED, events, order
from tests.platforms.test_woocommerce_recorded import kept

JAR = {"name": "Jar", "product_id": 11, "variation_id": 0, "quantity": 2, "price": 5}


def placed(**changes: Any) -> OrderSnapshot:
    event, *_ = events("order.updated", order(**changes))
    assert isinstance(event, OrderPlaced)
    return event.order


def waiting(**changes: Any) -> CartSnapshot:
    event, *_ = events("order.updated", order(**changes))
    assert isinstance(event, CartChanged)
    return event.cart


# ---------------------------------------------------------------- goods


def test_a_recorded_order_names_its_goods_and_has_no_money_yet() -> None:
    (event,) = kept("wc1092__order.created__processing_store-api__1")
    assert isinstance(event, OrderPlaced)
    assert event.order.lines == (
        CartLine("11", "", "Hoodie", 1, Money("EUR", 4671)),
        CartLine("17", "18", "T-Shirt", 1, Money("EUR", 1791), variant_title="S"),
    )
    assert (event.order.paid_at, event.order.fulfilled_at) == (None, None)  # cash on delivery


def test_a_recorded_failure_names_its_goods_too() -> None:
    cart, failed = kept("wc1092__order.updated__failed_checkout__1")
    assert isinstance(cart, CartChanged)
    assert isinstance(failed, OrderFailed)
    assert failed.order.lines == cart.cart.lines != ()


@pytest.mark.parametrize("odd", [{"quantity": "inf"}, {"quantity": 2e6}, {"price": "1e99"}])
def test_an_odd_line_does_not_hide_a_purchase(odd: dict[str, Any]) -> None:
    lines = placed(line_items=[{**JAR, **odd}, JAR]).lines
    assert lines == (CartLine("11", "", "Jar", 2, Money("EUR", 500)),)


@pytest.mark.parametrize("odd", [{"quantity": "two"}, {"product_id": {}}, {"name": ["Jar"]}])
def test_a_line_of_another_form_is_malformed(odd: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        events("order.updated", order(line_items=[{**JAR, **odd}]))


# ---------------------------------------------------------------- money and parcels


def test_money_that_came_has_its_time() -> None:
    paid = {"date_paid_gmt": "2026-11-20T08:00:00", "date_paid": "2026-11-20T09:00:00"}
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    for status in ("processing", "completed", "on-hold", "refunded"):
        assert placed(status=status, **paid).paid_at == at
        assert placed(status=status, date_paid_gmt=None).paid_at is None


def test_a_completed_order_is_fulfilled() -> None:
    done = {"date_completed_gmt": "2026-11-21T08:00:00"}
    at = datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert placed(status="completed", **done).fulfilled_at == at
    assert placed(status="completed").fulfilled_at == CHANGED
    assert placed(status="refunded", **done).fulfilled_at == at
    for status in ("processing", "on-hold"):  # taken up again: the old date stays in the body
        assert placed(status=status, **done).fulfilled_at is None
    assert placed(status="refunded").fulfilled_at is None


@pytest.mark.parametrize("name", ["date_paid_gmt", "date_completed_gmt"])
def test_a_date_that_is_none_is_malformed(name: str) -> None:
    odd: tuple[Any, ...] = ("soon", 7, {})
    for value in odd:
        with pytest.raises(Malformed):
            events("order.updated", order(status="completed", **{name: value}))


# ---------------------------------------------------------------- failed, or waiting


@pytest.mark.parametrize(
    ("status", "kind", "payment"),
    [
        ("checkout-draft", CartKind.CHECKOUT, Payment.NONE),
        ("pending", CartKind.UNPAID_ORDER, Payment.WAITING),
        ("failed", CartKind.UNPAID_ORDER, Payment.FAILED),
    ],
)
def test_a_failed_payment_is_told_from_one_that_waits(
    status: str, kind: CartKind, payment: Payment
) -> None:
    cart = waiting(status=status)
    assert (cart.kind, cart.payment) == (kind, payment)


def test_a_merchants_own_status_goes_by_what_it_means() -> None:
    told = replace(BERLIN, options={"order_meanings": '{"*:on-hold": "unpaid"}'})
    (event,) = events("order.updated", order(status="on-hold"), told)
    assert isinstance(event, CartChanged)
    assert event.cart.payment is Payment.WAITING


def test_the_recorded_failure_and_the_recorded_wait() -> None:
    failed, _ = kept("wc1092__order.updated__failed_checkout__1")
    (pending,) = kept("wc1092__order.created__pending_store-api__1")
    (cart,) = kept("wc1092__cart.updated__email__1")
    found = [e.cart.payment for e in (failed, pending, cart) if isinstance(e, CartChanged)]
    assert found == [Payment.FAILED, Payment.WAITING, Payment.NONE]


# ---------------------------------------------------------------- where she is, who she is


def cart(**changes: Any) -> CartSnapshot:
    event, *_ = events("cart.updated", {**CART, **changes})
    assert isinstance(event, CartChanged)
    return event.cart


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        (None, ""),
        ("unknown", ""),
        ("203.0.113.7, 10.0.0.1", ""),
        ("203.0.113.7<script>", ""),
        ("9" * 5000, ""),
    ],
)
def test_an_address_is_one_or_nothing(told: str | None, known: str) -> None:
    assert cart(ip=told).ip == known
    assert waiting(status="pending", customer_ip_address=told).ip == known


def test_a_cart_tells_the_accounts_roles() -> None:
    assert cart(roles=["customer", "whole\x00sale\n", "customer", ""]).roles == (
        "customer",
        "wholesale",
    )
    assert cart(roles=[]).roles == cart(roles=None).roles == cart().roles == ()


@pytest.mark.parametrize(
    "odd",
    [
        {"roles": "customer"},
        {"roles": [7]},
        {"roles": ["x" * 101]},
        {"roles": ["x"] * 51},
        {"ip": 7},
        {"ip": ["203.0.113.7"]},
    ],
)
def test_roles_and_addresses_of_another_form_are_malformed(odd: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        cart(**odd)


# ---------------------------------------------------------------- accounts


def account(topic: str, **changes: Any) -> ContactChanged:
    body = {"id": 5, "email": "ana@example.com", "role": "customer", **changes}
    event, *_ = events(topic, body)
    assert isinstance(event, ContactChanged)
    return event


def test_a_new_account_is_told_from_a_changed_one() -> None:
    assert account("customer.created").created
    assert not account("customer.updated").created


def test_a_recorded_account_has_its_role_and_no_count_of_orders() -> None:
    (made,) = kept("wc1092__customer.created__x__1")
    assert isinstance(made, ContactChanged)
    assert (made.created, made.roles, made.tags) == (True, ("customer",), None)
    assert (made.orders_count, made.total_spent) == (None, None)


def test_silence_about_the_role_says_nothing() -> None:
    assert account("customer.updated", role="").roles is None
    assert account("customer.updated", role=None).roles is None
    for odd in (7, ["customer"], "x" * 101):
        with pytest.raises(Malformed):
            account("customer.updated", role=odd)


def test_a_form_that_was_typed_is_no_new_account() -> None:
    (typed,) = kept("wc1092__action.woocommerce_checkout_update_order_review__x__1")
    assert isinstance(typed, ContactChanged)
    assert (typed.created, typed.roles) == (False, None)
