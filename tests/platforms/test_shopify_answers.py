"""Answers of Shopify that the sandbox never gives: what may have happened there?"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from flask import Flask, request

from connector import http
from connector.errors import Disconnected, NotSent, OutcomeUnknown, Refused
from connector.ports.events import Ignored, OrderPlaced
from connector.ports.platform import StoreAccount
from connector.sandbox.server import Listener
from platforms.shopify.adapter import Shopify
from tests.contracts.bench import NOW, terms

OSCAR = StoreAccount(
    domain="oscars-outdoor.myshopify.com",
    currency="USD",
    timezone="America/New_York",
    credentials={"access_token": "shpat_1"},
)

ANSWERS = {
    "a page instead of JSON": (200, "<html>", NotSent, OutcomeUnknown),
    "no data": (200, '{"data":null}', NotSent, OutcomeUnknown),
    "another form": (200, '{"data":{"x":1}}', NotSent, OutcomeUnknown),
    "an internal error": (
        200,
        '{"errors":[{"message":"x","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}',
        NotSent,
        OutcomeUnknown,
    ),
    "a wrong document": (200, '{"errors":[{"message":"no such field"}]}', Refused, Refused),
    "a missing permission": (
        200,
        '{"data":{"codeDiscountNodeByCode":null,"discountCodeBasicCreate":null},"errors":[{'
        '"message":"denied","path":["discountCodeBasicCreate"],"extensions":{"code":'
        '"ACCESS_DENIED"}}]}',
        Refused,
        Refused,
    ),
    "a frozen shop": (402, "{}", Disconnected, Disconnected),
    "forbidden": (403, "{}", Disconnected, Disconnected),
    "too many": (429, "{}", NotSent, NotSent),
    "a redirect": (200, "301", NotSent, OutcomeUnknown),
    "nested too deep": (200, '{"data":' + "[" * 60_000, NotSent, OutcomeUnknown),
}


class Says:
    """A server that gives one answer to everything."""

    def __init__(self, status: int, body: str) -> None:
        self.app = Flask("says")
        self.app.post("/<path:path>")(lambda path: (body, status))


@pytest.mark.parametrize("name", ANSWERS)
def test_an_odd_answer_is_sorted_by_what_may_have_happened(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, body, of_a_read, of_a_write = ANSWERS[name]
    listener = Listener(Says(status, body).app)
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", f"{OSCAR.domain}={listener.door}")
    http.loopback.cache_clear()
    try:
        with pytest.raises(of_a_read):
            Shopify(OSCAR).find_discount("X")
        with pytest.raises(of_a_write):
            Shopify(OSCAR).create_discount(terms())
    finally:
        listener.stop()
        http.loopback.cache_clear()


def test_withheld_people_do_not_hide_their_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app without access to protected customer data: null fields, one error each."""
    money = {"shopMoney": {"amount": "12.50", "currencyCode": "USD"}}
    node = {
        "id": "gid://shopify/Order/1",
        "name": "#1",
        "createdAt": "2026-11-22T08:00:00Z",
        "updatedAt": "2026-11-22T08:00:00Z",
        "email": None,
        "customer": None,
        "checkoutToken": "c1",
        "totalPriceSet": money,
        "totalRefundedSet": money | {"shopMoney": {"amount": "0.0", "currencyCode": "USD"}},
    }
    denied = {"message": "no", "extensions": {"code": "ACCESS_DENIED"}}
    answer = {
        "data": {"orders": {"nodes": [node], "pageInfo": {"hasNextPage": False}}},
        "errors": [{**denied, "path": ["orders", "nodes", 0, "email"]}],
    }
    listener = Listener(Says(200, json.dumps(answer)).app)
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", f"{OSCAR.domain}={listener.door}")
    http.loopback.cache_clear()
    try:
        (placed,) = Shopify(OSCAR).orders_since(NOW)
    finally:
        listener.stop()
        http.loopback.cache_clear()
    assert isinstance(placed, OrderPlaced)
    assert placed.order.cart_tokens == ("c1",)
    assert not placed.order.person.reachable


def test_an_order_that_nobody_can_read_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def node(number: int, amount: str, **changes: object) -> dict[str, object]:
        at = "2099-01-01T00:00:00Z"
        return {
            "id": f"gid://shopify/Order/{number}",
            "name": f"#{number}",
            "createdAt": at,
            "updatedAt": at,
            "totalPriceSet": {"shopMoney": {"amount": amount, "currencyCode": "USD"}},
            **changes,
        }

    nodes = [node(1, "1e99"), node(2, "5.00", name=None), None, node(3, "5.00")]
    answer = {"data": {"orders": {"nodes": nodes, "pageInfo": {"hasNextPage": False}}}}
    listener = Listener(Says(200, json.dumps(answer)).app)
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", f"{OSCAR.domain}={listener.door}")
    http.loopback.cache_clear()
    try:
        *skipped, placed = Shopify(OSCAR).orders_since(NOW)
    finally:
        listener.stop()
        http.loopback.cache_clear()
    assert isinstance(placed, OrderPlaced)
    assert (placed.order.external_id, placed.order.source_at.year) == ("3", 2099)
    reasons = [
        event.reason.partition(" cannot")[0] for event in skipped if isinstance(event, Ignored)
    ]
    assert reasons == ["order 1", "order 2", "order without an id"]


def test_the_sandbox_gets_what_shopify_would_get(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address, the headers and nothing else: no prints, no state left in the SDK."""
    import shopify

    seen: list[tuple[str, dict[str, str]]] = []
    app = Flask("seen")

    @app.post("/<path:path>")
    def keep(path: str) -> tuple[str, int]:
        seen.append((urlsplit(request.url).path, dict(request.headers)))
        return "{}", 401

    listener = Listener(app)
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", f"{OSCAR.domain}={listener.door}")
    http.loopback.cache_clear()
    try:
        with pytest.raises(Disconnected):
            Shopify(OSCAR).info()
    finally:
        listener.stop()
        http.loopback.cache_clear()
    ((path, headers),) = seen
    assert path == "/admin/api/2026-10/graphql.json"
    assert headers["Host"] == OSCAR.domain
    assert headers["X-Shopify-Access-Token"] == "shpat_1"
    assert shopify.ShopifyResource.get_site() is None
    assert "X-Shopify-Access-Token" not in shopify.ShopifyResource.get_headers()
