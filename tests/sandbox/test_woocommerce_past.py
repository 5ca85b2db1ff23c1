"""The sandbox WooCommerce's lists, coupons in batches, and a past to import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.test_woocommerce_rest import recorded
from tests.sandbox.woocommerce_shop import SHOP, Shop

PAST = {"days": 60, "orders": 120, "customers": 30, "unpaid": 40, "seed": 7}
NOW = "2026-11-28T04:00:00+00:00"


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


def get(shop: Shop, path: str, **query: str) -> requests.Response:
    url = f"{shop.store.url}/wp-json/wc/v3/{path}"
    call: dict[str, Any] = {"auth": ("ck_1", "cs_1"), "headers": {"Host": SHOP}}
    return requests.get(url, params=query, timeout=5, **call)


def every(shop: Shop, path: str, **query: str) -> list[dict[str, Any]]:
    """All pages of a list."""
    found: list[dict[str, Any]] = []
    for page in range(1, 100):
        answer = get(shop, path, per_page="50", page=str(page), **query)
        found += answer.json()
        if page >= int(answer.headers["X-WP-TotalPages"]):
            assert len(found) == int(answer.headers["X-WP-Total"])
            return found
    raise AssertionError("no end")


# -------------------------------------------------------------------- the past


def test_a_past_is_made_and_nobody_is_told(shop: Shop) -> None:
    shop.watch("order.created", "order.updated", "customer.created")
    shop.do("clock", at=NOW)
    made = shop.do("history", **PAST)
    assert made["orders"] == 120 + 40 + made["self_returns"]
    assert 5 <= made["self_returns"] <= 25
    assert shop.got() == []
    orders = every(shop, "orders", orderby="date", order="asc")
    assert len(orders) == made["orders"]
    assert [order["id"] for order in orders] == sorted(order["id"] for order in orders)
    dates = [order["date_created_gmt"] for order in orders]
    assert dates == sorted(dates)
    assert "2026-09-29" <= dates[0][:10] <= dates[-1][:10] <= "2026-11-28"
    assert len(every(shop, "customers", role="all")) == 30


def test_some_come_back_by_themselves(shop: Shop) -> None:
    made = shop.do("history", **PAST)
    orders = every(shop, "orders", orderby="date", order="asc")
    unpaid = [o for o in orders if o["status"] in {"pending", "failed", "cancelled"}]
    assert len(unpaid) == 40
    back = [
        one
        for one in unpaid
        if any(
            later["billing"]["email"] == one["billing"]["email"]
            and later["date_paid"]
            and later["id"] > one["id"]
            and later["total"] == one["total"]
            for later in orders
        )
    ]
    assert len(back) >= made["self_returns"]


def test_the_same_seed_gives_the_same_past() -> None:
    pasts = []
    for seed in (7, 7, 8):
        shop = Shop()
        shop.do("clock", at=NOW)
        shop.do("history", **{**PAST, "seed": seed})
        orders = every(shop, "orders")
        pasts.append([(o["id"], o["total"], o["billing"]["email"]) for o in orders])
        shop.close()
    assert pasts[0] == pasts[1] != pasts[2]


def test_an_order_of_the_past_has_the_fields_of_a_real_one(shop: Shop) -> None:
    shop.do("history", orders=1, seed=1)
    (order,) = get(shop, "orders").json()
    real = recorded("wc1092__order.created__processing_store-api__1")
    assert order.keys() == real.keys()
    assert not any(field["key"].startswith("_cartwright") for field in order["meta_data"])


def test_a_long_past_is_paged_quickly(shop: Shop) -> None:
    shop.do("history", orders=3000, customers=500, days=400)
    first = get(shop, "orders", per_page="100")
    assert first.headers["X-WP-Total"] == "3000"
    assert first.headers["X-WP-TotalPages"] == "30"
    last = get(shop, "orders", per_page="100", page="30")
    assert len(last.json()) == 100
    assert last.elapsed.total_seconds() < 2


# -------------------------------------------------------------------- lists


def test_limits_in_time_are_the_shops_own_or_gmt(shop: Shop) -> None:
    shop.do("clock", at="2026-11-20T10:00:00+00:00")
    first = shop.do(f"carts/{shop.cart()}/order", outcome="paid")["order"]
    shop.do("clock", at="2026-11-20T11:00:00+00:00")
    second = shop.do(f"carts/{shop.cart()}/order", outcome="paid")["order"]

    def ids(**query: str) -> list[str]:
        return [str(order["id"]) for order in get(shop, "orders", **query).json()]

    assert ids(after="2026-11-20T11:30:00") == [second]  # Berlin's: 10:30 UTC
    assert ids(after="2026-11-20T10:30:00", dates_are_gmt="true") == [second]
    assert ids(before="2026-11-20T10:30:00Z") == [first]
    assert ids(modified_before="2026-11-20T10:30:00Z", modified_after="2026-11-20T09:00:00Z") == [
        first
    ]
    shop.do("clock", at="2026-11-20T12:00:00+00:00")
    shop.do(f"orders/{first}/status", status="completed")
    assert ids(modified_after="2026-11-20T11:00:01Z", status="processing") == []
    assert ids(orderby="modified", order="asc") == [second, first]
    assert ids(orderby="id", order="desc") == [second, first]
    assert ids(include=first) == [first]
    wrong = get(shop, "orders", after="yesterday")
    assert (wrong.status_code, wrong.json()["data"]["params"]) == (400, {"after": "Invalid date."})


def test_pages_name_their_neighbours(shop: Shop) -> None:
    links = get(shop, "products", per_page="2", page="2").headers["Link"]
    assert re.findall(r'page=(\d)>; rel="(\w+)"', links) == [("1", "prev"), ("3", "next")]
    assert get(shop, "products", page="0").status_code == 400
    assert get(shop, "products", page="9").json() == []


def test_customers_are_listed_by_role(shop: Shop) -> None:
    shop.do("customers", email="zoe@example.com")
    shop.do("customers", email="ada@example.com", role="wholesale")
    shop.do("customers", email="ben@example.com")

    def emails(**query: str) -> list[str]:
        return [one["email"] for one in get(shop, "customers", **query).json()]

    assert emails() == ["ben@example.com", "zoe@example.com"]
    assert emails(role="all", orderby="registered_date", order="desc") == [
        "ben@example.com",
        "ada@example.com",
        "zoe@example.com",
    ]
    assert emails(email="ada@example.com") == []
    assert emails(email="ada@example.com", role="all") == ["ada@example.com"]
    account = get(shop, "customers", role="wholesale").json()[0]
    assert account.keys() == recorded("wc1092__customer.created__x__1").keys()
    assert get(shop, f"customers/{account['id']}").json() == account
    assert get(shop, "customers/99").status_code == 404


def test_some_fields_of_what_the_shop_runs_on(shop: Shop) -> None:
    told = get(shop, "system_status", _fields="environment").json()
    assert list(told) == ["environment"]
    assert (told["environment"]["version"], told["environment"]["wp_cron"]) == ("10.9.2", True)
    shop.do("shop", version="9.9.5", cron_disabled=True)
    fields = "environment.version,environment.wp_cron"
    told = get(shop, "system_status", _fields=fields).json()
    assert told == {"environment": {"version": "9.9.5", "wp_cron": False}}
    assert get(shop, "products", _fields="id").json()[0] == {"id": 11}


def test_settings_by_group(shop: Shop) -> None:
    setting = {"id": "woocommerce_currency", "group_id": "general", "value": "EUR"}
    assert get(shop, "settings/general/woocommerce_currency").json() == setting
    assert setting in get(shop, "settings/general").json()
    assert get(shop, "settings/products/woocommerce_hold_stock_minutes").json()["value"] == "60"
    assert get(shop, "settings/nothing").json()["code"] == "rest_setting_setting_group_invalid"


def test_webhooks_by_status_and_by_each_way_to_edit(shop: Shop) -> None:
    shop.watch("order.created", "order.updated")
    status, hook = shop.rest("POST", "webhooks/1", json={"status": "paused"})
    assert (status, hook["status"], "secret" in hook, "failure_count" in hook) == (
        200,
        "paused",
        False,
        False,
    )
    assert [one["id"] for one in get(shop, "webhooks", status="active").json()] == [2]
    shop.do(f"carts/{shop.cart()}/order", outcome="paid")
    assert [topic for topic, _ in shop.got()] == ["order.updated"]
    assert shop.rest("DELETE", "webhooks/1")[0] == 501
    assert shop.rest("GET", "webhooks/1/deliveries")[1]["code"] == "rest_no_route"


def test_one_failure_more_disables_a_reactivated_webhook_and_a_new_one_starts_fresh(
    shop: Shop,
) -> None:
    shop.watch("cart.updated")
    shop.catcher.status = 500
    cart = shop.cart()
    for _ in range(6):
        shop.store.drain(10)
        shop.do(f"carts/{cart}", first_name="Ana")
    shop.store.drain(10)
    assert get(shop, "webhooks/1").json()["status"] == "disabled"
    shop.rest("PUT", "webhooks/1", json={"status": "active"})
    shop.do(f"carts/{cart}", first_name="Bo")
    shop.store.drain(10)
    assert get(shop, "webhooks/1").json()["status"] == "disabled"
    shop.rest("DELETE", "webhooks/1", params={"force": "true"})
    shop.watch("cart.updated")
    shop.do(f"carts/{cart}", first_name="Cy")
    shop.store.drain(10)
    (fresh,) = shop.state()["subscriptions"]
    assert (fresh["status"], fresh["failures"]) == ("active", 1)
