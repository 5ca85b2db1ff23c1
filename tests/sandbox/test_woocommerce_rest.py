"""The sandbox WooCommerce's REST API against what a real store was seen to answer."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from woocommerce.oauth import OAuth

from connector.sandbox.woocommerce import Store
from tests.contract_data import CONTRACTS, needs_contracts
from tests.sandbox.woocommerce_shop import KEPT, Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


def recorded(name: str) -> Any:
    sample = json.loads((KEPT / f"{name}.json").read_text(encoding="utf-8"))
    return json.loads(base64.b64decode(sample["body_b64"]))


# -------------------------------------------------------------------- bodies


def test_an_order_has_the_fields_of_a_real_one(shop: Shop) -> None:
    shop.watch("order.created")
    shop.do(f"carts/{shop.cart()}/order", outcome="pending")
    ((_, order),) = shop.got()
    real = recorded("wc1092__order.created__pending_store-api__1")
    assert order.keys() == real.keys()
    assert order["line_items"][0].keys() == real["line_items"][0].keys()
    assert order["billing"].keys() == real["billing"].keys()
    assert {type(order[k]) for k in order} == {type(real[k]) for k in real}


def test_a_product_has_the_fields_of_a_real_one(shop: Shop) -> None:
    _, product = shop.rest("GET", "products/11")
    assert product.keys() == recorded("wc1092__product.updated__x__1").keys()


@needs_contracts
def test_coupons_are_made_and_refused_in_the_recorded_words(shop: Shop) -> None:
    text = (CONTRACTS / "woocommerce/rest_coupons.jsonl").read_text(encoding="utf-8")
    compared = 0
    for entry in map(json.loads, text.splitlines()):
        asked = coupon_of(entry)
        if asked is None:
            continue
        status, body = shop.rest("POST", "coupons", json=asked)
        assert (status, bare(body)) == (entry["status"], bare(entry["body"])), entry["name"]
        compared += 1
    assert compared == 22


def coupon_of(entry: dict[str, Any]) -> dict[str, Any] | None:
    """What was posted in a recorded step; None for steps that made no single coupon."""
    if entry["name"] == "date_expires":
        number = entry["body"].get("id", 0)
        value = int(entry["req"]) if str(entry["req"]).isdecimal() else entry["req"]
        kind = {"discount_type": "percent", "amount": "5", "date_expires": value}
        return {"code": entry["body"].get("code", f"x{number}"), **kind}
    if entry["status"] not in {201, 400} or not str(entry["req"]).startswith("{"):
        return None
    found: dict[str, Any] = json.loads(entry["req"])
    return found


def bare(body: dict[str, Any]) -> dict[str, Any]:
    """Without what differs from store to store: ids, addresses, the time of making."""
    body = {k: v for k, v in body.items() if k not in {"id", "_links"} | MADE}
    fields = [{"key": m["key"], "value": m["value"]} for m in body.get("meta_data", [])]
    return {**body, "meta_data": fields}


MADE = {"date_created", "date_created_gmt", "date_modified", "date_modified_gmt"}


# -------------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("key", "secret", "code", "words"),
    [
        ("ck_1", "cs_2", "woocommerce_rest_authentication_error", "Consumer secret is invalid."),
        ("ck_2", "cs_1", "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    ],
)
def test_wrong_keys_over_https(shop: Shop, key: str, secret: str, code: str, words: str) -> None:
    status, body = shop.rest("GET", "coupons", auth=(key, secret))
    assert (status, body) == (401, {"code": code, "message": words, "data": {"status": 401}})


class Signed:
    """Calls over plain http, signed as the official package signs."""

    def __init__(self, store: Store, secret: str = "cs_1", late_s: int = 0) -> None:
        stamp = int(time.time()) - late_s
        url = f"{store.url}/wp-json/wc/v3/coupons?code=a+b,c%25"
        oauth = OAuth(
            url=url,
            consumer_key="ck_1",
            consumer_secret=secret,
            version="wc/v3",
            method="GET",
            oauth_timestamp=stamp,
        )
        self.url = oauth.get_oauth_url()

    def call(self) -> tuple[int, Any]:
        answer = requests.get(self.url, timeout=5)
        return answer.status_code, answer.json() and answer.json()["message"]


def test_a_signed_call_is_good_once(shop: Shop) -> None:
    call = Signed(shop.store)
    assert call.call() == (200, [])
    assert call.call() == (401, "Invalid nonce - nonce has already been used.")


def test_a_call_signed_20_minutes_ago_is_refused(shop: Shop) -> None:
    assert Signed(shop.store, late_s=1200).call() == (401, "Invalid timestamp.")


def test_a_wrong_signature_is_refused(shop: Shop) -> None:
    words = "Invalid signature - provided signature does not match."
    assert Signed(shop.store, secret="cs_2").call() == (401, words)


def test_basic_over_plain_http_is_not_even_looked_at(shop: Shop) -> None:
    answer = requests.get(
        f"{shop.store.url}/wp-json/wc/v3/coupons", auth=("ck_1", "cs_1"), timeout=5
    )
    assert answer.json()["code"] == "woocommerce_rest_cannot_view"


def test_other_paths_and_sizes_are_refused_in_wordpress_words(shop: Shop) -> None:
    assert shop.rest("GET", "nothing")[1]["code"] == "rest_no_route"
    assert shop.rest("GET", "orders", params={"per_page": "101"})[1]["code"] == "rest_invalid_param"
    assert shop.rest("GET", "orders/9")[1]["code"] == "woocommerce_rest_shop_order_invalid_id"
