"""What real WooCommerce stores sent, and what we make of it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.domain.carts import CartKind, CartLine
from connector.domain.money import Money
from connector.ports.events import (
    CartChanged,
    CartClosed,
    ConsentChanged,
    ConsentState,
    ContactChanged,
    Ignored,
    OrderCancelled,
    OrderFailed,
    OrderPlaced,
    ProductChanged,
    ProductViewed,
    StoreEvent,
)
from connector.ports.platform import StoreAccount
from platforms.woocommerce.adapter import WooCommerce
from tests.contract_data import CONTRACTS, needs_contracts

KEPT = Path(__file__).resolve().parents[1] / "payloads/woocommerce"
RECORDED = CONTRACTS / "woocommerce/samples"
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
BERLIN = StoreAccount("http://127.0.0.1:8081", "EUR", "Europe/Berlin", {})
STORES = {
    "wc1092": BERLIN,
    "wc995": replace(BERLIN, domain="http://127.0.0.1:8082"),
    "wc1002": replace(BERLIN, domain="http://127.0.0.1:8090"),  # with our shop plugin
}

# The start of a recording's name, without its store -> what comes out of it.
EXPECTED: dict[str, list[type]] = {
    "action.woocommerce_checkout_update_order_review": [ContactChanged],
    "action.": [Ignored],
    "cart.updated__plugin-block-guest": [CartChanged, ConsentChanged],
    "cart.updated__plugin-emptied": [CartClosed, ConsentChanged],
    "cart.updated__plugin-declined": [CartClosed, ConsentChanged],
    "cart.updated": [CartChanged],
    "cart.viewed": [ProductViewed],
    "coupon.": [Ignored],
    "customer.deleted": [Ignored],
    "customer.": [ContactChanged],
    "order.deleted": [OrderCancelled, CartClosed],
    "product.updated": [ProductChanged],
    "order.created__checkout-draft": [CartChanged],
    "order.updated__checkout-draft": [CartChanged],
    "order.created__failed": [CartChanged, OrderFailed],
    "order.updated__failed": [CartChanged, OrderFailed],
    "order.created__pending": [CartChanged],
    "order.updated__pending": [CartChanged],
    "order.created__on-hold": [OrderPlaced],
    "order.updated__on-hold": [OrderPlaced],
    "order.created__processing": [OrderPlaced],
    "order.updated__processing": [OrderPlaced],
    "order.created__trash": [OrderCancelled, CartClosed],
    "order.updated__trash": [OrderCancelled, CartClosed],
    "order.created__rest_no_route": [Ignored],
    "order.created__woocommerce_rest_shop_order_invalid_id": [Ignored],
    "order.updated__woocommerce_rest_shop_order_invalid_id": [Ignored],
    "wcauth_callback": [Ignored],  # no webhook: it has no topic
    "ping": [],
}


def replay(path: Path) -> list[StoreEvent]:
    """A recorded delivery through reading, checking and parsing."""
    recorded = json.loads(path.read_text(encoding="utf-8"))
    body = base64.b64decode(recorded["body_b64"])
    webhook = WooCommerce.read_webhook([(n, v) for n, v in recorded["headers"]], body)
    if webhook.probe:
        return []
    if webhook.signature:
        WooCommerce.verify(webhook, [recorded["secret"]])
    store = WooCommerce(STORES[path.name.partition("__")[0]])
    return store.parse(webhook, NOW)


def expected(path: Path) -> list[type]:
    name = path.name.split("__", 1)[1]
    return next(kinds for start, kinds in EXPECTED.items() if name.startswith(start))


@needs_contracts
def test_every_recorded_delivery_comes_out_right() -> None:
    found = {path: [type(event) for event in replay(path)] for path in RECORDED.glob("*.json")}
    assert len(found) == 64
    assert {p.name: kinds for p, kinds in found.items() if kinds != expected(p)} == {}


@pytest.mark.parametrize("path", sorted(KEPT.glob("*.json")), ids=lambda path: path.stem)
def test_a_kept_delivery_comes_out_right(path: Path) -> None:
    assert [type(event) for event in replay(path)] == expected(path)


def kept(name: str) -> list[StoreEvent]:
    return replay(KEPT / f"{name}.json")


def test_an_order_of_a_block_checkout() -> None:
    (placed,) = kept("wc1092__order.created__processing_store-api__1")
    assert isinstance(placed, OrderPlaced)
    order = placed.order
    assert (order.external_id, order.name, order.total) == ("29", "#29", Money("EUR", 6952))
    assert order.placed_at == datetime(2026, 11, 22, 2, 31, 41, tzinfo=UTC)  # not the local 03:31
    assert (order.cart_tokens, order.codes) == (("order:29",), ("save10",))
    assert (order.person.email, order.person.last_name) == ("nora@example.com", "Nuß")


def test_an_order_that_was_never_paid_is_a_cart_with_its_payment_link() -> None:
    (changed,) = kept("wc1092__order.created__pending_store-api__1")
    assert isinstance(changed, CartChanged)
    cart = changed.cart
    assert (cart.external_id, cart.kind) == ("order:307", CartKind.UNPAID_ORDER)
    assert cart.recovery_url.startswith("http://127.0.0.1:8081/checkout/order-pay/307/?")
    assert cart.lines == (CartLine("12", "", "Espresso Beans 1kg", 1, Money("EUR", 1850)),)


def test_a_price_with_a_long_tail_is_rounded_to_the_cent() -> None:
    changed, _ = kept("wc1092__order.updated__failed_checkout__1")
    assert isinstance(changed, CartChanged)
    assert [line.unit_price for line in changed.cart.lines] == [Money("EUR", 790)]


def test_the_prototype_of_the_plugin_lacks_much_and_is_a_cart_all_the_same() -> None:
    (changed,) = kept("wc1092__cart.updated__email__1")
    assert isinstance(changed, CartChanged)
    cart = changed.cart
    assert cart.external_id == "t_5c43bdf89265e63004bf8714c12e7e"
    assert cart.lines == (CartLine("11", "", "", 3, Money("EUR", 5190)),)
    assert (cart.total, cart.source_at) == (Money("EUR", 16060), NOW)
    assert cart.kind is CartKind.CHECKOUT


def test_without_an_address_it_is_a_mere_cart() -> None:
    (changed,) = kept("wc1092__cart.updated__noemail__1")
    assert isinstance(changed, CartChanged)
    assert changed.cart.kind is CartKind.CART
    assert not changed.cart.person.reachable


def test_the_classic_checkouts_form_tells_who_is_there() -> None:
    (changed,) = kept("wc1092__action.woocommerce_checkout_update_order_review__x__1")
    assert isinstance(changed, ContactChanged)
    person = changed.person
    assert (person.email, person.phone) == ("klaere@example.com", "+4915112223334")
    assert (person.first_name, person.country) == ("Kläre", "DE")


def test_a_cart_as_our_shop_plugin_tells_it() -> None:
    changed, said = kept("wc1002__cart.updated__plugin-block-guest__1")
    assert isinstance(changed, CartChanged)
    assert isinstance(said, ConsentChanged)
    cart = changed.cart
    assert [(line.title, line.variant_id, line.quantity) for line in cart.lines] == [
        ("Salt & Pepper Bag", "", 2),
        ("Hoodie - Blue", "17", 1),
    ]
    assert [line.unit_price for line in cart.lines] == [Money("EUR", 5190), Money("EUR", 4000)]
    assert cart.total == Money("EUR", 13432)  # a tenth off, and 4.90 for shipping
    assert cart.source_at == datetime(2026, 11, 28, 4, 59, 2, 5, tzinfo=UTC)  # the fifth change
    assert (cart.kind, cart.locale) == (CartKind.CHECKOUT, "en-US")
    person = cart.person
    assert (person.email, person.phone) == ("nora@example.com", "+4915123334445")
    assert (person.first_name, person.last_name, person.country) == ("Nora", "Nuß", "DE")
    assert cart.recovery_url.startswith("http://127.0.0.1:8090/?cartwright_restore=")
    assert [(mark.channel, mark.state) for mark in said.marks] == [("email", ConsentState.YES)]


def test_no_thanks_closes_the_cart_and_is_a_no() -> None:
    closed, said = kept("wc1002__cart.updated__plugin-declined__1")
    assert isinstance(closed, CartClosed)
    assert isinstance(said, ConsentChanged)
    assert said.person.email == "nora@example.com"
    assert [(mark.channel, mark.state) for mark in said.marks] == [("email", ConsentState.NO)]


def test_a_members_cart_has_her_account() -> None:
    (changed,) = kept("wc1002__cart.updated__plugin-member__1")
    assert isinstance(changed, CartChanged)
    assert (changed.cart.person.customer_id, changed.cart.roles) == ("2", ("customer",))
    assert changed.cart.kind is CartKind.CART


def test_a_look_at_a_product() -> None:
    (viewed,) = kept("wc1002__cart.viewed__plugin__1")
    (changed, _) = kept("wc1002__cart.updated__plugin-block-guest__1")
    assert isinstance(viewed, ProductViewed)
    assert isinstance(changed, CartChanged)
    assert (viewed.product_id, viewed.title) == ("12", "E-Book")
    assert viewed.cart_token == changed.cart.external_id
    assert viewed.person.email == "nora@example.com"
