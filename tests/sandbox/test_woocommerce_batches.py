"""The sandbox WooCommerce's coupons in batches, changed, in the trash and gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract_data import CONTRACTS, needs_contracts
from tests.sandbox.test_woocommerce_rest import bare
from tests.sandbox.woocommerce_shop import Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


def batch(shop: Shop, **asked: Any) -> tuple[int, Any]:
    return shop.rest("POST", "coupons/batch", json=asked)


@needs_contracts
def test_changes_trash_and_batches_answer_as_recorded(shop: Shop) -> None:
    text = (CONTRACTS / "woocommerce/rest_coupons.jsonl").read_text(encoding="utf-8")
    real = {step["name"]: step for step in map(json.loads, text.splitlines())}
    made = shop.rest("POST", "coupons", json=json.loads(real["full"]["req"]))[1]
    one = f"coupons/{made['id']}"
    told = shop.rest("PUT", one, json=json.loads(real["update"]["req"]))
    assert (told[0], bare(told[1])) == (200, bare(real["update"]["body"]))
    told = shop.rest("DELETE", one)
    assert (told[0], bare(told[1])) == (200, bare(real["delete trash"]["body"]))
    assert shop.rest("DELETE", one)[1]["code"] == "woocommerce_rest_already_trashed"
    told = shop.rest("DELETE", one, params={"force": "true"})
    assert (told[0], without_time(told[1])) == (200, without_time(real["delete force"]["body"]))
    assert shop.rest("GET", one) == (404, real["get deleted"]["body"])
    shop.rest("POST", "coupons", json={"code": "batch-0", "amount": "10"})
    twice = json.loads(real["batch with a duplicate"]["req"])
    status, answer = batch(shop, **twice)
    wanted = real["batch with a duplicate"]["body"]["create"]
    assert (status, answer["create"][0]) == (200, wanted[0])
    assert bare(answer["create"][1]) == bare(wanted[1])
    many = [{"code": f"big-{n}", "amount": "1"} for n in range(101)]
    assert batch(shop, create=many) == (413, real["batch101"]["body"])


def without_time(body: dict[str, Any]) -> dict[str, Any]:
    fields = [m for m in bare(body)["meta_data"] if m["key"] != "_wp_trash_meta_time"]
    return {**bare(body), "meta_data": fields}


def test_a_batch_does_what_it_can_and_says_what_not(shop: Shop) -> None:
    made = [{"code": f"c{n}", "amount": "1"} for n in range(98)]
    status, answer = batch(shop, create=made)
    ids = [one["id"] for one in answer["create"]]
    assert (status, len(set(ids))) == (200, 98)
    status, answer = batch(
        shop,
        update=[{"id": ids[0], "description": "x"}, {"id": 9, "amount": "2"}],
        delete=[ids[1], ids[1], 9],
    )
    assert (status, sorted(answer)) == (200, ["delete", "update"])
    assert answer["update"][0]["description"] == "x"
    gone = {"code": "woocommerce_rest_shop_coupon_invalid_id", "message": "Invalid ID."}
    missing = {"id": 9, "error": {**gone, "data": {"status": 404}}}
    assert answer["update"][1] == missing
    assert answer["delete"] == [{**answer["delete"][0]}, {**missing, "id": ids[1]}, missing]
    assert answer["delete"][0]["code"] == "c1"


def test_a_code_in_the_trash_is_free_again(shop: Shop) -> None:
    first = shop.rest("POST", "coupons", json={"code": "X", "amount": "1"})[1]["id"]
    shop.rest("DELETE", f"coupons/{first}")
    assert shop.rest("GET", f"coupons/{first}")[1]["status"] == "trash"
    assert shop.rest("GET", "coupons", params={"code": "X"})[1] == []
    refused = shop.do(f"carts/{shop.cart()}/order", outcome="paid", code="X")
    assert "does not exist" in refused["code_reason"]
    assert shop.rest("POST", "coupons", json={"code": "x", "amount": "1"})[0] == 201


def test_coupons_are_found_by_their_words_and_times(shop: Shop) -> None:
    shop.do("clock", at="2026-11-20T10:00:00+00:00")
    shop.rest("POST", "coupons", json={"code": "cart-1", "description": "ours", "amount": "1"})
    shop.do("clock", at="2026-11-21T10:00:00+00:00")
    later = shop.rest("POST", "coupons", json={"code": "other", "amount": "1"})[1]["id"]

    def codes(**query: str) -> list[str]:
        return [one["code"] for one in shop.rest("GET", "coupons", params=query)[1]]

    assert codes() == ["other", "cart-1"]
    assert codes(search="OURS") == codes(search="cart-") == ["cart-1"]
    assert codes(modified_after="2026-11-21T00:00:00Z") == ["other"]
    assert codes(per_page="1", page="2") == ["cart-1"]
    shop.do("clock", at="2026-11-22T10:00:00+00:00")
    shop.rest("PUT", f"coupons/{later}", json={"amount": "2"})
    assert codes(modified_after="2026-11-22T00:00:00Z", before="2026-11-22T00:00:00Z") == ["other"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            ["a@x.example", "bad", "ü@x.example", "B@x.example"],
            {"0": "a@x.example", "3": "b@x.example"},
        ),
        (["bad", "a@x.example"], {"1": "a@x.example"}),
        (["a@x.example", "bad"], ["a@x.example"]),
        (["bad"], []),
    ],
)
def test_bad_addresses_leave_gaps(shop: Shop, given: list[str], kept: Any) -> None:
    status, made = shop.rest(
        "POST", "coupons", json={"code": "HERS", "amount": "5", "email_restrictions": given}
    )
    assert (status, made["email_restrictions"]) == (201, kept)
    mine = shop.do(f"carts/{shop.cart(email='a@x.example')}/order", outcome="paid", code="HERS")
    assert mine["code_accepted"]
    other = shop.do(f"carts/{shop.cart(email='z@x.example')}/order", outcome="paid", code="HERS")
    assert other["code_accepted"] is (not kept)
    told = shop.rest("GET", f"coupons/{made['id']}")[1]
    assert told["usage_count"] == (1 if kept else 2)
    assert "a@x.example" in told["used_by"]


def test_a_refused_change_leaves_a_coupon_as_it_was(shop: Shop) -> None:
    wanted = {"code": "P", "discount_type": "percent", "amount": "10"}
    made = shop.rest("POST", "coupons", json=wanted)[1]
    status, body = shop.rest("PUT", f"coupons/{made['id']}", json={"amount": "150"})
    assert (status, body["code"]) == (400, "coupon_invalid_amount")
    assert shop.rest("GET", f"coupons/{made['id']}")[1]["amount"] == "10.00"
