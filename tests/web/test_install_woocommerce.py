"""WooCommerce connected by a click: the real steps, on a sandbox shop, over HTTP."""

from __future__ import annotations

import threading
import time
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import make_server

from connector.models import InstallState, StoreState
from connector.sandbox.woocommerce.app import create_app as shop_app
from platforms.woocommerce.webhooks import CORE, PLUGIN
from tests.contracts.doors import open_doors
from tests.web.pages import words
from tests.web.woocommerce_town import (
    HOME,
    KEYS,
    SHOP,
    Town,
    href,
)

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
        assert session.query(InstallState).count() == 0


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
