"""The look before connecting: what stands in the way is said, with its mend, and never followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from flask import Flask, Response, request

from connector import http
from connector.errors import Disconnected
from connector.ports.platform import StoreAccount
from connector.sandbox import woocommerce as sandbox
from connector.sandbox.server import Listener
from platforms.woocommerce import preflight
from platforms.woocommerce.adapter import WooCommerce
from platforms.woocommerce.preflight import Elsewhere, InTheWay
from tests.contracts.doors import open_doors

KEYS: dict[str, Any] = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
SHOP = "pots.example"
HOME = f"https://{SHOP}"

Open = Callable[..., "sandbox.Store"]


@pytest.fixture
def open_shop() -> Iterator[Open]:
    """A sandbox shop that is called as if by https."""
    opened: list[Any] = []

    def start(**switches: Any) -> sandbox.Store:
        store = sandbox.start(0, None, public_name=SHOP, **{**KEYS, **switches})
        doors = open_doors(f"{SHOP}={store.door}", timeout_s=2)
        doors.__enter__()
        opened.append((store, doors))
        return store

    yield start
    for store, doors in opened:
        doors.__exit__(None, None, None)
        store.stop()


def do(store: sandbox.Store, verb: str, **body: Any) -> Any:
    return requests.post(f"{store.url}/_sandbox/{verb}", json=body, timeout=5).json()


def state(store: sandbox.Store) -> dict[str, Any]:
    return dict(requests.get(f"{store.url}/_sandbox/state", timeout=5).json())


def test_a_shop_is_found_with_its_name(open_shop: Open) -> None:
    open_shop()
    found = preflight.look(HOME)
    assert (found.address, found.name, found.plain) == (HOME, "Mina's Ceramics", False)


def test_plain_permalinks_are_found(open_shop: Open) -> None:
    open_shop(permalinks="plain")
    assert preflight.look(HOME).plain


@pytest.mark.parametrize("permalinks", ["pretty", "plain"])
def test_a_page_of_the_shop_leads_to_the_folder_that_it_lives_in(
    open_shop: Open, permalinks: str
) -> None:
    open_shop(subfolder="/store", permalinks=permalinks)
    assert preflight.look(f"{HOME}/store").address == f"{HOME}/store"
    with pytest.raises(Elsewhere) as there:
        preflight.look(f"{HOME}/store/my-account")
    assert there.value.address == f"{HOME}/store"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("maintenance", "maintenance"),
        ("unavailable", "not available just now"),
        ("firewall", "firewall turned us away"),
        ("coming_soon", "a page where its data should be"),
        ("huge", "more than an index holds"),
        ("error_object", "shut to visitors (rest_forbidden)"),
    ],
)
def test_what_answers_in_place_of_the_shop_is_named(
    open_shop: Open, fault: str, words: str
) -> None:
    do(open_shop(), "faults", **{fault: -1})
    with pytest.raises(InTheWay) as why:
        preflight.look(HOME)
    assert words in why.value.words
    assert why.value.mend


def test_a_shop_that_is_away_is_told_from_one_that_hangs(open_shop: Open) -> None:
    store = open_shop()
    store.stop()
    with pytest.raises(InTheWay, match="could not be reached over https"):
        preflight.look(HOME)


class Odd:
    """A server that answers everything in one way."""

    def __init__(self, body: str, status: int = 200, location: str = "") -> None:
        self.asked: list[str] = []
        app = Flask("odd")

        @app.route("/", defaults={"path": ""})
        @app.route("/<path:path>")
        def answer(path: str) -> Response:
            self.asked.append(request.full_path)
            headers = {"Location": location} if location else {}
            return Response(body, status, headers, mimetype="application/json")

        self.listener = Listener(app)


def odd(body: str, status: int = 200, location: str = "") -> tuple[InTheWay, list[str]]:
    server = Odd(body, status, location)
    with open_doors(f"{SHOP}={server.listener.door}"), pytest.raises(InTheWay) as why:
        preflight.look(HOME)
    server.listener.stop()
    return why.value, server.asked


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_move_is_offered_and_not_followed(status: int) -> None:
    why, asked = odd("", status, "https://www.pots.example/wp-json/")
    assert isinstance(why, Elsewhere)
    assert why.address == "https://www.pots.example"
    assert asked == ["/wp-json/?"]


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/wp-json/",
        "https://10.0.0.1/wp-json/",
        "http://127.0.0.1:22/wp-json/",
        "https://user:pw@evil.example/wp-json/",
        "//evil.example\\wp-json/",
        "https://pots.example/login",
        "",
    ],
)
def test_a_redirect_that_names_no_shop_is_no_offer(location: str) -> None:
    why, asked = odd("", 302, location)
    assert not isinstance(why, Elsewhere)
    assert "sends us to a page" in why.words
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ('{"namespaces": ["wp/v2"], "name": "A blog"}', 200, "WooCommerce is not active"),
        ('{"namespaces": ["wc/v3"], "name": 7}', 200, "a page where its data should be"),
        ("[]", 200, "a page where its data should be"),
        ("[" * 90_000, 200, "a page where its data should be"),
        ("\xff", 200, "a page where its data should be"),
        ("no", 404, "no WordPress shop was found"),
        ('{"code": "rest_no_route"}', 404, "no WordPress shop was found"),
        ('{"code": "rest_login_required"}', 401, "shut to visitors (rest_login_required)"),
        ("no", 401, "asks every visitor for a password"),
        ("no", 429, "firewall"),
        ("no", 500, "server failed (HTTP 500)"),
        ("no", 508, "server failed (HTTP 508)"),
    ],
)
def test_an_odd_answer_is_said_in_words(body: str, status: int, words: str) -> None:
    why, _ = odd(body, status)
    assert words in why.words
    assert why.mend


def test_the_shop_s_own_word_of_its_home_goes_before_what_was_typed() -> None:
    why, _ = odd('{"namespaces": ["wc/v3"], "home": "http://www.pots.example"}')
    assert isinstance(why, Elsewhere)
    assert why.address == "https://www.pots.example"


# ---------------------------------------------------------------- keys


def settle(**changes: str) -> dict[str, str]:
    return WooCommerce(StoreAccount(HOME, "", "UTC", {**KEYS, **changes})).settle()


def test_keys_are_proved_and_nothing_is_made(open_shop: Open) -> None:
    store = open_shop()
    assert settle() == {"permalinks": "pretty", "keys_by": "header", "version": "10.9.2"}
    assert state(store)["subscriptions"] == []


def test_a_server_that_drops_the_header_gets_the_keys_in_the_query(open_shop: Open) -> None:
    open_shop(strips_authorization=True, permalinks="plain")
    options = settle()
    assert options == {"permalinks": "plain", "keys_by": "query", "version": "10.9.2"}
    account = StoreAccount(HOME, "KRW", "Asia/Seoul", KEYS, options=options)
    store = WooCommerce(account)
    assert store.info().currency == "KRW"
    assert store.find_discount("nothing") is None
    notes = {note.what: note for note in store.survey(f"https://{SHOP}/hooks").notes}
    assert ".htaccess" in notes["keys"].mend
    assert "own log" in notes["keys"].text
    assert "permalinks" in notes


@pytest.mark.parametrize("strips", [False, True])
@pytest.mark.parametrize(
    "wrong", [{"consumer_key": "ck_2"}, {"consumer_secret": "cs_2"}], ids=["key", "secret"]
)
def test_wrong_keys_are_refused_both_ways(
    open_shop: Open, strips: bool, wrong: dict[str, str]
) -> None:
    open_shop(strips_authorization=strips)
    with pytest.raises(Disconnected):
        settle(**wrong)


def test_keys_that_may_only_read_are_refused(open_shop: Open) -> None:
    from connector.sandbox.woocommerce import rest_keys

    store = open_shop()
    key = rest_keys.make(store.state, "x", "read")
    with pytest.raises(Disconnected, match="may read and not write: make new ones"):
        settle(consumer_key=key["consumer_key"], consumer_secret=key["consumer_secret"])
    assert state(store)["subscriptions"] == []


def test_a_plain_shop_over_plain_http_is_signed_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package leaves the slashes of rest_route out of what it signs."""
    store = sandbox.start(0, None, permalinks="plain", **KEYS)
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", store.door)
    http.loopback.cache_clear()
    account = StoreAccount(store.domain, "", "UTC", KEYS)
    assert WooCommerce(account).settle()["permalinks"] == "plain"
    store.stop()
    http.loopback.cache_clear()
