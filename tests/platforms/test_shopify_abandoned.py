"""Checkouts from the API: one cart with what deliveries tell, whatever is kept back from us."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, request
from graphql import OperationDefinitionNode
from graphql import parse as read

from connector.domain.money import Money
from connector.errors import NotSent, Refused
from connector.ports.events import CartChanged, Ignored
from connector.ports.listing import Interrupted
from connector.ports.platform import RawWebhook
from connector.sandbox.server import Listener
from platforms.shopify.adapter import Shopify
from platforms.shopify.care_operations import ABANDONED
from tests.contracts.doors import open_doors
from tests.platforms.test_shopify_query import MOST, OSCAR, answering, line, money, row, worst

SINCE = datetime(2026, 11, 22, tzinfo=UTC)
LINK = "https://oscars-outdoor.myshopify.com/1/checkouts/ac/hWN1/recover?key=secret&locale=en-US"


def checkout(**changes: Any) -> dict[str, Any]:
    return {
        "id": "gid://shopify/AbandonedCheckout/981820079255243537",
        "name": "#981820079255243537",
        "createdAt": "2026-11-22T07:00:00Z",
        "updatedAt": "2026-11-22T08:00:00Z",
        "completedAt": None,
        "abandonedCheckoutUrl": LINK,
        "customer": {
            "id": "gid://shopify/Customer/7",
            "firstName": "Ana",
            "lastName": "Lima",
            "locale": "pt-BR",
            "defaultEmailAddress": {"emailAddress": "ana@example.com"},
            "defaultPhoneNumber": None,
        },
        "shippingAddress": None,
        "billingAddress": {"countryCodeV2": "BR", "provinceCode": "SP"},
        "totalPriceSet": money("20.00"),
        "lineItems": {"nodes": [line("Mug", discountedUnitPriceSet=money("10.00"))]},
        **changes,
    }


def answer(*nodes: Any, after: str | None = None) -> dict[str, Any]:
    page = {"hasNextPage": bool(after), "endCursor": after}
    return {"abandonedCheckouts": {"nodes": list(nodes), "pageInfo": page}}


def one(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Any:
    with answering(monkeypatch, lambda asked: answer(checkout(**changes))) as store:
        listed = store.abandoned_since(SINCE)
    (event,) = listed.events
    assert isinstance(event, CartChanged)
    return event.cart


def test_the_query_cannot_be_too_dear() -> None:
    (definition,) = read(ABANDONED.document).definitions
    assert isinstance(definition, OperationDefinitionNode)
    assert worst(definition.selection_set) <= MOST


def test_a_checkout_is_read_with_its_shopper_and_names(monkeypatch: pytest.MonkeyPatch) -> None:
    cart = one(monkeypatch)
    assert cart.tokens == ("hWN1", "checkout:981820079255243537")
    assert (cart.external_id, cart.recovery_url, cart.listed) == ("hWN1", LINK, True)
    assert (cart.person.email, cart.person.country, cart.locale) == (
        "ana@example.com",
        "BR",
        "pt-BR",
    )
    assert cart.total == Money("USD", 2000)
    assert [item.title for item in cart.lines] == ["Mug"]
    assert cart.source_at == datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_it_shares_a_name_with_its_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    body = {
        "token": "123123123",
        "cart_token": "eeafa272cebfd4b22385bc4b645e762c",
        "name": "#981820079255243537",
        "line_items": [{"title": "Mug", "quantity": 1, "price": "1.00"}],
        "currency": "USD",
        "total_price": "1.00",
    }
    webhook = RawWebhook("checkouts/create", json.dumps(body).encode(), "", "1")
    (told,) = Shopify(OSCAR).parse(webhook, SINCE)
    assert isinstance(told, CartChanged)
    assert told.cart.external_id == "eeafa272cebfd4b22385bc4b645e762c"
    listed = one(monkeypatch, abandonedCheckoutUrl=None)
    assert set(listed.tokens) <= set(told.cart.tokens)


@pytest.mark.parametrize("url", [None, "", "no address", "https://[", "https://x.example/cart"])
def test_without_a_link_the_cart_is_kept(monkeypatch: pytest.MonkeyPatch, url: str | None) -> None:
    cart = one(monkeypatch, abandonedCheckoutUrl=url)
    assert cart.external_id == "checkout:981820079255243537"


def test_an_odd_checkout_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        checkout(totalPriceSet=None),
        None,
        checkout(),
        checkout(id="x", name=None, abandonedCheckoutUrl=None),
    ]
    with answering(monkeypatch, lambda asked: answer(*rows)) as store:
        listed = store.abandoned_since(SINCE)
    assert [type(event) for event in listed.events] == [Ignored, Ignored, CartChanged, Ignored]


class Api:
    """A server that answers each call with what is next, errors and costs included."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []
        app = Flask("api")
        app.add_url_rule("/<path:_>", view_func=self._reply, methods=["POST"])
        self.listener = Listener(app)

    def _reply(self, _: str) -> dict[str, Any]:
        self.asked.append(request.get_json())
        return self.answers.pop(0)


@contextmanager
def api(*answers: dict[str, Any]) -> Iterator[Api]:
    made = Api(*answers)
    with open_doors(f"{OSCAR.domain}={made.listener.door}"):
        yield made
    made.listener.stop()


def cost(asked: float, left: float) -> dict[str, Any]:
    bucket = {"currentlyAvailable": left, "restoreRate": 50, "maximumAvailable": 1000}
    return {"cost": {"requestedQueryCost": asked, "throttleStatus": bucket}}


def denied(*path: Any) -> dict[str, Any]:
    problem = {"message": "denied", "path": path, "extensions": {"code": "ACCESS_DENIED"}}
    return {"data": None, "errors": [problem]}


def test_links_that_are_refused_do_not_lose_the_carts() -> None:
    """The schema promises an address: without it there is no answer at all."""
    refused = denied("abandonedCheckouts", "nodes", 0, "abandonedCheckoutUrl")
    with api(refused, {"data": answer(checkout(abandonedCheckoutUrl=None))}) as made:
        (event,) = Shopify(OSCAR).abandoned_since(SINCE).events
    assert isinstance(event, CartChanged)
    assert event.cart.recovery_url == ""
    assert "abandonedCheckoutUrl" not in made.asked[1]["query"]


def test_a_list_that_may_not_be_seen_is_a_refusal() -> None:
    with api(denied("abandonedCheckouts")), pytest.raises(Refused, match="not been granted"):
        Shopify(OSCAR).abandoned_since(SINCE)


def test_a_short_budget_ends_a_reading_at_its_page() -> None:
    first = {"data": answer(checkout(), after="p1"), "extensions": cost(900, 400)}
    with api(first, {"data": answer(checkout())}) as made:
        store = Shopify(OSCAR)
        part = store.abandoned_since(SINCE)
        assert (len(part.events), part.cursor, part.after_s) == (1, "p1", 10.0)
        rest = store.abandoned_since(SINCE, part.cursor)
    assert (len(rest.events), rest.cursor) == (1, "")
    assert [asked["variables"]["after"] for asked in made.asked] == [None, "p1"]


def test_throttling_in_the_middle_keeps_what_was_read() -> None:
    first = {"data": answer(checkout(), after="p1"), "extensions": cost(100, 900)}
    slow = {
        "errors": [{"message": "x", "extensions": {"code": "THROTTLED"}}],
        "extensions": cost(100, 50),
    }
    with api(first, slow, slow):
        part = Shopify(OSCAR).abandoned_since(SINCE)
        assert (part.cursor, part.after_s) == ("p1", 1.0)
        with pytest.raises(NotSent) as caught:
            Shopify(OSCAR).abandoned_since(SINCE)
    assert caught.value.after == 1.0


def test_orders_of_the_pages_before_a_pause_are_told() -> None:
    page = {"orders": {"nodes": [row()], "pageInfo": {"hasNextPage": True, "endCursor": "p1"}}}
    with api({"data": page, "extensions": cost(900, 400)}), pytest.raises(Interrupted) as caught:
        Shopify(OSCAR).orders_since(SINCE)
    assert (len(caught.value.found), caught.value.after) == (1, 10.0)


# ---------------------------------------------------------------- the shop's own reminder


def abandonment(state: str | None, at: str | None = None) -> dict[str, Any]:
    told = {"emailState": state, "emailSentAt": at} if state else None
    return {"data": {"abandonmentByAbandonedCheckoutId": told}}


NAMES = ("hWN1", "checkout:12")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (abandonment("SENT", "2026-11-22T06:00:00Z"), datetime(2026, 11, 22, 6, tzinfo=UTC)),
        (abandonment("SCHEDULED"), SINCE),
        (abandonment("NOT_SENT"), None),
        (abandonment(None), None),
        (denied("abandonmentByAbandonedCheckoutId"), None),
    ],
)
def test_the_shops_own_reminder_is_seen(told: Any, expected: datetime | None) -> None:
    with api(told) as made:
        assert Shopify(OSCAR).reminded(NAMES, SINCE) == expected
    assert made.asked[0]["variables"] == {"id": "gid://shopify/AbandonedCheckout/12"}


@pytest.mark.parametrize("names", [(), ("hWN1",), ("checkout:x",)])
def test_of_a_cart_without_a_checkout_nobody_is_asked(names: tuple[str, ...]) -> None:
    with api() as made:
        assert Shopify(OSCAR).reminded(names, SINCE) is None
    assert made.asked == []
