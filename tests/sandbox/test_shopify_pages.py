"""The sandbox store's API and pages: do they answer like the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from connector.sandbox.shopify import bucket
from connector.sandbox.shopify.document import NotGraphQL, read, run
from tests.sandbox.shopify_shop import Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


# ---------------------------------------------------------------- the API


def test_without_the_token_there_is_no_answer(shop: Shop) -> None:
    url = f"{shop.store.url}/admin/api/2026-10/graphql.json"
    for headers in ({}, {"X-Shopify-Access-Token": "shpat_2"}):
        answer = requests.post(url, json={"query": "{}"}, headers=headers, timeout=10)
        assert answer.status_code == 401
        assert answer.json()["errors"].startswith("[API] Invalid API key or access token")


def test_removing_the_app_kills_the_token_and_says_so(shop: Shop) -> None:
    shop.subscribe("APP_UNINSTALLED")
    shop.do("uninstall")
    ((_, body),) = shop.got("app/uninstalled")
    assert body["myshopify_domain"] == "oscars-outdoor.myshopify.com"
    assert "errors" in shop.ask("query Shop { shop { name } }")
    assert shop.state()["subscriptions"] == 0


def test_a_code_is_taken_in_any_case_and_must_make_sense(shop: Shop) -> None:
    assert shop.code()["userErrors"] == []
    (taken,) = shop.code("back-1")["userErrors"]
    assert taken["code"] == "TAKEN"
    (outside,) = shop.code("BACK-2", percentage=5)["userErrors"]
    assert outside["code"] == "VALUE_OUTSIDE_RANGE"


def test_a_code_expires_by_the_stores_clock(shop: Shop) -> None:
    shop.code()
    late = shop.store.clock.now() + timedelta(hours=49)
    shop.do("clock", at=late.isoformat())
    told = shop.do(f"carts/{shop.cart()}/order", outcome="paid", code="back-1")
    assert (told["code_accepted"], told["code_reason"]) == (False, "This code has expired.")
    assert told["total"] == "498.00"


def test_the_budget_is_a_leaky_bucket(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "RESTORE", 0.001)  # so that nothing leaks back meanwhile
    orders = "query O { orders(first: 250) { nodes { id } pageInfo { hasNextPage } } }"
    answers = [shop.ask(orders) for _ in range(9)]
    assert ["errors" in answer for answer in answers] == [False] * 7 + [True] * 2
    cost = answers[-1]["extensions"]["cost"]
    assert answers[-1]["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert cost["requestedQueryCost"] > cost["throttleStatus"]["currentlyAvailable"]
    assert shop.ask("query Shop { shop { name } }")["data"]["shop"] == {"name": "Oscar's Outdoor"}


def test_only_what_was_selected_is_answered() -> None:
    asked = read(
        'query Q { a: shop(x: {y: [1, "z", ALL]}) { n ... on T { m } ... on U { o } } }', {}
    )
    given: list[Any] = []

    def shop(arguments: dict[str, Any]) -> dict[str, Any]:
        given.append(arguments)
        return {"__typename": "T", "n": 1, "m": None, "secret": 2}

    assert run(asked, {"shop": shop}) == {"data": {"a": {"n": 1, "m": None}}}
    assert given == [{"x": {"y": [1, "z", "ALL"]}}]


@pytest.mark.parametrize(
    "document",
    ["", "query", "query Q {", "query Q { shop { nothing } }", "query Q { shop }", "query Q { ? }",
     "query Q { moon { n } }", "subscription S { shop { n } }", "query Q { shop { n { x } } }"],
)  # fmt: skip
def test_a_wrong_document_is_refused(document: str) -> None:
    with pytest.raises(NotGraphQL):
        run(read(document, {}), {"shop": lambda _: {"n": 1}})


# ---------------------------------------------------------------- pages


def test_a_recovery_link_restores_the_same_cart_only_with_its_key(shop: Shop) -> None:
    shop.subscribe("CHECKOUTS_CREATE")
    cart = shop.cart()
    ((_, body),) = shop.got("checkouts/create")
    link = body["abandoned_checkout_url"]
    page = requests.get(link, timeout=10)
    assert page.headers["X-Sandbox-Cart"] == cart
    assert "Trail Tent for Two" in page.text
    assert requests.get(link.replace("key=", "key=x"), timeout=10).status_code == 404


def test_a_permalink_fills_a_cart_and_applies_the_code(shop: Shop) -> None:
    shop.code()
    link = f"{shop.store.url}/cart/43001000000001:2,43001000000006:1?discount=back-1"
    page = requests.get(link, timeout=10)
    cart = page.headers["X-Sandbox-Cart"]
    assert "486.40 USD" in page.text  # 512.00 less 5 %
    told = shop.do(f"carts/{cart}/order", outcome="paid")
    assert (told["total"], told["code_accepted"]) == ("486.40", True)
    assert "This code has been used up." in requests.get(link, timeout=10).text


def test_a_person_can_buy_with_a_browser(shop: Shop) -> None:
    with requests.Session() as browser:
        home = browser.get(shop.store.url, timeout=10)
        assert "sandbox store" in home.text
        browser.post(f"{shop.store.url}/cart/add", data={"variant": "43001000000005"}, timeout=10)
        form = {"email": "ana@example.com", "accepts_email": "on", "then": "stay"}
        page = browser.post(f"{shop.store.url}/checkout", data=form, timeout=10)
        assert "Headlamp 350 Lumen" in page.text
        paid = browser.post(f"{shop.store.url}/checkout", data={**form, "then": "pay"}, timeout=10)
        assert "Thank you" in paid.text
        image = browser.get(f"{shop.store.url}/images/headlamp.svg", timeout=10)
        assert image.headers["Content-Type"].startswith("image/svg+xml")
    assert [order["email"] for order in shop.state()["orders"]] == ["ana@example.com"]


def test_what_people_type_is_escaped(shop: Shop) -> None:
    with requests.Session() as browser:
        url = shop.store.url
        browser.post(f"{url}/cart/add", data={"variant": "43001000000005"}, timeout=10)
        form = {"email": '"><script>alert(1)</script>', "code": "<img src=x>"}
        page = browser.post(f"{url}/checkout", data=form, timeout=10)
    assert "<script>" not in page.text
    assert "<img src=x>" not in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]


def test_a_code_link_leads_only_into_the_shop(shop: Shop) -> None:
    for target in ("https://evil.example", "//evil.example", "/\\evil.example"):
        url = f"{shop.store.url}/discount/X?redirect={target}"
        answer = requests.get(url, allow_redirects=False, timeout=10)
        assert answer.headers["Location"] in {"/", "/evil.example"}
