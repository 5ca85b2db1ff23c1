"""The sandbox WooCommerce's coupons at the checkout, in its pages and in what it tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.test_woocommerce_rest import recorded
from tests.sandbox.woocommerce_shop import Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


def coupon(shop: Shop, code: str, **asked: Any) -> None:
    status, _ = shop.rest("POST", "coupons", json={"code": code, **asked})
    assert status == 201


def told(shop: Shop, codes: str, **cart: Any) -> dict[str, Any]:
    """Two teacups (36.00) are ordered with these codes."""
    return shop.do(f"carts/{shop.cart(**cart)}/order", outcome="paid", code=codes)


def test_free_shipping_and_a_percentage_are_in_the_order(shop: Shop) -> None:
    shop.do("shipping", price="4.90")
    shop.watch("order.created")
    coupon(shop, "SHIP", discount_type="fixed_cart", amount="0", free_shipping=True)
    coupon(shop, "FIVE", discount_type="percent", amount="5")
    assert told(shop, "")["total"] == "40.90"
    assert told(shop, "SHIP,FIVE")["total"] == "34.20"
    (_, plain), (_, order) = shop.got()
    assert (plain["shipping_total"], order["shipping_total"]) == ("4.90", "0.00")
    assert [line["method_id"] for line in plain["shipping_lines"]] == ["flat_rate"]
    assert [line["method_id"] for line in order["shipping_lines"]] == ["free_shipping"]
    assert [(c["code"], c["discount"], c["free_shipping"]) for c in order["coupon_lines"]] == [
        ("ship", "0.00", True),
        ("five", "1.80", False),
    ]


def test_an_orders_shipping_has_the_fields_of_a_real_one(shop: Shop) -> None:
    shop.do("shipping", price="4.90")
    shop.watch("order.created")
    told(shop, "")
    ((_, order),) = shop.got()
    real = recorded("wc1092__order.created__processing_store-api__1")
    for line in real["shipping_lines"]:
        assert order["shipping_lines"][0].keys() == line.keys()


def test_a_coupon_for_individual_use_stays_alone(shop: Shop) -> None:
    coupon(shop, "ALONE", discount_type="percent", amount="10", individual_use=True)
    coupon(shop, "FIVE", discount_type="percent", amount="5")
    assert told(shop, "ALONE,FIVE")["codes"] == ["alone"]
    assert "cannot be used with others" in told(shop, "ALONE,FIVE")["code_reason"]
    assert told(shop, "FIVE,ALONE")["codes"] == ["alone"]


def test_a_restricted_coupon_wants_the_right_address_first(shop: Shop) -> None:
    coupon(shop, "HERS", amount="5", email_restrictions=["ana@example.com", "*@friends.example"])
    link = f"{shop.store.url}/checkout-link/?products=11:1&coupon=HERS"
    assert "Please enter a valid email at checkout" in requests.get(link, timeout=5).text
    assert told(shop, "HERS")["code_accepted"]
    assert told(shop, "HERS", email="bo@friends.example")["code_accepted"]
    assert not told(shop, "HERS", email="bo@example.com")["code_accepted"]


def test_core_takes_all_of_its_word_as_one_code(shop: Shop) -> None:
    coupon(shop, "A", amount="5")
    coupon(shop, "B", amount="5")
    link = f"{shop.store.url}/checkout-link/?products=11:1&coupon=A,B"
    assert "does not exist" in requests.get(link, timeout=5).text


def test_a_person_may_use_a_coupon_so_often(shop: Shop) -> None:
    coupon(shop, "EACH", amount="5", usage_limit_per_user=1)
    assert told(shop, "EACH")["code_accepted"]
    assert "Usage limit" in told(shop, "EACH")["code_reason"]
    assert told(shop, "EACH", email="ben@example.com")["code_accepted"]


def test_an_amount_is_shared_by_the_lines_to_the_last_cent(shop: Shop) -> None:
    shop.watch("order.created")
    coupon(shop, "TEN", amount="10", minimum_amount="50", product_categories=[21])
    goods = [{"product_id": key, "quantity": 1} for key in ("11", "12", "13")]
    assert told(shop, "TEN", items=goods)["total"] == "100.50"
    ((_, order),) = shop.got()
    assert [line["total"] for line in order["line_items"]] == ["13.76", "18.74", "68.00"]
    assert "minimum spend" in told(shop, "TEN")["code_reason"]


def test_products_tell_their_categories(shop: Shop) -> None:
    _, product = shop.rest("GET", "products/11")
    table = {"id": 21, "name": "Tableware", "slug": "tableware"}
    assert product["categories"] == [table]
    assert shop.rest("GET", "products/categories", params={"include": "21,99"})[1] == [table]
