"""Which link brings a shopper of a WooCommerce shop back to her cart."""

from __future__ import annotations

import pytest
import requests

from connector import http
from connector.domain.carts import CartLine
from connector.domain.money import Money
from connector.ports.platform import StoreAccount
from connector.sandbox.woocommerce import carts
from platforms.woocommerce.adapter import WooCommerce
from tests.contracts.bench import terms
from tests.contracts.test_woocommerce import bench_of

SHOP = WooCommerce(StoreAccount("https://shop.example", "EUR", "Europe/Berlin", {}))
MUG = CartLine("11", "", "Mug", 2, Money("EUR", 500))
OURS = "https://shop.example/?cartwright_restore=abc"
CORES = "https://shop.example/checkout-link/?products=11:2"


def test_our_plugins_link_takes_all_codes_and_comes_first() -> None:
    found = SHOP.recovery_links(OURS, [MUG], ["A", "B/C"])
    assert found[0] == f"{OURS}&cartwright_coupons=A,B%2FC"
    assert f"{CORES}&coupon=A&cartwright_coupons=B%2FC" in found
    assert SHOP.recovery_links(OURS, [MUG], [])[0] == OURS


@pytest.mark.parametrize("other", ["", "https://shop.example/checkout/order-pay/7/?key=wc_1"])
def test_any_other_link_knows_no_code(other: str) -> None:
    assert SHOP.recovery_links(other, [MUG], ["A"])[0] == f"{CORES}&coupon=A"
    assert SHOP.recovery_links(other, [MUG], [])[0] == (other or CORES)


def test_the_link_that_the_plugin_told_restores_the_cart(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = bench_of()
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", bench.store.door)
    http.loopback.cache_clear()
    bench.platform.create_discount(terms())
    told = carts.body(bench.store.state, bench.cart())["checkout_url"]
    link, *_ = bench.platform.recovery_links(told, [], [terms().code])
    page = requests.get(link, timeout=5)
    assert f"Code {terms().code.lower()}" in page.text
    bench.store.stop()
    bench.catcher.stop()
    http.loopback.cache_clear()
