"""The sandbox WooCommerce's webhooks and pages against what a real store was seen to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from connector.sandbox import woocommerce
from tests.sandbox.woocommerce_shop import KEPT, KEYS, PERCENT, SHOP, Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


# -------------------------------------------------------------------- webhooks


def test_headers_come_in_the_order_of_a_real_store(shop: Shop) -> None:
    shop.watch("cart.updated")
    shop.cart()
    shop.store.drain(10)
    sample = json.loads((KEPT / "wc1092__cart.updated__email__1.json").read_text())
    real = [name.lower() for name, _ in sample["headers"]]
    ping, delivery = (headers for headers, _ in shop.catcher.got)
    # The receiving server puts these two first.
    moved = {"content-type", "content-length"}
    assert [n.lower() for n, _ in delivery if n.lower() not in moved] == [
        name for name in real if name not in moved
    ]
    assert not any(name.lower().startswith("x-wc") for name, _ in ping)


def test_block_checkout_tells_updated_before_created_and_the_stock_beside(shop: Shop) -> None:
    shop.watch("order.created", "order.updated", "product.updated")
    shop.do(f"carts/{shop.cart()}/order", outcome="paid")
    topics = [topic for topic, _ in shop.got()]
    assert topics == ["order.updated", "order.created", "product.updated"]


def test_a_body_shows_the_state_at_delivery(shop: Shop) -> None:
    shop.watch("order.created")
    shop.do("faults", hold_webhooks=True)
    order = shop.do(f"carts/{shop.cart()}/order", outcome="pending")["order"]
    shop.do(f"orders/{order}/status", status="processing")
    shop.do("faults", hold_webhooks=False)
    assert [body["status"] for _, body in shop.got()] == ["processing"]


def test_what_waits_already_is_not_queued_twice(shop: Shop) -> None:
    shop.watch("cart.updated")
    shop.do("faults", hold_webhooks=True)
    cart = shop.cart()
    shop.do(f"carts/{cart}", phone="+15005550006")
    shop.do("faults", hold_webhooks=False)
    assert [body["phone"] for _, body in shop.got()] == ["+15005550006"]


@pytest.mark.parametrize("answer", [500, 404, 410, 303, 307])
def test_the_seventh_failure_in_a_row_disables(shop: Shop, answer: int) -> None:
    shop.watch("cart.updated")
    shop.catcher.status = answer
    cart, history = shop.cart(), []
    for _ in range(9):
        shop.store.drain(10)
        (hook,) = shop.state()["subscriptions"]
        history.append((hook["status"], hook["failures"]))
        shop.do(f"carts/{cart}", first_name="Ana")
    assert history == [("active", n) for n in range(1, 7)] + [("disabled", 6)] * 3
    hook = shop.state()["subscriptions"][0]
    shop.rest("PUT", f"webhooks/{hook['id']}", json={"status": "active"})
    assert shop.state()["subscriptions"][0]["failures"] == 6


@pytest.mark.parametrize("answer", [200, 204, 301, 302])
def test_a_redirect_counts_as_success(shop: Shop, answer: int) -> None:
    shop.watch("cart.updated")
    shop.catcher.status = answer
    shop.cart()
    shop.store.drain(10)
    assert shop.state()["subscriptions"][0]["failures"] == 0
    assert shop.state()["webhooks"] == {"sent": 1, "accepted": 1, "failed": 0, "waiting": 0}


def test_nothing_leaves_this_machine(shop: Shop) -> None:
    for url in ("http://192.0.2.1/hook", "https://shop.example/hook", "http://127.0.0.1.evil/"):
        shop.rest("POST", "webhooks", json={"topic": "cart.updated", "delivery_url": url})
    shop.cart()
    shop.store.drain(10)
    assert shop.state()["webhooks"] == {"sent": 3, "accepted": 0, "failed": 3, "waiting": 0}


@pytest.mark.parametrize("topic", ["cart.created", "order.published", "order", "action.init", ""])
def test_a_topic_that_is_none_is_refused(shop: Shop, topic: str) -> None:
    status, body = shop.rest("POST", "webhooks", json={"topic": topic, "delivery_url": "http://x"})
    assert (status, body["code"]) == (400, "woocommerce_rest_shop_webhook_invalid_topic")


# -------------------------------------------------------------------- the shop


def page(shop: Shop, path: str) -> requests.Response:
    return requests.get(f"{shop.store.url}{path}", timeout=5)


def test_a_link_fills_a_cart_applies_the_code_and_keeps_other_words(shop: Shop) -> None:
    shop.rest("POST", "coupons", json={"code": "SAVE10", **PERCENT, "amount": "10"})
    found = page(shop, "/checkout-link/?products=11:2,17:1,999:1&coupon=SAVE10&utm_source=x")
    assert "utm_source=x&session=t_" in found.url
    assert found.headers["X-Sandbox-Cart"]
    for words in ("2 × Celadon teacup", "1 × Moon jar - Celadon", "Code save10", "176.40 EUR"):
        assert words in found.text


def test_a_product_with_variations_is_not_bought_as_such(shop: Shop) -> None:
    assert "Missing attributes" in page(shop, "/checkout-link/?products=16:1").text


def test_an_ordered_cart_comes_back_as_a_new_one(shop: Shop) -> None:
    cart = shop.cart()
    shop.do(f"carts/{cart}/order", outcome="paid")
    found = page(shop, f"/checkout/?session={cart}")
    assert found.headers["X-Sandbox-Cart"] != cart
    assert "Celadon teacup" in found.text


def test_a_person_walks_through_the_shop_and_pays(shop: Shop) -> None:
    shop.watch("cart.updated", "order.created")
    with requests.Session() as browser:
        browser.post(f"{shop.store.url}/cart/add", data={"product": "17"}, timeout=5)
        cart = browser.get(f"{shop.store.url}/checkout/", timeout=5).headers["X-Sandbox-Cart"]
        form = {"cart": cart, "email": "ana@example.com", "accepts_email": "1", "do": "paid"}
        thanks = browser.post(f"{shop.store.url}/checkout/", data=form, timeout=5)
    assert "Thank you" in thanks.text
    topic, order = shop.got()[-1]
    assert (topic, order["billing"]["email"]) == ("order.created", "ana@example.com")
    said = {field["key"]: field["value"] for field in order["meta_data"]}
    assert (said["_cartwright_cart"], said["_cartwright_email_consent"]) == (cart, "yes")
    assert "_cartwright_sms_consent" not in said


@pytest.mark.parametrize("evil", ['"><script>alert(1)</script>', "<img src=x onerror=alert(1)>"])
def test_pages_escape_everything(shop: Shop, evil: str) -> None:
    cart = shop.cart(first_name=evil)
    with requests.Session() as browser:
        form = {"cart": cart, "first_name": evil, "coupon": evil, "do": "keep"}
        pages = [browser.post(f"{shop.store.url}/checkout/", data=form, timeout=5).text]
        for path in ("/", "/cart/", "/checkout-link/"):
            query = {"wc_error": evil, "coupon": evil, "products": "11:1"}
            pages.append(browser.get(f"{shop.store.url}{path}", params=query, timeout=5).text)
    for text in pages:
        assert evil not in text
        assert "<img src=x" not in text


def test_an_orders_pages_want_its_key(shop: Shop) -> None:
    order = shop.do(f"carts/{shop.cart()}/order", outcome="pending")["order"]
    assert page(shop, f"/checkout/order-pay/{order}/?key=guess").status_code == 403
    assert page(shop, "/checkout/order-pay/9999/?key=guess").status_code == 404


def test_a_code_is_refused_for_a_reason(shop: Shop) -> None:
    once = {"discount_type": "percent", "amount": "5", "usage_limit": 1}
    shop.rest("POST", "coupons", json={"code": "ONCE", **once})
    shop.rest(
        "POST", "coupons", json={"code": "OLD", **once, "date_expires": "2020-01-01T00:00:00Z"}
    )
    for code, reason in (
        ("ONCE", ""),
        ("ONCE", "Usage limit"),
        ("OLD", "expired"),
        ("NO", "exist"),
    ):
        answer = shop.do(f"carts/{shop.cart()}/order", outcome="paid", code=code)
        assert answer["code_accepted"] is not bool(reason)
        assert reason in answer["code_reason"]


def test_a_cancelled_order_gives_its_code_back(shop: Shop) -> None:
    shop.rest("POST", "coupons", json={"code": "ONCE", "amount": "5", "usage_limit": 1})
    order = shop.do(f"carts/{shop.cart()}/order", outcome="paid", code="ONCE")["order"]
    shop.do(f"orders/{order}/cancel")
    assert shop.state()["codes"][0]["uses"] == 0


def test_source_times_follow_the_sandboxs_clock(shop: Shop) -> None:
    shop.watch("cart.updated")
    shop.do("clock", at="2027-01-02T03:04:05+00:00")
    shop.cart()
    ((_, cart),) = shop.got()
    at = datetime.fromisoformat(cart["modified_gmt"]).replace(tzinfo=UTC)
    assert abs((at - datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)).total_seconds()) < 5


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.watch("cart.updated")
    shop.do("faults", hold_webhooks=True)
    cart = shop.cart()
    shop.store.stop()
    again = woocommerce.start(0, tmp_path, currency="EUR", public_name=SHOP, **KEYS)
    again.drain(10)
    deliveries = [json.loads(body) for headers, body in shop.catcher.got if body[:1] == b"{"]
    assert [body["id"] for body in deliveries] == [cart]
    again.stop()
    shop.catcher.stop()
