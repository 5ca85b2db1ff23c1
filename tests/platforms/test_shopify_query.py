"""The queries for orders: what they may cost, and how odd answers are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, request
from graphql import FieldNode, IntValueNode, OperationDefinitionNode, SelectionSetNode
from graphql import parse as read

from connector import http
from connector.domain.carts import CartLine
from connector.domain.money import Money
from connector.ports.events import OrderPlaced
from connector.ports.platform import StoreAccount
from connector.sandbox.server import Listener
from platforms.shopify.adapter import Shopify
from platforms.shopify.operation import Operation
from platforms.shopify.operations import ORDER_LINES, ORDERS

OSCAR = StoreAccount(
    "oscars-outdoor.myshopify.com", "USD", "America/New_York", {"access_token": "shpat_1"}
)
MOST = 1000  # points of a single query, counted before it runs


# ---------------------------------------------------------------- cost


def worst(selections: SelectionSetNode | None) -> int:
    """The points of a selection if every object counts each time that it may come."""
    fields = selections.selections if selections else ()
    return sum(_worst(one) for one in fields if isinstance(one, FieldNode) and one.selection_set)


def _worst(one: FieldNode) -> int:
    times = next((_number(a.value) for a in one.arguments or () if a.name.value == "first"), 1)
    inner = one.selection_set.selections if one.selection_set else ()
    nodes = [f for f in inner if isinstance(f, FieldNode) and f.name.value == "nodes"]
    if nodes:  # a connection: its rows come so often, it and its pageInfo once
        return 2 + times * (1 + worst(nodes[0].selection_set))
    return times * (1 + worst(one.selection_set))


def _number(value: Any) -> int:
    assert isinstance(value, IntValueNode)
    return int(value.value)


@pytest.mark.parametrize("operation", [ORDERS, ORDER_LINES], ids=lambda one: one.name)
def test_no_query_for_orders_can_be_too_dear(operation: Operation) -> None:
    (definition,) = read(operation.document).definitions
    assert isinstance(definition, OperationDefinitionNode)
    assert worst(definition.selection_set) <= MOST


# ---------------------------------------------------------------- odd answers


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[Any], Any]) -> Iterator[Shopify]:
    """Oscar's store, with a server that answers each question as told."""
    app = Flask("answers")

    @app.post("/<path:path>")
    def reply(path: str) -> str:
        return json.dumps({"data": answer(request.get_json())})

    listener = Listener(app)
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", f"{OSCAR.domain}={listener.door}")
    http.loopback.cache_clear()
    try:
        yield Shopify(OSCAR)
    finally:
        listener.stop()
        http.loopback.cache_clear()


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "USD"}}


def row(**changes: Any) -> dict[str, Any]:
    return {
        "id": "gid://shopify/Order/1",
        "name": "#1",
        "createdAt": "2026-11-20T08:00:00Z",
        "updatedAt": "2026-11-22T08:00:00Z",
        "processedAt": "2026-11-20T08:00:00Z",
        "totalPriceSet": money("20.00"),
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "FULFILLED",
        **changes,
    }


def line(title: str, **changes: Any) -> dict[str, Any]:
    return {
        "title": title,
        "variantTitle": "Red",
        "quantity": 2,
        "product": {"id": "gid://shopify/Product/11"},
        "variant": {"id": "gid://shopify/ProductVariant/12"},
        "originalUnitPriceSet": money("10.00"),
        **changes,
    }


def lines(*nodes: Any, after: str | None = None) -> dict[str, Any]:
    return {"nodes": nodes, "pageInfo": {"hasNextPage": bool(after), "endCursor": after}}


def placed(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Any:
    found = {"orders": {"nodes": [row(**changes)], "pageInfo": {"hasNextPage": False}}}
    with answering(monkeypatch, lambda asked: found) as store:
        (event,) = store.orders_since(datetime(2026, 11, 22, tzinfo=UTC))
    assert isinstance(event, OrderPlaced)
    return event.order


def test_an_order_is_read_as_its_delivery_is(monkeypatch: pytest.MonkeyPatch) -> None:
    order = placed(
        monkeypatch,
        lineItems=lines(line("Mug"), line("Gone", product=None, variant=None)),
        fulfillments=[
            {"createdAt": "2026-11-21T08:00:00Z", "status": "SUCCESS"},
            {"createdAt": "2026-11-22T07:00:00Z", "status": "CANCELLED"},
        ],
    )
    assert order.lines == (
        CartLine("11", "12", "Mug", 2, Money("USD", 1000), variant_title="Red"),
        CartLine("", "", "Gone", 2, Money("USD", 1000), variant_title="Red"),
    )
    assert order.paid_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert order.fulfilled_at == datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_money_came_with_the_last_sale_or_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    moves = [
        {"kind": "SALE", "status": "FAILURE", "processedAt": "2026-11-22T07:00:00Z"},
        {"kind": "AUTHORIZATION", "status": "SUCCESS", "processedAt": "2026-11-22T07:30:00Z"},
        {"kind": "CAPTURE", "status": "SUCCESS", "processedAt": "2026-11-21T09:00:00Z"},
        {"kind": "REFUND", "status": "SUCCESS", "processedAt": "2026-11-22T07:45:00Z"},
    ]
    order = placed(monkeypatch, transactions=moves)
    assert order.paid_at == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert placed(monkeypatch, displayFinancialStatus="PENDING").paid_at is None


def test_an_odd_line_does_not_hide_a_purchase(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = [line("Odd", quantity=-1), line("Dear", originalUnitPriceSet=money("1e99")), None, "x"]
    order = placed(monkeypatch, lineItems=lines(*odd, line("Mug")))
    assert [one.title for one in order.lines] == ["Mug"]
    assert placed(monkeypatch, lineItems=None).lines == ()  # withheld from the app


def test_a_long_orders_lines_are_asked_for_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {None: lines(line("1"), line("2"), after="a"), "a": lines(line("3"))}
    orders = {"nodes": [row(lineItems=lines(line("1"), after="x"))], "pageInfo": {}}

    def answer(asked: Any) -> Any:
        if asked["operationName"] == "Orders":
            return {"orders": orders}
        assert asked["variables"]["id"] == "gid://shopify/Order/1"
        return {"order": {"lineItems": pages[asked["variables"]["after"]]}}

    with answering(monkeypatch, answer) as store:
        (event,) = store.orders_since(datetime(2026, 11, 22, tzinfo=UTC))
    assert isinstance(event, OrderPlaced)
    assert [one.title for one in event.order.lines] == ["1", "2", "3"]


def test_a_long_order_that_is_gone_meanwhile_has_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = {"nodes": [row(lineItems=lines(line("1"), after="x"))], "pageInfo": {}}
    with answering(monkeypatch, lambda asked: {"orders": orders, "order": None}) as store:
        (event,) = store.orders_since(datetime(2026, 11, 22, tzinfo=UTC))
    assert isinstance(event, OrderPlaced)
    assert event.order.lines == ()
