"""The sandbox WooCommerce without our plugin: what core alone tells of carts."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
import requests

from connector.sandbox.woocommerce import carts
from tests.sandbox.test_woocommerce_oddities import get
from tests.sandbox.test_woocommerce_rest import recorded
from tests.sandbox.woocommerce_shop import Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


def test_without_the_plugin_carts_are_unknown() -> None:
    shop = Shop(plugin=False)
    for topic in ("cart.updated", "cart.viewed"):
        hook = {"topic": topic, "delivery_url": shop.catcher.url}
        status, body = shop.rest("POST", "webhooks", json=hook)
        assert (status, body["code"]) == (400, "woocommerce_rest_shop_webhook_invalid_topic")
    assert get(shop, "/wp-json/wc-cartwright/v1/status").json()["code"] == "rest_no_route"
    shop.close()


def test_a_deactivated_plugin_tells_nothing_and_its_webhook_stays(shop: Shop) -> None:
    shop.watch("cart.updated")
    shop.do("shop", plugin=False)
    shop.cart()
    assert shop.got() == []
    assert shop.rest("GET", "webhooks")[1][0]["status"] == "active"


@pytest.mark.parametrize(("version", "drafts"), [("9.9.5", 1), ("10.5.0", 1), ("10.9.2", 0)])
def test_an_older_block_checkout_tells_of_its_draft(version: str, drafts: int) -> None:
    shop = Shop(plugin=False, version=version)
    shop.watch("order.updated", "order.created")
    cart = shop.cart()
    told = shop.got()
    assert [(topic, order["status"]) for topic, order in told] == [
        ("order.updated", "checkout-draft")
    ] * drafts
    listed = shop.rest("GET", "orders", params={"status": "checkout-draft"})[1]
    assert [order["billing"]["email"] for order in listed] == ["ana@example.com"] * drafts
    number = shop.do(f"carts/{cart}/order", outcome="failed")["order"]
    assert [(topic, order["status"]) for topic, order in shop.got()[drafts:]] == [
        ("order.updated", "failed"),
        ("order.created", "failed"),
    ]
    assert {str(order["id"]) for _, order in shop.got()} == {number}
    assert {order["version"] for _, order in shop.got()} == {version}
    assert len(shop.state()["orders"]) == 1
    shop.close()


def test_a_draft_has_the_fields_of_a_real_one() -> None:
    shop = Shop(plugin=False, version="9.9.5")
    shop.watch("order.updated")
    shop.cart()
    ((_, order),) = shop.got()
    real = recorded("wc995__order.updated__checkout-draft_store-api__1")
    same = ("status", "created_via", "is_editable", "needs_payment", "date_paid", "version")
    assert {name: order[name] for name in same} == {name: real[name] for name in same}
    shop.close()


def test_a_person_opens_an_older_checkout() -> None:
    shop = Shop(plugin=False, version="9.9.5")
    shop.watch("order.updated")
    with requests.Session() as browser:
        browser.post(f"{shop.store.url}/cart/add", data={"product": "11"}, timeout=5)
        page = browser.get(f"{shop.store.url}/checkout/", timeout=5)
        form = {"cart": page.headers["X-Sandbox-Cart"], "email": "bo@example.com", "do": "keep"}
        browser.post(f"{shop.store.url}/checkout/", data=form, timeout=5)
    emails = {order["billing"]["email"] for _, order in shop.got()}
    assert "bo@example.com" in emails
    assert (
        requests.get(f"{shop.store.url}/checkout-link/?products=11:1", timeout=5).status_code == 404
    )
    shop.close()


def test_the_classic_checkout_posts_its_form() -> None:
    shop = Shop(plugin=False, checkout="classic")
    topic = "action.woocommerce_checkout_update_order_review"
    shop.watch(topic, "order.created", "order.updated")
    cart = shop.cart(phone="+4915112223334", country="DE")
    ((told, body),) = shop.got()
    assert (told, body["action"]) == (topic, "woocommerce_checkout_update_order_review")
    assert "&billing_phone=%2B4915112223334&billing_email=ana%40example.com&" in body["arg"]
    form = "billing_first_name=&billing_email=half%40example.com&order_comments="
    answer = requests.post(
        f"{shop.store.url}/?wc-ajax=update_order_review", data={"post_data": form}, timeout=5
    )
    assert answer.json()["result"] == "success"
    assert shop.got()[-1][1]["arg"] == form
    shop.do(f"carts/{cart}/order", outcome="paid")
    placed = shop.got()[2:]
    assert [(t, order["created_via"]) for t, order in placed] == [
        ("order.created", "checkout"),
        ("order.updated", "checkout"),
    ]
    shop.close()


def test_the_classic_form_has_the_recorded_fields() -> None:
    real = recorded("wc1092__action.woocommerce_checkout_update_order_review__x__1")
    names = [name for name, _ in parse_qsl(real["arg"], keep_blank_values=True)]
    ours = parse_qsl(carts.review_form({}), keep_blank_values=True)
    assert [name for name, _ in ours] == names
