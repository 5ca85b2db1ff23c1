"""The sandbox store's bulk operations, and the past that it can be given."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.contract_data import CONTRACTS
from tests.sandbox import shopify_documents as docs
from tests.sandbox.shopify_checked import Checked

PAST = {"days": 60, "orders": 40, "checkouts": 30, "customers": 20, "seed": 7}
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def shop() -> Iterator[Checked]:
    shop = Checked()
    shop.store.clock.set(AT)
    yield shop
    shop.close()


def run(shop: Checked, query: str) -> dict[str, Any]:
    """Start one, and wait for its end."""
    told = shop.get(docs.BULK_RUN, q=query)
    assert told["userErrors"] == []
    assert told["bulkOperation"]["status"] == "CREATED"
    return wait(shop, told["bulkOperation"]["id"])


def wait(shop: Checked, gid: str) -> dict[str, Any]:
    for _ in range(500):
        told = dict(shop.get(docs.BULK_GET, id=gid))
        if told["status"] not in {"CREATED", "RUNNING", "CANCELING"}:
            return told
        time.sleep(0.01)
    raise AssertionError("it did not end")


def lines(shop: Checked, url: str) -> list[dict[str, Any]]:
    """The shop's own name leads to it, as a service on this machine would know."""
    assert url.startswith("https://oscars-outdoor.myshopify.com/bulk/")
    here = url.replace("https://oscars-outdoor.myshopify.com", shop.store.url)
    return [json.loads(line) for line in requests.get(here, timeout=10).text.splitlines()]


# ---------------------------------------------------------------- the past


def test_the_same_seed_makes_the_same_past(shop: Checked) -> None:
    other = Checked()
    other.store.clock.set(AT)
    try:
        told = [one.do("history", **PAST) for one in (shop, other)]
        kept = [
            [shelf.all(kind) for kind in ("customer", "cart", "order")]
            for shelf in (shop.store.world.shelf, other.store.world.shelf)
        ]
    finally:
        other.close()
    assert told == [{"customers": 20, "orders": 40, "checkouts": 30, "returned": 9}] * 2
    assert kept[0] == kept[1]


def test_a_past_is_quiet_and_hangs_together(shop: Checked) -> None:
    shop.subscribe("ORDERS_CREATE", "CHECKOUTS_CREATE", "CUSTOMERS_CREATE")
    shop.do("history", **PAST)
    assert shop.got() == []
    shelf = shop.store.world.shelf
    orders, left = shelf.all("order"), shop.left()
    assert (len(orders), len(left)) == (40, 30)
    bought = [one for one in left if one["completedAt"]]
    tokens = {one["cart"]["checkout_token"] for one in orders}
    assert len(bought) == 5
    assert sum(one["checkout_token"] in tokens for one in shelf.all("cart")) == 5
    assert min(one["created_at"] for one in orders) >= "2026-09-23"
    assert max(one["created_at"] for one in orders) < AT.isoformat()
    assert [one["number"] for one in orders] == list(range(1001, 1041))
    counted = sum(int(one["numberOfOrders"]) for one in everybody(shop))
    assert counted == 40
    assert "error" in shop.do("history", customers=0, orders=1)


def everybody(shop: Checked) -> list[dict[str, Any]]:
    return list(shop.get(docs.CUSTOMERS, first=250)["nodes"])


def test_the_shop_goes_on_after_its_past(shop: Checked) -> None:
    shop.do("history", **PAST)
    order = shop.do(f"carts/{shop.cart()}/order", outcome="paid")["order"]
    assert shop.do(f"orders/{order}/fulfill")["order"] == order
    assert len(shop.state()["orders"]) == 41


# ---------------------------------------------------------------- bulk operations


@pytest.mark.parametrize(
    ("name", "roots"), [("orders", 40), ("customers", 20), ("products", 6),
                        ("abandonedCheckouts", 30)],
)  # fmt: skip
def test_a_whole_list_is_left_as_lines(shop: Checked, name: str, roots: int) -> None:
    shop.do("history", **PAST)
    told = run(shop, docs.BULK_QUERIES[name])
    assert (told["status"], told["rootObjectCount"]) == ("COMPLETED", str(roots))
    found = lines(shop, told["url"])
    assert int(told["objectCount"]) == len(found)
    parents = [one for one in found if "__parentId" not in one]
    assert len(parents) == roots
    parent = ""
    for one in found:  # a child comes after its parent, before the next
        parent = one["id"] if "__parentId" not in one else parent
        assert one.get("__parentId", parent) == parent
        assert not {"lineItems", "variants", "edges"} & one.keys()
    if CONTRACTS.is_dir():
        assert docs.misfits(docs.BULK_QUERIES[name], {}, {name: joined(parents, found)}) == []


def joined(parents: list[dict[str, Any]], found: list[dict[str, Any]]) -> dict[str, Any]:
    """The lines as the nested answer that they were made of."""
    for one in parents:
        inner = [child for child in found if child.get("__parentId") == one["id"]]
        kinds = {"lineItems": "LineItem/", "variants": "/ProductVariant/", "collections": "/Coll"}
        for field, kind in kinds.items():
            nodes = [child for child in inner if kind in child["id"]]
            one[field] = {"nodes": nodes, "edges": [{"node": node} for node in nodes]}
    return {"nodes": parents, "edges": [{"node": one} for one in parents]}


def test_a_result_is_read_in_parts_and_lives_over_a_restart(tmp_path: Path) -> None:
    shop = Checked(tmp_path)
    shop.do("history", **PAST)
    url = run(shop, docs.BULK_QUERIES["orders"])["url"].rpartition("/")[2]
    whole = requests.get(f"{shop.store.url}/bulk/{url}", timeout=10)
    shop.close()
    again = Checked(tmp_path)
    try:
        part = requests.get(
            f"{again.store.url}/bulk/{url}", headers={"Range": "bytes=10-29"}, timeout=10
        )
    finally:
        again.close()
    assert (part.status_code, part.content) == (206, whole.content[10:30])
    assert part.headers["Content-Range"] == f"bytes 10-29/{len(whole.content)}"


def test_one_operation_runs_at_a_time_and_can_be_canceled(shop: Checked) -> None:
    shop.subscribe("BULK_OPERATIONS_FINISH")
    shop.do("faults", bulk_s=30)
    first = shop.get(docs.BULK_RUN, q=docs.BULK_QUERIES["orders"])["bulkOperation"]["id"]
    told = shop.get(docs.BULK_RUN, q=docs.BULK_QUERIES["orders"])
    assert (told["bulkOperation"], told["userErrors"][0]["code"]) == (
        None,
        "OPERATION_IN_PROGRESS",
    )
    assert first in told["userErrors"][0]["message"]
    assert shop.get(docs.BULK_CANCEL, id=first)["bulkOperation"]["status"] == "CANCELING"
    assert wait(shop, first)["status"] == "CANCELED"
    ((_, body),) = shop.got("bulk_operations/finish")
    assert (body["status"], body["type"], body["error_code"]) == ("canceled", "query", None)
    assert shop.get(docs.BULK_CANCEL, id=first)["userErrors"]


def test_an_operation_may_fail_half_way(shop: Checked) -> None:
    shop.do("history", **PAST)
    shop.do("faults", bulk_fail=1)
    told = run(shop, docs.BULK_QUERIES["orders"])
    assert (told["status"], told["errorCode"], told["url"]) == ("FAILED", "TIMEOUT", None)
    assert lines(shop, told["partialDataUrl"])
    assert run(shop, docs.BULK_QUERIES["orders"])["status"] == "COMPLETED"


def test_what_is_empty_has_no_address_and_what_is_denied_fails(shop: Checked) -> None:
    empty = run(shop, docs.BULK_QUERIES["orders"])
    assert (empty["status"], empty["url"], empty["objectCount"]) == ("COMPLETED", None, "0")
    shop.do("scopes", granted=["read_products"])
    assert run(shop, docs.BULK_QUERIES["orders"])["errorCode"] == "ACCESS_DENIED"
    assert run(shop, docs.BULK_QUERIES["products"])["status"] == "COMPLETED"
    gone = requests.get(f"{shop.store.url}/bulk/{'0' * 32}.jsonl", timeout=10)
    assert gone.status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        "nonsense",
        "{ shop { name } }",
        "{ orders { edges { node { name lineItems { edges { node { id } } } } } } }",
        "mutation M { discountCodeDelete { id } }",
    ],
)
def test_what_cannot_run_in_bulk(shop: Checked, wrong: str) -> None:
    told = shop.get(docs.BULK_RUN, q=wrong)
    assert (told["bulkOperation"], told["userErrors"][0]["code"]) == (None, "INVALID")
