"""WooCommerce's REST client against servers that answer oddly, and which links are a store's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, Response, request

from connector import http
from connector.domain.carts import CartLine
from connector.domain.money import Money
from connector.errors import AdapterError, CodeTaken, Disconnected, NotSent, OutcomeUnknown, Refused
from connector.ports.events import CartChanged, Ignored, OrderPlaced
from connector.ports.platform import StoreAccount
from connector.sandbox.server import Listener
from platforms.woocommerce.adapter import WooCommerce
from tests.contracts.bench import terms

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KEYS = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}


ErrorOf = Callable[..., AdapterError]


class OddStore:
    """A server that is no WooCommerce, or one in trouble: answers everything with one answer."""

    def __init__(self, body: str, status: int, **headers: str) -> None:
        self.calls: list[str] = []
        app = Flask("odd")

        @app.route("/", defaults={"path": ""}, methods=["GET", "POST", "DELETE"])
        @app.route("/<path:path>", methods=["GET", "POST", "DELETE"])
        def answer(path: str) -> Response:
            self.calls.append(f"{request.method} {path}")
            return Response(body, status, {k.replace("_", "-"): v for k, v in headers.items()})

        self.listener = Listener(app)
        self.store = WooCommerce(StoreAccount(self.listener.url, "EUR", "UTC", KEYS))


@pytest.fixture
def error_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[ErrorOf]:
    """Ask an odd store for a code, or to make one: what we make of its answer."""
    stores = []

    def ask(write: bool, body: str, status: int, **headers: str) -> AdapterError:
        odd = OddStore(body, status, **headers)
        stores.append(odd)
        monkeypatch.setenv("CARTWRIGHT_LOOPBACK", odd.listener.door)
        http.loopback.cache_clear()
        with pytest.raises(AdapterError) as raised:
            odd.store.create_discount(terms()) if write else odd.store.find_discount("X")
        return raised.value

    yield ask
    for odd in stores:
        odd.listener.stop()
    http.loopback.cache_clear()


PAGE = "<html><body>Checking your browser</body></html>"
ERROR = '{"code":"x_y","message":"No <b>way<\\/b> &amp; why","data":{"status":%d}}'
TAKEN = '{"code":"woocommerce_rest_coupon_code_already_exists","message":"","data":{"status":400}}'
CLOCK = '{"code":"woocommerce_rest_authentication_error","message":"%s","data":{"status":401}}'


@pytest.mark.parametrize(
    ("write", "body", "status", "kind"),
    [
        (False, PAGE, 200, NotSent),
        (True, PAGE, 201, OutcomeUnknown),  # a warning printed before the JSON hides a success
        (True, "<br /><b>Notice</b>: x\n" + '{"id": 1, "code": "x"}', 201, OutcomeUnknown),
        (False, "[]extra", 200, NotSent),
        (False, '{"id": 1}', 200, NotSent),  # an object where a list should be
        (True, "[]", 201, OutcomeUnknown),
        (True, '{"id": "1e9", "code": 5}', 201, OutcomeUnknown),
        (False, ERROR % 401, 200, Disconnected),  # some hosts turn every status into 200
        (False, ERROR % 404, 200, Refused),
        (True, ERROR % 500, 200, OutcomeUnknown),
        (True, ERROR % 400, 400, Refused),
        (True, TAKEN, 400, CodeTaken),
        (True, ERROR % 403, 403, Disconnected),
        (True, CLOCK % "Invalid timestamp.", 401, NotSent),
        (True, CLOCK % "Invalid nonce - nonce has already been used.", 401, NotSent),
        (True, CLOCK % "Consumer secret is invalid.", 401, Disconnected),
        (True, PAGE, 403, NotSent),  # a firewall, not WooCommerce: the keys are not to blame
        (True, PAGE, 401, Disconnected),
        (True, PAGE, 404, Refused),
        (True, PAGE, 429, NotSent),
        (True, PAGE, 503, OutcomeUnknown),
        (True, "", 502, OutcomeUnknown),
    ],
)
def test_an_odd_answer_is_an_error_that_says_what_to_do(
    error_of: ErrorOf, write: bool, body: str, status: int, kind: type[AdapterError]
) -> None:
    error = error_of(write, body, status)
    assert isinstance(error, kind)
    assert isinstance(error, CodeTaken) == (kind is CodeTaken)


def test_the_stores_words_reach_the_merchant_as_text(error_of: ErrorOf) -> None:
    assert "No way & why (x_y)" in str(error_of(True, ERROR % 400, 400))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_moved_store_is_told_and_not_followed(error_of: ErrorOf, status: int) -> None:
    error = error_of(False, "", status, Location="https://www.shop.example/x?oauth_nonce=1")
    assert isinstance(error, Refused)
    assert "https://www.shop.example/x." in str(error)
    assert "oauth" not in str(error)


def test_a_slow_down_says_for_how_long(error_of: ErrorOf) -> None:
    error = error_of(False, PAGE, 429, Retry_After="7")
    assert isinstance(error, NotSent)
    assert error.after == 7


def test_a_coupon_that_is_not_as_asked_is_deleted_and_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A store that does not know the expiry must not hand out codes for ever."""
    made = {"id": 5, "code": "x", "amount": "5.00", "discount_type": "percent", "usage_limit": 1}
    odd = OddStore(json.dumps(made), 201)
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", odd.listener.door)
    http.loopback.cache_clear()
    with pytest.raises(Refused):
        odd.store.create_discount(terms())
    odd.listener.stop()
    http.loopback.cache_clear()
    assert odd.calls == ["POST wp-json/wc/v3/coupons", "DELETE wp-json/wc/v3/coupons/5"]


class BusyStore:
    """150 orders; whenever somebody looked, the oldest of them changes and so becomes the last."""

    def __init__(self) -> None:
        self.orders = [self._order(number, number) for number in range(150)]
        app = Flask("busy")

        @app.get("/wp-json/wc/v3/orders")
        def orders() -> Response:
            start = 100 * (int(request.args["page"]) - 1)
            answer = json.dumps(self.orders[start : start + 100])
            self.orders.append(self._order(self.orders.pop(0)["id"] - 1, 200 + len(request.url)))
            return Response(answer, headers={"X-WP-TotalPages": "2"})

        self.listener = Listener(app)

    @staticmethod
    def _order(number: int, second: int) -> dict[str, Any]:
        at = (NOW + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")
        known = {"id": number + 1, "status": "processing", "currency": "EUR", "total": "1"}
        return {**known, "date_modified_gmt": at}


def test_an_order_that_changes_while_we_read_hides_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    busy = BusyStore()
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", busy.listener.door)
    http.loopback.cache_clear()
    store = WooCommerce(StoreAccount(busy.listener.url, "EUR", "UTC", KEYS))
    placed = [e.order for e in store.orders_since(NOW) if isinstance(e, OrderPlaced)]
    busy.listener.stop()
    http.loopback.cache_clear()
    assert {int(order.external_id) for order in placed} == set(range(1, 151))
    assert [o.source_at for o in placed] == sorted(o.source_at for o in placed)


def test_an_order_that_nobody_can_read_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"status": "pending", "currency": "EUR", "total": "1"}
    jars = [{"name": "Jar", "quantity": "inf"}]
    odd = OddStore(
        json.dumps(
            [
                {**good, "id": 1, "status": "processing"},
                {**good, "id": 2, "line_items": jars},
                {**good, "id": 3, "line_items": {}},
                {**good, "id": 4, "total": "ten\x00"},
                {**good, "id": 5, "date_modified_gmt": "2099-01-01T00:00:00"},
                None,
            ]
        ),
        200,
    )
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", odd.listener.door)
    http.loopback.cache_clear()
    events = odd.store.orders_since(NOW)
    odd.listener.stop()
    http.loopback.cache_clear()
    (placed,) = [e.order.external_id for e in events if isinstance(e, OrderPlaced)]
    (waiting,) = [e.cart for e in events if isinstance(e, CartChanged)]
    skipped = sorted(e.reason for e in events if isinstance(e, Ignored))
    assert (placed, waiting.external_id, waiting.source_at.year) == ("1", "order:5", 2099)
    assert [reason.partition(" cannot")[0] for reason in skipped] == [
        "order 2",
        "order 3",
        "order 4",
        "order without an id",
    ]
    assert all(reason.isprintable() for reason in skipped)


# -------------------------------------------------------------------- links


def test_a_store_in_a_folder_owns_its_folder_alone() -> None:
    store = WooCommerce(StoreAccount("https://x.example/shop", "EUR", "UTC", KEYS))
    assert store.owns_url("https://x.example/shop")
    assert store.owns_url("https://X.example:443/shop/cart")
    for url in ("", "/", "/shopping", "/other", "/shop/../other", "/shop/%2e%2e/other"):
        assert not store.owns_url(f"https://x.example{url}"), url


def test_a_storefront_elsewhere_is_owned_too() -> None:
    store = WooCommerce(
        StoreAccount("https://api.example", "EUR", "UTC", KEYS, storefront="https://x.example")
    )
    line = CartLine("16", "17", "Moon jar", 2, Money("EUR", 100))
    link = store.cart_link([line], ["SAVE 10%"])
    assert link == "https://x.example/checkout-link/?products=17:2&coupon=SAVE%2010%25"
    assert store.owns_url(link)
