"""The sandbox Shopify's codes at the checkout, in its pages and in what it tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.contract_data import CONTRACTS, needs_contracts
from tests.sandbox.shopify_shop import CREATE, Shop
from tests.sandbox.test_shopify_sandbox import alike

CREATE_SHIPPING = (
    "mutation C($d: DiscountCodeFreeShippingInput!) {"
    " discountCodeFreeShippingCreate(freeShippingCodeDiscount: $d)"
    " { codeDiscountNode { id } userErrors { field message code } } }"
)
TENT, SOCKS, MUG = "43001000000001", "43001000000004", "43001000000006"
ALL = {"all": True}


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


def asked(shop: Shop, code: str, **changes: Any) -> dict[str, Any]:
    now = shop.store.clock.now()
    return {
        "title": "run 1",
        "code": code,
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=48)).isoformat(),
        "usageLimit": 1,
        "context": {"all": "ALL"},
        **changes,
    }


def basic(shop: Shop, code: str, value: Any, items: Any = ALL, **changes: Any) -> list[str]:
    """Make a code on goods; the codes of what is wrong with it."""
    gets = {"value": value, "items": items}
    answer = shop.ask(CREATE, d=asked(shop, code, customerGets=gets, **changes))
    return [error["code"] for error in answer["data"]["discountCodeBasicCreate"]["userErrors"]]


def shipping(shop: Shop, code: str, **combines: bool) -> list[str]:
    """Make a code for free shipping; the codes of what is wrong with it."""
    answer = shop.ask(CREATE_SHIPPING, d=asked(shop, code, combinesWith=combines))
    made = answer["data"]["discountCodeFreeShippingCreate"]
    return [error["code"] for error in made["userErrors"]]


def test_both_codes_of_a_permalink_are_on_the_page_and_in_the_order(shop: Shop) -> None:
    shop.do("shipping", price="9.00")
    shop.subscribe("ORDERS_CREATE")
    assert shipping(shop, "SHIP", orderDiscounts=True) == []
    assert basic(shop, "FIVE", {"percentage": 0.05}, combinesWith={"shippingDiscounts": True}) == []
    page = requests.get(f"{shop.store.url}/cart/{MUG}:2?discount=SHIP,FIVE", timeout=10)
    for words in ("28.00 USD", "9.00 USD", "Code SHIP", "Code FIVE", "26.60 USD"):
        assert words in page.text
    shop.do(f"carts/{page.headers['X-Sandbox-Cart']}/order", outcome="paid")
    ((_, order),) = shop.got("orders/create")
    assert order["discount_codes"] == [
        {"code": "SHIP", "amount": "9.00", "type": "shipping"},
        {"code": "FIVE", "amount": "1.40", "type": "percentage"},
    ]
    assert (order["subtotal_price"], order["total_price"]) == ("26.60", "26.60")
    assert order["total_discounts"] == "10.40"
    assert order["total_shipping_price_set"]["shop_money"]["amount"] == "9.00"
    assert order["current_shipping_price_set"]["shop_money"]["amount"] == "0.00"


@needs_contracts
def test_an_order_that_is_shipped_has_the_official_samples_form(shop: Shop) -> None:
    shop.do("shipping", price="9.00")
    shop.subscribe("ORDERS_CREATE")
    shop.do(f"carts/{shop.cart()}/order", outcome="paid")
    ((_, order),) = shop.got("orders/create")
    sample = json.loads((CONTRACTS / "shopify/payloads/orders_create.json").read_text())
    assert order["total_price"] == "507.00"
    assert alike(sample["shipping_lines"], order["shipping_lines"]) == []


def test_one_product_discount_then_the_orders(shop: Shop) -> None:
    """10 % off the mug (14.00), then half of what is left of 32.00."""
    mugs = {"products": {"productsToAdd": ["gid://shopify/Product/8001000000006"]}}
    basic(shop, "MUG", {"percentage": 0.1}, mugs, combinesWith={"orderDiscounts": True})
    basic(shop, "HALF", {"percentage": 0.5}, combinesWith={"productDiscounts": True})
    link = f"{shop.store.url}/cart/{MUG}:1,{SOCKS}:1?discount=HALF,MUG"
    assert "15.30 USD" in requests.get(link, timeout=10).text


def test_an_amount_is_never_more_than_what_it_is_for(shop: Shop) -> None:
    kitchen = {"collections": {"add": ["gid://shopify/Collection/470000000002"]}}
    amount = {"discountAmount": {"amount": "50.00", "appliesOnEachItem": False}}
    assert basic(shop, "POTS", amount, kitchen) == []
    link = f"{shop.store.url}/cart/{MUG}:1,{SOCKS}:1?discount=POTS"
    assert "18.00 USD" in requests.get(link, timeout=10).text


def test_a_code_link_applies_both_codes_to_the_browsers_cart(shop: Shop) -> None:
    shop.do("shipping", price="9.00")
    shipping(shop, "SHIP", orderDiscounts=True)
    basic(shop, "FIVE", {"percentage": 0.05}, combinesWith={"shippingDiscounts": True})
    with requests.Session() as browser:
        browser.post(f"{shop.store.url}/cart/add", data={"variant": TENT}, timeout=10)
        page = browser.get(f"{shop.store.url}/discount/SHIP,FIVE?redirect=/cart", timeout=10)
    assert "236.55 USD" in page.text


def test_shipping_codes_never_go_together_and_say_so_at_once(shop: Shop) -> None:
    refusal = "INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS"
    assert shipping(shop, "SHIP", shippingDiscounts=True) == [refusal]


@pytest.mark.parametrize(
    ("value", "items", "problem"),
    [
        ({"discountAmount": {"amount": "0"}}, ALL, "GREATER_THAN"),
        ({"discountAmount": {"amount": "x"}}, ALL, "GREATER_THAN"),
        ({"percentage": 0.1}, {"products": {"productsToAdd": ["gid://shopify/Product/1"]}},
         "INVALID"),
        ({"percentage": 0.1}, {"collections": {"add": ["gid://shopify/Collection/1"]}}, "INVALID"),
    ],
)  # fmt: skip
def test_a_code_must_make_sense(shop: Shop, value: Any, items: Any, problem: str) -> None:
    assert basic(shop, "ODD", value, items) == [problem]
