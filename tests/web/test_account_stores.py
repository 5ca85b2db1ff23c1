"""The stores of a merchant: hers to open, nobody else's, and shut when she leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from connector.models import AccountKey, DeskKey, Store
from connector.sandbox.mail import MailCatcher
from connector.services import accounts, installs
from tests.cast import Cast, link
from tests.stage import Stage
from tests.web.merchants import Merchant, last_link, post, settled
from tests.web.pages import words
from tests.web.woocommerce_town import Town


@pytest.fixture
def mina(cast: Cast) -> Merchant:
    """A merchant with one store, signed in."""
    return settled(cast.app, cast.mina.sessions, "mina@minas.example").owns(cast.mina)


def opens(who: Merchant, stage: Stage) -> int:
    """She presses "Open"."""
    path = f"/account/stores/{stage.store.public_id}/open"
    return who.send("/account/settings", path).status_code


def at_link(cast: Cast, stage: Stage, who: Merchant) -> None:
    """She opens a store's desk by a link, at her own browser."""
    assert who.browser.post(f"/desk/enter/{link(stage)}").status_code == 303


def test_she_opens_what_is_hers_and_nothing_else(cast: Cast, mina: Merchant) -> None:
    page = words(mina.get())
    assert "Mina's Ceramics" in page
    assert "Oscar" not in page
    assert opens(mina, cast.mina) == 303
    assert "Mina's Ceramics" in words(mina.get("/desk/"))
    assert opens(mina, cast.oscar) == 404
    assert "Mina's Ceramics" in words(mina.get("/desk/"))
    take = f"/account/stores/{cast.oscar.store.public_id}/take-off"
    assert mina.get(take).status_code == mina.send("/account/", take).status_code == 404


def test_one_browser_has_one_desk_open_at_a_time(cast: Cast, mina: Merchant) -> None:
    mina.owns(cast.oscar)
    opens(mina, cast.mina)
    before = mina.browser.get_cookie("cartwright_desk")
    assert before is not None
    page = mina.get("/desk/").text
    assert f"/account/stores/{cast.oscar.store.public_id}/open" in page
    assert f"/account/stores/{cast.mina.store.public_id}/open" not in page
    opens(mina, cast.oscar)
    assert "Oscar's Outdoor" in words(mina.get("/desk/"))
    old = {"Cookie": f"cartwright_desk={before.value}"}
    assert cast.app.test_client().get("/desk/", headers=old).status_code == 401


@pytest.mark.parametrize("way", ["sign-out", "sign-out-everywhere"])
def test_signing_out_shuts_the_desks_that_she_opened(cast: Cast, mina: Merchant, way: str) -> None:
    opens(mina, cast.mina)
    by_link = cast.desk(cast.mina)
    mina.send("/account/", f"/account/{way}")
    assert mina.get("/desk/").status_code == 401
    assert by_link.get("/desk/").status_code == 200


def test_a_desk_never_outlives_the_session_that_opened_it(cast: Cast, mina: Merchant) -> None:
    opens(mina, cast.mina)
    with mina.sessions.all_stores() as session:
        (until,) = session.scalars(select(AccountKey.expires_at))
    key = next(key for key in cast.mina.rows(DeskKey) if key.account_id)
    assert key.expires_at == until


def test_a_store_taken_off_is_shut_at_once(cast: Cast, mina: Merchant) -> None:
    opens(mina, cast.mina)
    path = f"/account/stores/{cast.mina.store.public_id}/take-off"
    assert "The shop stays connected" in words(mina.get(path))
    assert mina.get("/desk/").status_code == 200
    assert mina.send(path).status_code == 303
    assert mina.get("/desk/").status_code == 401
    assert "No shop yet" in words(mina.get())
    assert opens(mina, cast.mina) == 404


def test_one_check_says_who_may_open_what(cast: Cast, mina: Merchant) -> None:
    """A desk that is open asks it again at each page: a role that is lost shuts it."""
    opens(mina, cast.mina)
    with mina.sessions.all_stores() as session:
        session.execute(text("update account_stores set role = 'promised'"))
        assert not accounts.may_open(session, mina.id, cast.mina.store.id)
    assert mina.get("/desk/").status_code == 401


def test_an_uninstalled_store_is_listed_and_not_opened(cast: Cast, mina: Merchant) -> None:
    opens(mina, cast.mina)
    with cast.mina.session() as session:
        store = session.get_one(Store, cast.mina.store.id)
        installs.disconnect(session, store, cast.mina.now + timedelta(days=1), cast.mina.now)
    page = words(mina.get())
    assert "The app was removed" in page
    assert "Connect it again" in page
    assert mina.get("/desk/").status_code == 401
    assert opens(mina, cast.mina) == 303
    assert mina.get("/desk/").status_code == 401


def test_a_store_opened_by_a_link_is_offered_and_kept(cast: Cast, mina: Merchant) -> None:
    at_link(cast, cast.oscar, mina)
    assert "You are here by a link" in words(mina.get("/desk/"))
    assert "Keep Oscar's Outdoor" in words(mina.get())
    assert mina.send("/account/", "/account/keep").status_code == 303
    assert "You are here by a link" not in words(mina.get("/desk/"))
    assert "Oscar's Outdoor" in words(mina.get())
    assert mina.send("/account/", "/account/keep").status_code == 404
    mina.send("/account/", "/account/sign-out")
    assert mina.get("/desk/").status_code == 401


def test_signing_up_from_a_desk_keeps_its_store_once_the_address_is_proved(
    mailbox: MailCatcher, cast: Cast
) -> None:
    new = Merchant(cast.app, cast.mina.sessions, "new@minas.example")
    at_link(cast, cast.mina, new)
    assert "It keeps Mina's Ceramics for you" in words(new.get("/account/sign-up"))
    new.signs_up()
    with new.sessions.all_stores() as session:
        assert not accounts.may_open(session, new.id, cast.mina.store.id)
    post(new.sessions)
    phone = new.elsewhere()
    assert phone.confirms(last_link(mailbox)).status_code == 303
    assert "Mina's Ceramics" in words(phone.get())
    assert opens(phone, cast.mina) == 303


def test_a_mistyped_address_gives_the_store_to_nobody(mailbox: MailCatcher, cast: Cast) -> None:
    """Whoever reads that mailbox can choose a password, but knows not the one of the sign-up."""
    new = Merchant(cast.app, cast.mina.sessions, "typo@elsewhere.example")
    at_link(cast, cast.mina, new)
    new.signs_up()
    owner = new.elsewhere()
    owner.send("/account/forgotten", email=owner.email)
    post(new.sessions)
    owner.send(last_link(mailbox), password="four grey herons stand")
    assert owner.get().status_code == 200
    assert "No shop yet" in words(owner.get())


def test_a_second_sign_up_forgets_what_the_first_was_promised(
    mailbox: MailCatcher, cast: Cast
) -> None:
    first = Merchant(cast.app, cast.mina.sessions, "new@minas.example", "a password of somebody")
    at_link(cast, cast.oscar, first)
    first.signs_up()
    second = Merchant(cast.app, cast.mina.sessions, "new@minas.example")
    second.signs_up()
    post(second.sessions)
    second.confirms(last_link(mailbox))
    assert "No shop yet" in words(second.get())


def test_whose_desk_it_is_says_its_cookie_alone(cast: Cast, mina: Merchant) -> None:
    """Signing in as somebody else at the same browser shuts what was open."""
    opens(mina, cast.mina)
    other = settled(cast.app, cast.mina.sessions, "oscar@oscars.example")
    desk = mina.browser.get_cookie("cartwright_desk")
    assert desk is not None
    other.browser.set_cookie("cartwright_desk", desk.value)
    page = other.get("/desk/").text
    assert "Your stores" not in page
    assert "Keep Mina" not in words(other.get())
    assert other.send("/account/", "/account/keep").status_code == 404


def test_a_shop_connected_while_signed_in_is_hers_and_shut_when_she_leaves(town: Town) -> None:
    mina = settled(town.app, town.sessions, "mina@minas.example")
    town.browser = mina.browser
    page = town.comes_back(town.approve(town.authorize()))
    assert town.enter(page).status_code == 303
    assert "Mina's Ceramics" in words(mina.get())
    desk = words(mina.get("/desk/"))
    assert "Mina" in desk
    assert "You are here by a link" not in desk
    mina.send("/account/", "/account/sign-out")
    assert mina.get("/desk/").status_code == 401
