"""WooCommerce connected by a click: the real steps, on a sandbox shop, over HTTP; and attacks."""

from __future__ import annotations

import html
import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from connector.install_state import Pending, States, browser_hash
from connector.models import DeskKey, Store, StoreState
from connector.sandbox import woocommerce as sandbox
from connector.sandbox.server import Listener
from connector.sandbox.woocommerce import rest_keys
from connector.sandbox.woocommerce.app import create_app as shop_app
from connector.services import installing, installs
from connector.session import Sessions
from jobs.runtime import runtime
from platforms.woocommerce.webhooks import CORE, PLUGIN
from tests.contracts.doors import open_doors
from tests.web.pages import words

KEYS: dict[str, Any] = {"consumer_key": f"ck_{'1' * 40}", "consumer_secret": f"cs_{'2' * 40}"}
SHOP, OURS = "pots.example", "cart.example"
HOME = f"https://{SHOP}"
BY_HAND = {"address": SHOP, **KEYS}
NO_ENTRY = "Another browser began this"


@dataclass
class Town:
    """A shop, our service (also reachable from the shop's server), and its merchant's browser."""

    app: Flask
    shop: sandbox.Store
    sessions: Sessions
    browser: FlaskClient
    shop_door: str
    at_shop: requests.Session = field(default_factory=requests.Session)

    def page(self) -> TestResponse:
        return self.browser.get("/install/woocommerce")

    def type(self, address: str = SHOP, **more: str) -> TestResponse:
        form = {"form_token": token_of(self.page()), "address": address, **more}
        return self.browser.post("/install/woocommerce", data=form)

    def by_hand(self, **more: str) -> TestResponse:
        form = {"form_token": token_of(self.page()), **BY_HAND, **more}
        return self.browser.post("/install/woocommerce/by-hand", data=form)

    def authorize(self) -> str:
        """The link to the shop's own page."""
        page = self.type()
        assert page.status_code == 200, words(page)
        return href(page.text, "main")

    def visit(self, url: str, method: str = "GET", **kw: Any) -> requests.Response:
        """The merchant in her shop; redirects are looked at."""
        parts = urlsplit(url)
        assert parts.netloc in {"", SHOP}
        cookies = "; ".join(f"{k}={v}" for k, v in self.at_shop.cookies.items())
        return self.at_shop.request(
            method,
            f"http://{self.shop_door}{parts.path}?{parts.query}",
            headers={"Host": SHOP, "Cookie": cookies},
            timeout=30,
            allow_redirects=False,
            **kw,
        )

    def grant_page(self, url: str) -> requests.Response:
        first = self.visit(url)
        if first.status_code == 200:  # signed in already
            return first
        login = first.headers["Location"]
        back = self.visit(login, "POST", data={"login": "owner"})
        return self.visit(back.headers["Location"])

    def approve(self, url: str) -> requests.Response:
        return self.visit(href(self.grant_page(url).text, "wc-auth-approve"))

    def comes_back(self, answer: requests.Response, who: FlaskClient | None = None) -> TestResponse:
        """Follow the shop's redirect, and wait while the page says to."""
        there = urlsplit(answer.headers["Location"])
        assert f"{there.scheme}://{there.netloc}" == f"https://{OURS}"
        for _ in range(200):
            page = (who or self.browser).get(f"{there.path}?{there.query}")
            if 'http-equiv="refresh"' not in page.text:
                return page
            time.sleep(0.05)
        raise AssertionError("it never comes to an end")

    def store(self) -> Store | None:
        with self.sessions.all_stores() as session:
            found = installs.by_domain(session, "woocommerce", HOME)
        if found is None:
            return None
        with self.sessions.store(found.id) as session:
            return session.get_one(Store, found.id)

    def do(self, verb: str, **body: Any) -> None:
        requests.post(f"{self.shop.url}/_sandbox/{verb}", json=body, timeout=5).raise_for_status()

    def state(self) -> dict[str, Any]:
        return dict(requests.get(f"{self.shop.url}/_sandbox/state", timeout=5).json())

    def enter(self, page: TestResponse) -> TestResponse:
        state = field_of(page.text, "user_id")
        form = {"form_token": token_of(page), "user_id": state}
        return self.browser.post("/install/woocommerce/enter", data=form)


def token_of(page: TestResponse) -> str:
    return field_of(page.text, "form_token")


def field_of(text: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]+)"', text)
    assert found, words(text)
    return html.unescape(found[1])


def href(text: str, kind: str) -> str:
    links = re.findall(r"<a ([^>]*)>", text)
    (link,) = [one for one in links if re.search(f'class="[^"]*{kind}"', one)]
    found = re.search(r'href="([^"]+)"', link)
    assert found
    return html.unescape(found[1])


def state_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["user_id"][0]


@pytest.fixture
def town(app: Flask, service: Sessions) -> Iterator[Town]:
    reachable = Listener(app)
    shop = sandbox.start(0, None, public_name=SHOP, routes={OURS: reachable.door}, **KEYS)
    with open_doors(f"{SHOP}={shop.door}", timeout_s=5):
        yield Town(app, shop, service, app.test_client(), shop.door)
    shop.stop()
    reachable.stop()


def post_keys(town: Town, state: str, **changes: Any) -> int:
    body = {"key_id": 2, "user_id": state, **KEYS, "key_permissions": "read_write", **changes}
    return town.app.test_client().post("/install/woocommerce/keys", json=body).status_code


# ---------------------------------------------------------------- the whole way


def test_a_click_connects_the_shop(town: Town) -> None:
    done = town.approve(town.authorize())
    page = town.comes_back(done)
    assert "Your shop is connected" in words(page)
    store = town.store()
    assert store is not None
    assert (store.state, store.name, store.currency) == (
        StoreState.ACTIVE,
        "Mina's Ceramics",
        "KRW",
    )
    assert {h["topic"] for h in town.state()["subscriptions"]} == {*CORE, *PLUGIN}
    answer = town.enter(page)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/connection")
    assert "Mina" in town.browser.get("/desk/").text
    assert "connected" in words(town.comes_back(done))  # back, by the browser's history
    assert "Mina" in town.browser.get("/desk/").text


def test_the_page_says_what_is_asked_for_and_looking_changes_nothing(town: Town) -> None:
    said = words(town.page())
    assert "one permission for all writing" in said
    assert "webhooks" in said
    assert "coupons" in said
    assert "never change orders" in said
    town.type()
    with town.sessions.all_stores() as session:
        assert session.query(installing.InstallState).count() == 0


def test_a_shop_that_serves_one_request_at_a_time_is_connected(town: Town) -> None:
    """Its one PHP worker waits for our answer while it posts the keys: it cannot be asked."""
    single = make_server("127.0.0.1", 0, shop_app(town.shop.state, town.shop._outbox))
    threading.Thread(target=single.serve_forever, daemon=True).start()
    town.shop_door = f"127.0.0.1:{single.port}"
    with open_doors(f"{SHOP}={town.shop_door}", timeout_s=5):
        began = time.monotonic()
        answer = town.approve(town.authorize())
        assert time.monotonic() - began < 4
        page = town.comes_back(answer)
    single.shutdown()
    single.server_close()
    assert "Your shop is connected" in words(page)


def test_denying_connects_nothing_and_says_what_now(town: Town) -> None:
    grant = town.grant_page(town.authorize())
    there = urlsplit(href(grant.text, "wc-auth-deny"))
    page = town.browser.get(f"{there.path}?{there.query}")
    assert "You did not approve it" in words(page)
    assert town.store() is None


def test_keys_whose_header_is_dropped_go_in_the_query(town: Town) -> None:
    town.do("shop", strips_authorization=True)
    page = town.comes_back(town.approve(town.authorize()))
    assert "Your shop is connected" in words(page)
    store = town.store()
    assert store is not None
    assert store.settings["platform"]["keys_by"] == "query"


def test_connecting_again_keeps_the_store(town: Town) -> None:
    town.comes_back(town.approve(town.authorize()))
    first = town.store()
    town.comes_back(town.approve(town.authorize()))
    second = town.store()
    assert first is not None
    assert second is not None
    assert first.id == second.id
    topics = [h["topic"] for h in town.state()["subscriptions"]]
    assert sorted(topics) == sorted([*CORE, *PLUGIN])


# ---------------------------------------------------------------- what is in the way


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("maintenance", "in maintenance"),
        ("firewall", "firewall turned us away"),
        ("coming_soon", "a page where its data should be"),
        ("huge", "more than an index holds"),
        ("error_object", "shut to visitors"),
    ],
)
def test_a_shop_that_cannot_be_connected_is_a_page_with_the_mend(
    town: Town, fault: str, said: str
) -> None:
    town.do("faults", **{fault: -1})
    page = town.type()
    assert page.status_code == 400
    assert said in words(page)
    assert f'value="{SHOP}"' in page.text  # what she typed is still there


@pytest.mark.parametrize("typed", ["127.0.0.1", "169.254.169.254", "http://localhost", "a b", ""])
def test_an_address_that_is_none_is_said_to_be(town: Town, typed: str) -> None:
    page = town.type(typed)
    assert page.status_code == 400
    assert 'role="alert"' in page.text


def test_hostile_text_stays_text(town: Town) -> None:
    page = town.type('"><script>alert(1)</script>.example')
    assert "<script>" not in page.text


def test_another_address_is_offered_by_a_button(town: Town) -> None:
    town.do("shop", subfolder="/store")
    page = town.type(f"{SHOP}/store/my-account")
    assert f"Connect {HOME}/store" in words(page)


def test_plain_permalinks_lead_to_keys_by_hand(town: Town) -> None:
    town.do("shop", permalinks="plain")
    page = town.type()
    assert "Your shop has plain permalinks" in words(page)
    assert "<details open>" in page.text
    answer = town.by_hand()
    assert answer.headers["Location"] == "/desk/connection"
    store = town.store()
    assert store is not None
    assert store.settings["platform"]["permalinks"] == "plain"


def test_keys_by_hand_connect_and_stand_in_no_address(town: Town) -> None:
    answer = town.by_hand()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/connection")
    assert "Mina" in town.browser.get("/desk/").text
    store = town.store()
    assert store is not None
    assert KEYS["consumer_secret"].encode() not in store.credentials


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"consumer_secret": "cs_wrong"}, "refused our keys"),
        ({"consumer_key": ""}, "both keys are needed"),
        ({"address": "127.1"}, "a number"),
    ],
)
def test_keys_by_hand_that_do_not_work_are_said_to(
    town: Town, changes: dict[str, str], said: str
) -> None:
    page = town.by_hand(**changes)
    assert page.status_code == 400
    assert said in words(page).lower()
    assert KEYS["consumer_secret"] not in page.text
    assert town.store() is None


# ---------------------------------------------------------------- attacks


def test_a_callback_without_a_state_of_ours_is_refused(town: Town) -> None:
    other = States(["another key that is long enough to be one"])
    pending = Pending("woocommerce", HOME, browser_hash("x"), 2**40)
    for state in ("", "x", "x.y", "é", other.sign(pending), f"{other.sign(pending)}="):
        assert post_keys(town, state) == 403
    assert town.store() is None


def test_a_state_of_another_platform_or_too_old_is_refused(town: Town) -> None:
    states = States(runtime().config.secret_keys)
    for pending in (
        Pending("shopify", HOME, browser_hash("x"), 2**40),
        Pending("woocommerce", HOME, browser_hash("x"), 1),
    ):
        assert post_keys(town, states.sign(pending)) == 403
    assert town.store() is None


@pytest.mark.parametrize(
    "changes",
    [
        {"key_permissions": "read"},
        {"key_permissions": "write"},
        {"consumer_key": "ck_short"},
        {"consumer_secret": f"{'2' * 43}"},
        {"consumer_key": f"ck_{'1' * 40}\n"},
        {"key_id": "two"},
        {"more": 1},
        {"user_id": None},
    ],
)
def test_another_form_is_refused_and_spends_nothing(town: Town, changes: dict[str, Any]) -> None:
    url = town.authorize()
    state = state_in(url)
    assert post_keys(town, state, **{"user_id": state, **changes}) == 400
    assert "Your shop is connected" in words(town.comes_back(town.approve(url)))


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"", "application/json"), (b"{" * 5000, "application/json"), (b"{}", "text/plain")],
)
def test_what_is_no_json_or_too_long_is_refused(town: Town, body: bytes, kind: str) -> None:
    client = town.app.test_client()
    answer = client.post("/install/woocommerce/keys", data=body, content_type=kind)
    assert answer.status_code == 400


def test_keys_that_the_shop_does_not_know_end_in_words(town: Town) -> None:
    """A forged callback with a stolen state: proved at the shop that the state names."""
    url = town.authorize()
    assert post_keys(town, state_in(url), consumer_key=f"ck_{'9' * 40}") == 200
    back = requests.Response()
    back.headers["Location"] = (
        f"https://{OURS}/install/woocommerce/return?success=1&user_id={state_in(url)}"
    )
    page = town.comes_back(back)
    assert page.status_code == 502
    assert "could not be connected" in words(page)
    assert "revoke “Cartwright - API”" in words(page)
    assert town.store() is None


def test_a_replay_is_refused(town: Town) -> None:
    url = town.authorize()
    town.comes_back(town.approve(url))
    assert post_keys(town, state_in(url)) == 403


def test_of_two_callbacks_at_once_one_counts(town: Town) -> None:
    state = state_in(town.authorize())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post_keys(town, state), range(8)))
    assert sorted(answers) == [200, *[403] * 7]


def test_another_browser_never_reaches_the_desk(town: Town) -> None:
    url = town.authorize()
    done = town.approve(url)
    stranger = town.app.test_client()
    page = stranger.get(f"/install/woocommerce/return?success=1&user_id={state_in(url)}")
    assert NO_ENTRY in words(page)
    form = {"form_token": token_of(stranger.get("/install/woocommerce"))}
    answer = stranger.post("/install/woocommerce/enter", data={**form, "user_id": state_in(url)})
    assert NO_ENTRY in words(answer)
    assert stranger.get("/desk/").status_code == 401
    assert done.status_code == 302


def test_who_lets_a_merchant_approve_what_she_began_herself_is_shut_out(town: Town) -> None:
    """The merchant's browser comes back and is not the one that began: nobody gets in by it."""
    url = town.authorize()  # the attacker, in her own browser
    done = town.approve(url)  # the merchant, who was sent the link
    early = town.comes_back(done)  # the attacker is quicker
    assert town.enter(early).status_code == 303
    assert town.browser.get("/desk/").status_code == 200
    merchant = town.app.test_client()
    assert NO_ENTRY in words(town.comes_back(done, merchant))
    assert town.browser.get("/desk/").status_code == 401
    page = town.comes_back(done)
    assert "another browser approved it" in words(page)


@pytest.mark.parametrize("path", ["", "/by-hand", "/enter"])
def test_a_form_of_another_site_is_refused(town: Town, path: str) -> None:
    town.page()
    url = f"/install/woocommerce{path}"
    assert town.browser.post(url, data=BY_HAND).status_code == 403
    good = {"form_token": token_of(town.page()), **BY_HAND}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert town.browser.post(url, data=good, headers=headers).status_code == 403
    assert town.app.test_client().post(url, data=good).status_code == 403
    assert town.store() is None


def test_a_shop_that_fails_half_way_is_not_half_connected(town: Town) -> None:
    """It lets us in, and makes no webhooks: then it is not connected, and says so."""
    key = rest_keys.make(town.shop.state, "x", "read")
    page = town.by_hand(consumer_key=key["consumer_key"], consumer_secret=key["consumer_secret"])
    assert "make new ones with read/write" in words(page)
    assert town.store() is None
    assert town.state()["subscriptions"] == []


def test_no_answer_holds_a_key_or_may_be_kept(town: Town) -> None:
    url = town.authorize()
    page = town.comes_back(town.approve(url))
    assert page.headers["Cache-Control"] == "no-store"
    made = town.state()["keys"][-1]
    assert made["description"].startswith("Cartwright - API")
    assert "cs_" not in page.text
    with town.sessions.all_stores() as session:
        rows = session.query(installing.InstallState).all()
        assert "cs_" not in json.dumps([[r.outcome, r.domain] for r in rows])
        assert session.query(DeskKey.id).count() == 0
