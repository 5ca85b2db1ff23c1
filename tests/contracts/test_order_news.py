"""An order's way from unpaid to fulfilled, told by webhooks and by asking, on each platform."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connector import http
from connector.domain.carts import CartKind, OrderSnapshot, Payment
from connector.ports.events import CartChanged, ContactChanged, OrderPlaced
from tests.contracts import test_shopify as of_shopify
from tests.contracts import test_woocommerce as of_woocommerce
from tests.contracts.bench import ANA, Bench, OnBench

SUITES: list[type[OnBench]] = [of_shopify.TestShopify, of_woocommerce.TestWooCommerce]


@pytest.fixture(params=SUITES, ids=lambda suite: suite.adapter.kind)
def bench(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    suite = request.param()
    bench: Bench = suite.start()
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", suite.doors(bench))
    http.loopback.cache_clear()
    bench.platform.subscribe(bench.catcher.url, bench.secret)
    yield bench
    bench.store.stop()
    bench.catcher.stop()
    http.loopback.cache_clear()


def told(bench: Bench, number: str) -> OrderSnapshot:
    """The newest that webhooks said of an order."""
    found = [e.order for e in bench.events() if isinstance(e, OrderPlaced)]
    return [order for order in found if order.external_id == number][-1]


def asked(bench: Bench, number: str) -> OrderSnapshot:
    """What the store says of it when asked."""
    since = bench.store.clock.now() - timedelta(days=1)
    found = [e.order for e in bench.platform.orders_since(since) if isinstance(e, OrderPlaced)]
    return next(order for order in found if order.external_id == number)


def test_both_ways_name_the_same_goods(bench: Bench) -> None:
    made = bench.order(bench.cart())
    by_webhook, by_poll = told(bench, made["order"]), asked(bench, made["order"])
    assert [line.quantity for line in by_webhook.lines] == [2]
    assert by_webhook.lines[0].product_id == bench.product_id()
    assert by_webhook.lines == by_poll.lines
    assert by_webhook.lines[0].unit_price * 2 == by_webhook.total


def test_an_order_is_placed_then_paid_then_fulfilled(bench: Bench) -> None:
    number = bench.order(bench.cart(), outcome="on-hold", gateway="bacs")["order"]
    for look in (told, asked):
        order = look(bench, number)
        assert (order.paid_at, order.fulfilled_at) == (None, None)
    _later(bench)
    bench.do(f"orders/{number}/pay")
    for look in (told, asked):
        order = look(bench, number)
        assert order.paid_at is not None
        assert order.fulfilled_at is None
    paid_at = asked(bench, number).paid_at
    assert paid_at is not None
    assert paid_at > order.placed_at
    _later(bench)
    bench.do(f"orders/{number}/fulfill")
    for look in (told, asked):
        sent_at = look(bench, number).fulfilled_at
        assert sent_at is not None
        assert sent_at > paid_at
    assert told(bench, number).fulfilled_at == asked(bench, number).fulfilled_at


def _later(bench: Bench) -> None:
    bench.store.drain(10)
    at = bench.store.clock.now() + timedelta(minutes=2)  # no more than a clock may be ahead
    bench.do("clock", at=at.isoformat())


def test_a_new_account_is_told(bench: Bench) -> None:
    bench.do("customers", **ANA)
    (made,) = [event for event in bench.events() if isinstance(event, ContactChanged)]
    assert made.created
    assert made.person.email == "ana@example.com"
    assert made.person.customer_id


def test_no_cart_that_was_never_ordered_waits_for_money(bench: Bench) -> None:
    bench.cart()
    carts = [event.cart for event in bench.events() if isinstance(event, CartChanged)]
    assert carts
    assert {cart.payment for cart in carts} == {Payment.NONE}


# ---------------------------------------------------------------- what only one can tell

only_woocommerce = pytest.mark.parametrize("bench", SUITES[1:], indirect=True, ids=["woocommerce"])
only_shopify = pytest.mark.parametrize("bench", SUITES[:1], indirect=True, ids=["shopify"])


@only_woocommerce
@pytest.mark.parametrize(
    ("outcome", "payment"), [("failed", Payment.FAILED), ("pending", Payment.WAITING)]
)
def test_a_failed_payment_is_told_from_one_that_waits(
    bench: Bench, outcome: str, payment: Payment
) -> None:
    bench.order(bench.cart(), outcome=outcome, gateway="stripe")
    carts = [event.cart for event in bench.events() if isinstance(event, CartChanged)]
    unpaid = [cart for cart in carts if cart.kind is CartKind.UNPAID_ORDER]
    assert {cart.payment for cart in unpaid} == {payment}


@only_woocommerce
def test_the_plugins_cart_tells_where_and_who_she_is(bench: Bench) -> None:
    number = bench.do("customers", **ANA, role="wholesale")["customer"]
    bench.cart(ip="203.0.113.7", customer_id=int(number))
    (cart,) = [event.cart for event in bench.events() if isinstance(event, CartChanged)]
    assert (cart.ip, cart.roles) == ("203.0.113.7", ("wholesale",))
    assert cart.person.customer_id == number


@only_shopify
def test_an_order_of_many_lines_is_told_whole(bench: Bench) -> None:
    item = {"product_id": bench.product_id(), "quantity": 1}
    number = bench.order(bench.cart(items=[item] * 21), quiet=True)["order"]
    assert len(asked(bench, number).lines) == 21
