"""Our shop plugin as the sandbox WooCommerce shows it, and the shop's dashboard."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask import Flask, Response, request

from connector import signing
from connector.sandbox.server import Listener
from tests.sandbox.woocommerce_shop import PERCENT, SHOP, Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


class Service:
    """The service's side of a privacy request."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        app = Flask("service")

        @app.post("/in/7")
        def hello() -> str:
            return ""

        @app.post("/in/7/privacy")
        def privacy() -> Response:
            body = request.get_data()
            self.got.append((dict(request.headers), body))
            told = {"groups": [{"label": "Carts", "items": [{"name": "When", "value": "<b>"}]}]}
            erase = json.loads(body)["kind"] == "erase"
            return Response(b"" if erase else json.dumps(told), 202 if erase else 200)

        self._listener = Listener(app)
        self.url = f"{self._listener.url}/in/7"

    def stop(self) -> None:
        self._listener.stop()


@pytest.fixture
def service(shop: Shop) -> Iterator[Service]:
    service = Service()
    hook = {"topic": "cart.updated", "delivery_url": service.url, "secret": "s"}
    assert shop.rest("POST", "webhooks", json=hook)[0] == 201
    yield service
    service.stop()


def page(shop: Shop, path: str) -> requests.Response:
    return requests.get(f"{shop.store.url}{path}", timeout=5)


def status(shop: Shop, **call: Any) -> requests.Response:
    url = f"{shop.store.url}/wp-json/wc-cartwright/v1/status"
    asked: dict[str, Any] = {"auth": ("ck_1", "cs_1"), "headers": {"Host": SHOP}, **call}
    return requests.get(url, timeout=5, **asked)


# -------------------------------------------------------------------- status


def test_the_status_says_what_the_shop_runs_on(shop: Shop) -> None:
    shop.do("clock", at="2026-11-20T10:00:00+00:00")
    shop.cart()
    shop.do("clock", at="2026-11-22T10:00:00+00:00")
    shop.cart()
    page(shop, "/product/moon-jar/")
    assert status(shop).json() == {
        "plugin": "1.0.0",
        "woocommerce": "10.9.2",
        "wordpress": "7.0.2",
        "php": "8.2.36",
        "hpos": True,
        "checkout": "block",
        "cart": "block",
        "permalinks": "pretty",
        "cron": {"disabled": False, "oldest_due_s": 0},
        "direct_push": False,
        "notice": True,
        "currency": "EUR",
        "own_recovery_mail": None,
        "carts": 1,
    }


def test_the_status_follows_the_switches(shop: Shop) -> None:
    shop.do("shop", checkout="classic", own_recovery_mail=True, cron_disabled=True, notice=False)
    told = status(shop).json()
    assert (told["checkout"], told["own_recovery_mail"], told["notice"]) == ("classic", True, False)
    assert told["cron"]["disabled"]


def test_the_status_wants_a_key(shop: Shop) -> None:
    assert status(shop, auth=None).status_code == 401
    assert status(shop, auth=("ck_1", "cs_2")).status_code == 401
    assert "wc-cartwright/v1" in page(shop, "/wp-json/").json()["namespaces"]


# -------------------------------------------------------------------- links and views


def test_the_carts_own_link_restores_it_and_says_what_was_refused(shop: Shop) -> None:
    shop.watch("cart.updated")
    shop.rest("POST", "coupons", json={"code": "SAVE10", **PERCENT, "amount": "10"})
    cart = shop.cart(first_name="Ana")
    ((_, told),) = shop.got()
    assert re.fullmatch(
        rf"https://{SHOP}/\?cartwright_restore=[0-9a-f]{{40}}", told["checkout_url"]
    )
    link = told["checkout_url"][len(f"https://{SHOP}") :]
    found = page(shop, f"{link}&cartwright_coupons=SAVE10,GONE&utm_source=x&y=1")
    assert "/checkout/?utm_source=x&session=" in found.url
    assert found.headers["X-Sandbox-Cart"] == cart
    for words in ("2 × Celadon teacup", "Code save10", "does not exist", "32.40 EUR"):
        assert words in html.unescape(found.text)
    assert "ana@example.com" not in found.text


def test_a_cart_that_is_gone_is_said_to_be(shop: Shop) -> None:
    found = page(shop, "/?cartwright_restore=t_0")
    assert "/cart/?wc_error=" in found.url
    assert "This link is too old: the cart is not kept any more." in found.text


def test_an_ordered_cart_is_said_to_be_and_an_unpaid_one_comes_back(shop: Shop) -> None:
    for outcome, words in (("paid", "You have already ordered this cart."), ("pending", "Pay 36")):
        cart = shop.cart()
        shop.do(f"carts/{cart}/order", outcome=outcome)
        assert words in page(shop, link_of(shop, cart)).text


def test_an_empty_cart_has_no_link(shop: Shop) -> None:
    shop.watch("cart.updated")
    shop.do(f"carts/{shop.cart()}/empty")
    assert shop.got()[-1][1]["checkout_url"] == ""


def link_of(shop: Shop, cart: str) -> str:
    return f"/?cartwright_restore={shop.store.state.shelf.get('cart', cart)['link']}"  # type: ignore[index]


def test_without_the_plugin_its_link_is_the_front_page(shop: Shop) -> None:
    link = link_of(shop, shop.cart())
    shop.do("shop", plugin=False)
    assert page(shop, link).url.endswith(link)


def test_who_looks_at_a_product_is_told(shop: Shop) -> None:
    shop.watch("cart.viewed", "cart.updated")
    with requests.Session() as browser:
        browser.get(f"{shop.store.url}/product/moon-jar/", timeout=5)
        browser.post(f"{shop.store.url}/cart/add", data={"product": "11"}, timeout=5)
        cart = browser.get(f"{shop.store.url}/checkout/", timeout=5).headers["X-Sandbox-Cart"]
    shop.do(f"carts/{cart}", email="ana@example.com", locale="de-DE", stage="cart")
    (topic, viewed), *changes = shop.got()
    assert (topic, viewed["id"]) == ("cart.viewed", cart)
    assert {body["id"] for _, body in changes} == {cart}
    assert viewed == {
        "id": cart,
        "product_id": 16,
        "name": "Moon jar",
        "viewed_gmt": viewed["viewed_gmt"],
        "customer_id": 0,
        "email": "",
        "phone": "",
        "locale": "",
        "currency": "EUR",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", viewed["viewed_gmt"])


# -------------------------------------------------------------------- privacy


def test_an_export_is_asked_for_and_shown(shop: Shop, service: Service) -> None:
    answer = shop.do("privacy", kind="export", email="ana@example.com")
    assert answer["status"] == 200
    assert json.loads(answer["answer"])["groups"][0]["label"] == "Carts"
    ((headers, body),) = service.got
    assert signing.is_valid(body, headers["X-Wc-Webhook-Signature"], ["s"])
    assert headers["User-Agent"] == f"WordPress/7.0.2; https://{SHOP}"
    assert headers["X-Wc-Webhook-Source"] == f"https://{SHOP}/"
    asked = json.loads(body)
    assert list(asked) == ["kind", "id", "email", "asked_gmt"]
    assert (asked["kind"], asked["email"]) == ("export", "ana@example.com")


def test_an_erasure_is_asked_for(shop: Shop, service: Service) -> None:
    assert shop.do("privacy", kind="erase", email="ana@example.com")["status"] == 202
    assert shop.do("privacy", kind="erase", email="ana@example.com")["status"] == 202
    first, second = (json.loads(body) for _, body in service.got)
    assert first["id"] != second["id"]


def test_without_a_webhook_there_is_nobody_to_ask(shop: Shop) -> None:
    asked = {"kind": "erase", "email": "ana@example.com"}
    answer = requests.post(f"{shop.store.url}/_sandbox/privacy", json=asked, timeout=5)
    assert answer.status_code == 400


# -------------------------------------------------------------------- the dashboard


class Merchant(requests.Session):
    """Somebody in the shop's dashboard."""

    def __init__(self, shop: Shop, who: str = "owner") -> None:
        super().__init__()
        self._url = f"{shop.store.url}/wp-admin/"
        login = self.get(self._url, timeout=5)
        self.page = self.post(login.url, data={"login": who}, timeout=5)

    def press(self, **form: str) -> requests.Response:
        found = re.search('name="_wpnonce" value="([0-9a-f]+)"', self.page.text)
        mark = found[1] if found else ""
        return self.post(self._url, data={"_wpnonce": mark, **form}, timeout=5)


def test_the_dashboard_lists_and_changes_what_there_is(shop: Shop) -> None:
    shop.watch("cart.updated")
    merchant = Merchant(shop)
    for words in ("cart.updated", "Made by hand", "own recovery mail"):
        assert words in merchant.page.text
    assert "paused" in merchant.press(do="hook", hook="1", to="paused").text
    merchant.press(do="switch", name="own_recovery_mail", to="sent")
    assert status(shop).json()["own_recovery_mail"] is True
    merchant.press(do="switch", name="plugin", to="inactive")
    assert status(shop).status_code == 404
    assert "API key revoked." in merchant.press(do="revoke", key="1").text
    assert shop.rest("GET", "orders")[0] == 401
    merchant.press(do="hook", hook="1", to="delete")
    assert shop.state()["subscriptions"] == []


def test_the_dashboard_asks_for_personal_data_and_shows_the_answer(
    shop: Shop, service: Service
) -> None:
    found = Merchant(shop).press(do="export", email="ana@example.com")
    assert "The service answered 200." in found.text
    assert "&lt;b&gt;" in found.text
    assert len(service.got) == 1


def test_the_dashboard_wants_the_owner_and_her_own_page(shop: Shop) -> None:
    assert "Log in as" in page(shop, "/wp-admin/").text
    assert Merchant(shop, "customer").press(do="revoke", key="1").status_code == 403
    owner = Merchant(shop)
    assert (
        owner.post(f"{shop.store.url}/wp-admin/", data={"do": "cron"}, timeout=5).status_code == 403
    )
    assert len(shop.state()["keys"]) == 1
