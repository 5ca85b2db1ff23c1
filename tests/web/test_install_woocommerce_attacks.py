"""Who must not get a shop connected, or to its desk, by WooCommerce's unsigned callback."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask

from connector import clock
from connector.install_state import Pending, States, browser_hash
from connector.models import DeskKey, InstallState, Store, StoreState
from connector.sandbox.woocommerce import rest_keys
from connector.services import accounts, installs, privacy
from connector.session import Sessions
from jobs.connecting import disconnect_store
from jobs.runtime import runtime
from tests.stage import Stage
from tests.web.merchants import settled
from tests.web.pages import everything, words
from tests.web.woocommerce_town import (
    BY_HAND,
    HOME,
    NO_ENTRY,
    OURS,
    Town,
    post_keys,
    state_in,
    token_of,
)

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


def test_nor_does_an_account_keep_the_shop_for_her(
    town: Town, app: Flask, service: Sessions
) -> None:
    attacker = settled(app, service, "evil@example.com")
    town.browser = attacker.browser
    done = town.approve(town.authorize())
    assert town.enter(town.comes_back(done)).status_code == 303
    merchant = town.app.test_client()
    assert NO_ENTRY in words(town.comes_back(done, merchant))
    store = town.store()
    assert store is not None
    with service.all_stores() as session:
        assert not accounts.may_open(session, attacker.id, store.id)
    attacker.send("/account/", f"/account/stores/{store.public_id}/open")
    assert town.browser.get("/desk/").status_code != 200


def test_nor_by_keeping_it_from_the_desk_that_she_was_let_in_to(
    town: Town, app: Flask, service: Sessions
) -> None:
    """She begins without an account, is in, signs in, and presses "Keep"."""
    attacker = settled(app, service, "evil@example.com")
    done = town.approve(town.authorize())
    assert town.enter(town.comes_back(done)).status_code == 303
    desk = town.browser.get_cookie("cartwright_desk")
    assert desk is not None
    attacker.browser.set_cookie("cartwright_desk", desk.value)
    assert attacker.send("/account/", "/account/keep").status_code == 303
    assert attacker.get("/desk/").status_code == 200
    assert NO_ENTRY in words(town.comes_back(done, town.app.test_client()))
    assert attacker.get("/desk/").status_code == 401
    assert "No shop yet" in words(attacker.get())


def test_whose_the_shop_was_before_stays_hers_when_a_way_back_is_shut(
    town: Town, app: Flask, service: Sessions
) -> None:
    mina = settled(app, service, "mina@example.com")
    town.browser = mina.browser
    town.enter(town.comes_back(town.approve(town.authorize())))
    town.browser = town.app.test_client()
    done = town.approve(town.authorize())
    assert town.enter(town.comes_back(done)).status_code == 303
    assert NO_ENTRY in words(town.comes_back(done, town.app.test_client()))
    assert town.browser.get("/desk/").status_code == 401
    assert mina.get("/desk/").status_code == 200


def test_removing_the_app_ends_what_other_accounts_could_open(
    town: Town, app: Flask, service: Sessions
) -> None:
    """An agency that the merchant parted from is not back when she connects her shop again."""
    agency = settled(app, service, "agency@example.com")
    town.browser = agency.browser
    town.enter(town.comes_back(town.approve(town.authorize())))
    store = town.store()
    assert store is not None
    disconnect_store(store.id, erase=False)
    mina = settled(app, service, "mina@example.com")
    town.browser = mina.browser
    town.enter(town.comes_back(town.approve(town.authorize())))
    agency.send("/account/settings", f"/account/stores/{store.public_id}/open")
    assert agency.get("/desk/").status_code == 401
    assert "No shop yet" in words(agency.get())
    assert mina.get("/desk/").status_code == 200


def test_a_former_owner_has_no_part_in_what_comes_after_the_erasure(
    town: Town, app: Flask, service: Sessions
) -> None:
    former = settled(app, service, "former@example.com")
    town.browser = former.browser
    town.enter(town.comes_back(town.approve(town.authorize())))
    store = town.store()
    assert store is not None
    with service.store(store.id) as session:
        row = session.get_one(Store, store.id)
        at = max(clock.now(), row.installed_at + timedelta(seconds=1))
        assert installs.disconnect(session, row, at, at) == ""
        assert privacy.erase_store(session, row, at, at) == ""
    assert former.browser.get("/desk/").status_code != 200
    town.browser = settled(app, service, "new@example.com").browser
    town.enter(town.comes_back(town.approve(town.authorize())))
    former.send("/account/", f"/account/stores/{store.public_id}/open")
    assert former.browser.get("/desk/").status_code != 200
    assert town.browser.get("/desk/").status_code == 200


def test_looks_at_typed_addresses_are_counted(town: Town) -> None:
    answers = {town.type("nowhere.invalid").status_code for _ in range(21)}
    assert answers == {400, 429}


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


def test_looking_at_the_way_back_changes_nothing(town: Town) -> None:
    done = town.approve(town.authorize())
    town.comes_back(done)
    store = town.store()
    assert store is not None
    stage = Stage(town.sessions, store)
    before = everything(stage)
    for method in ("GET", "HEAD"):
        there = urlsplit(done.headers["Location"])
        answer = town.browser.open(f"{there.path}?{there.query}", method=method)
        assert answer.status_code == 200
    assert everything(stage) == before


def test_no_answer_holds_a_key_or_may_be_kept(town: Town) -> None:
    url = town.authorize()
    page = town.comes_back(town.approve(url))
    assert page.headers["Cache-Control"] == "no-store"
    made = town.state()["keys"][-1]
    assert made["description"].startswith("Cartwright - API")
    assert "cs_" not in page.text
    with town.sessions.all_stores() as session:
        rows = session.query(InstallState).all()
        assert "cs_" not in json.dumps([[r.outcome, r.domain] for r in rows])
        assert session.query(DeskKey.id).count() == 0


def test_whoever_has_the_address_next_gets_none_of_the_former_s_data(
    town: Town, service: Sessions
) -> None:
    """The domain lapsed and nobody pressed "disconnect": core's own id says it is another shop."""
    town.enter(town.comes_back(town.approve(town.authorize())))
    former = town.store()
    assert former is not None
    with service.store(former.id) as session:
        session.get_one(Store, former.id).platform_ref = "00000000-0000-4000-8000-000000000001"
    town.enter(town.comes_back(town.approve(town.authorize())))
    now = town.store()
    assert now is not None
    assert now.id != former.id
    with service.store(former.id) as session:
        assert session.get_one(Store, former.id).state is StoreState.UNINSTALLED
