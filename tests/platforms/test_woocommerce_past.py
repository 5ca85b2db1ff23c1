"""A page of the past from a store that answers oddly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, Response, request

from connector import http
from connector.domain.money import Money
from connector.errors import AdapterError, Disconnected, NotSent, OutcomeUnknown
from connector.ports.events import CartChanged, ConsentChanged, ContactChanged, OrderPlaced
from connector.ports.platform import PastKind, PastSlice, StoreAccount
from connector.sandbox.server import Listener
from platforms.woocommerce.adapter import WooCommerce

SINCE = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
KEYS = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
NO_ROUTE = {"code": "rest_no_route", "message": "No route", "data": {"status": 404}}


class Shop:
    """A store with one list of everything; each call is remembered."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.pages, self.has_v2, self.counts = 1, True, True
        self.page: tuple[str, int] | None = None  # what it shows instead
        self.asked: list[tuple[str, dict[str, str]]] = []
        app = Flask("past")
        app.add_url_rule("/wp-json/wc/<version>/<what>", view_func=self._list)
        self.listener = Listener(app)

    def _list(self, version: str, what: str) -> Response:
        self.asked.append((f"{version}/{what}", request.args.to_dict()))
        if self.page:
            return Response(*self.page)
        if version == "v2" and not self.has_v2:
            return Response(json.dumps(NO_ROUTE), 404)
        told = {"X-WP-Total": "250", "X-WP-TotalPages": str(self.pages)}
        return Response(json.dumps(self.rows), 200, told if self.counts else {})

    def past(self, kind: PastKind, cursor: str = "", **options: str) -> PastSlice:
        account = StoreAccount(self.listener.url, "EUR", "UTC", KEYS, options=options)
        return WooCommerce(account).past(kind, SINCE, cursor)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    made = Shop()
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", made.listener.door)
    http.loopback.cache_clear()
    yield made
    made.listener.stop()
    http.loopback.cache_clear()


def order(number: int, **changes: Any) -> dict[str, Any]:
    made = {"id": number, "status": "completed", "currency": "EUR", "total": "5.00"}
    return {**made, "date_created_gmt": "2026-10-20T08:00:00", **changes}


def test_the_first_page_is_read_first_and_once_more_last(shop: Shop) -> None:
    shop.pages, shop.rows = 3, [order(1), order(2)]
    cursors, read = [""], 0
    while cursors[-1] or len(cursors) == 1:
        part = shop.past(PastKind.ORDERS, cursors[-1])
        cursors, read = [*cursors, part.cursor], read + part.read
    assert cursors == ["", "3", "2", "1", ""]
    assert [asked["page"] for _, asked in shop.asked] == ["1", "3", "2", "1"]
    assert (read, part.total) == (6, 250)


def test_only_what_is_read_is_asked_for_and_in_an_order_that_stays(shop: Shop) -> None:
    shop.past(PastKind.ORDERS)
    shop.past(PastKind.CARTS, order_meanings='{"klarna:waiting": "unpaid", "*:odd": "order"}')
    (_, orders), (_, carts) = shop.asked
    assert (orders["orderby"], orders["order"], orders["per_page"]) == ("id", "asc", "100")
    assert (orders["after"], orders["dates_are_gmt"]) == ("2026-10-01T09:29:59", "true")
    assert {"id", "status", "line_items", "meta_data"} <= set(orders["_fields"].split(","))
    assert (orders["status"], carts["status"]) == ("any", "pending,failed,cancelled,waiting")


def test_an_order_that_was_paid_and_cancelled_is_no_cart(shop: Shop) -> None:
    paid = {"date_paid_gmt": "2026-10-20T08:00:00"}
    shop.rows = [
        order(1, status="cancelled", **paid),
        order(2, status="cancelled"),
        order(3, status="pending", payment_method="cod"),
        order(4, status="pending", date_modified_gmt="2026-11-20T08:00:00"),
    ]
    carts = [e.cart for e in shop.past(PastKind.CARTS).events if isinstance(e, CartChanged)]
    assert [cart.external_id for cart in carts] == ["order:2", "order:4"]
    assert {str(cart.source_at) for cart in carts} == {"2026-10-20 08:00:00+00:00"}


@pytest.mark.parametrize("kind", PastKind)
def test_rows_without_sense_hide_no_other(shop: Shop, kind: PastKind) -> None:
    odd: list[Any] = [None, [], {}, 7, "x", {"id": "x"}, {"id": 1, "status": 5, "email": []}]
    good = {**order(9), "status": "publish" if kind is PastKind.PRODUCTS else "failed"}
    shop.rows = [*odd, good if kind is not PastKind.ORDERS else order(9)]
    part = shop.past(kind)
    assert len(part.events) + len(part.products) == 1
    assert part.read == len(odd) + 1


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (("<html>Checking your browser</html>", 200), NotSent),
        (("<html>Down</html>", 503), OutcomeUnknown),
        (("{}", 200), NotSent),
        (("null", 200), NotSent),
        (("<html>Password</html>", 401), Disconnected),
    ],
)
def test_a_store_in_trouble_is_read_later(
    shop: Shop, page: tuple[str, int], kind: type[AdapterError]
) -> None:
    shop.page = page
    with pytest.raises(kind):
        shop.past(PastKind.ORDERS, "2")
    shop.page, shop.rows = None, [order(1)]
    (event,) = shop.past(PastKind.ORDERS, "2").events
    assert isinstance(event, OrderPlaced)


def test_a_full_page_of_a_list_that_does_not_say_how_long_it_is_is_not_all(shop: Shop) -> None:
    shop.counts, shop.rows = False, [order(n) for n in range(1, 101)]
    with pytest.raises(NotSent, match="how long it is"):
        shop.past(PastKind.ORDERS)
    shop.rows.pop()
    assert len(shop.past(PastKind.ORDERS).events) == 99


def test_an_account_tells_what_it_spent_and_what_she_said(shop: Shop) -> None:
    said = [{"key": "_cartwright_email_consent", "value": "no"}]
    known = {"email": "ana@example.com", "role": "wholesale", "meta_data": said}
    dated = {"date_created_gmt": "2026-01-05T01:00:00", "date_modified_gmt": None}
    shop.rows = [{"id": 7, **known, **dated, "total_spent": "12.50"}]
    changed, consent = shop.past(PastKind.CUSTOMERS).events
    assert isinstance(changed, ContactChanged)
    assert isinstance(consent, ConsentChanged)
    assert (changed.total_spent, changed.orders_count) == (Money("EUR", 1250), None)
    assert (changed.roles, str(changed.source_at)) == (("wholesale",), "2026-01-05 01:00:00+00:00")
    assert [(str(mark.state), mark.source) for mark in consent.marks] == [("no", "account")]
    assert shop.asked[0][1]["role"] == "all"


def test_where_v2_was_taken_away_v3_tells_who_there_is(shop: Shop) -> None:
    shop.has_v2, shop.rows = False, [{"id": 7, "email": "ana@example.com"}]
    (changed,) = shop.past(PastKind.CUSTOMERS).events
    assert isinstance(changed, ContactChanged)
    assert (changed.person.email, changed.total_spent) == ("ana@example.com", None)
    assert [where for where, _ in shop.asked] == ["v2/customers", "v3/customers"]
