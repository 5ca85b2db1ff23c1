"""A merchant signs up, proves her mailbox, comes and goes, and forgets her password."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text, update

from connector.models import AccountKey, SystemMail
from connector.passwords import hashed
from connector.sandbox.mail import MailCatcher
from tests.cast import Cast
from tests.web.merchants import (
    PASSWORD,
    Merchant,
    account_of,
    last_link,
    letters,
    post,
    settled,
)
from tests.web.pages import words

NEW = "four grey herons stand"


@pytest.fixture
def mina(mailbox: MailCatcher, cast: Cast) -> Merchant:
    """Somebody new, at her browser."""
    return Merchant(cast.app, cast.mina.sessions)


def test_from_the_first_form_to_the_empty_list(mina: Merchant, mailbox: MailCatcher) -> None:
    assert "on its way to mina@minas.example" in words(mina.signs_up())
    assert mina.get().status_code == 401
    post(mina.sessions)
    assert letters(mailbox) == [(mina.email, "Confirm your address for Cartwright")]
    assert "Confirm your address" in words(mina.get(last_link(mailbox)))
    assert mina.confirms(last_link(mailbox)).headers["Location"] == "/account/"
    assert "No shop yet" in words(mina.get())
    assert post(mina.sessions) == 0


def test_looking_at_a_link_proves_nothing(mina: Merchant, mailbox: MailCatcher) -> None:
    mina.signs_up()
    post(mina.sessions)
    for _ in range(3):
        mina.elsewhere().get(last_link(mailbox))
    account = account_of(mina.sessions, mina.email)
    assert account is not None
    assert account.verified_at is None


def test_whoever_signed_up_with_her_address_never_gets_in(
    mina: Merchant, mailbox: MailCatcher
) -> None:
    """She opens the link of a stranger's sign-up: without the stranger's password it is no use."""
    stranger = Merchant(mina.app, mina.sessions, mina.email, "a password that she never saw")
    stranger.signs_up()
    post(mina.sessions)
    assert stranger.signs_in().status_code == 303  # an account of nothing
    assert mina.confirms(last_link(mailbox)).status_code == 422
    mina.signs_up()
    post(mina.sessions)
    assert stranger.get().status_code == 401
    assert mina.confirms(last_link(mailbox)).status_code == 303
    assert stranger.signs_in().status_code == 422


def test_a_password_chosen_by_mail_ends_a_stranger_s_account(
    mina: Merchant, mailbox: MailCatcher
) -> None:
    stranger = Merchant(mina.app, mina.sessions, mina.email, "a password that she never saw")
    stranger.signs_up()
    stranger.signs_in()
    mina.send("/account/forgotten", email=mina.email)
    post(mina.sessions)
    assert mina.send(last_link(mailbox), password=NEW).status_code == 303
    assert stranger.get().status_code == 401
    assert stranger.signs_in().status_code == 422
    assert "No shop yet" in words(mina.get())


def test_without_the_link_there_is_nothing_to_see(mina: Merchant, cast: Cast) -> None:
    mina.signs_up()
    mina.signs_in()
    assert "confirm your address" in words(mina.get())
    assert "Connect another shop" not in words(mina.get())
    assert mina.send("/account/", "/account/keep").status_code == 404
    path = f"/account/stores/{cast.mina.store.public_id}/open"
    assert mina.send("/account/", path).status_code == 404


def test_a_reset_works_once_and_ends_every_session(mina: Merchant, mailbox: MailCatcher) -> None:
    settled(mina.app, mina.sessions, mina.email)
    mina.signs_in()
    other = mina.elsewhere()
    assert other.signs_in().status_code == 303
    forgetful = mina.elsewhere()
    forgetful.send("/account/forgotten", email=mina.email.upper())
    post(mina.sessions)
    path = last_link(mailbox)
    assert mina.get(path).status_code == 200
    assert forgetful.send(path, password="short").status_code == 422
    assert forgetful.send(path, password=NEW).status_code == 303
    assert "fresh link" in words(forgetful.get(path))
    assert [who.get().status_code for who in (mina, other, forgetful)] == [401, 401, 200]
    assert [mina.signs_in(one).status_code for one in (PASSWORD, NEW)] == [422, 303]
    post(mina.sessions)
    assert letters(mailbox)[-1] == (mina.email, "Your Cartwright password was changed")


def test_of_two_at_once_one_resets(mina: Merchant, mailbox: MailCatcher) -> None:
    settled(mina.app, mina.sessions, mina.email)
    mina.send("/account/forgotten", email=mina.email)
    post(mina.sessions)
    path = last_link(mailbox)
    hands = [mina.elsewhere() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda one: one.send(path, password=NEW).status_code, hands)
    assert sorted(answers) == [303, 404, 404, 404]


@pytest.mark.parametrize("where", ["confirm", "reset"])
@pytest.mark.parametrize("token", ["x", "%00", "é", "a" * 5000, "'--", "A" * 43])
def test_a_made_up_link_is_refused_plainly(mina: Merchant, where: str, token: str) -> None:
    path = f"/account/{where}/{token}"
    assert "no longer works" in words(mina.get(path))
    assert mina.get(path).status_code == 404
    form = {"password": NEW}
    assert mina.send("/account/sign-in", path, **form).status_code == 404


def test_a_link_of_one_kind_is_none_of_the_other_and_no_session(
    mina: Merchant, mailbox: MailCatcher
) -> None:
    mina.signs_up()
    post(mina.sessions)
    token = last_link(mailbox).rpartition("/")[2]
    assert mina.get(f"/account/reset/{token}").status_code == 404
    mina.browser.set_cookie("cartwright_account", token)
    assert mina.get().status_code == 401
    mina.browser.delete_cookie("cartwright_account")
    mina.signs_in()
    assert mina.get(f"/account/confirm/{mina.key()}").status_code == 404


def test_old_links_and_sessions_are_over(mina: Merchant, mailbox: MailCatcher) -> None:
    settled(mina.app, mina.sessions, mina.email)
    mina.signs_in()
    mina.send("/account/forgotten", email=mina.email)
    mina.elsewhere().send("/account/forgotten", email=mina.email)
    post(mina.sessions)
    with mina.sessions.all_stores() as session:
        older = AccountKey.expires_at - text("interval '13 hours'")
        session.execute(update(AccountKey).values(expires_at=older))
    assert mina.get().status_code == 401
    assert mina.get(last_link(mailbox)).status_code == 404


def test_another_password_by_who_knows_the_old_one(mina: Merchant, mailbox: MailCatcher) -> None:
    settled(mina.app, mina.sessions, mina.email)
    mina.signs_in()
    other = mina.elsewhere()
    other.signs_in()
    change = "/account/settings/password"
    wrong = mina.send("/account/settings", change, password="not it at all", new_password=NEW)
    assert (wrong.status_code, "not your password" in words(wrong)) == (422, True)
    weak = mina.send("/account/settings", change, password=PASSWORD, new_password="password1234")
    assert "Many people" in words(weak)
    before = mina.key()
    done = mina.send("/account/settings", change, password=PASSWORD, new_password=NEW)
    assert done.status_code == 303
    assert mina.key() != before
    assert [who.get().status_code for who in (mina, other)] == [200, 401]
    assert mina.elsewhere().signs_in(NEW).status_code == 303


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(mina: Merchant) -> None:
    form = {"email": "mina@", "password": "short"}
    page = mina.send("/account/sign-up", **form)
    assert page.status_code == 422
    for name in form:
        assert re.search(rf'<input id="{name}"[^>]*aria-describedby="{name}-note"', page.text)
        assert f'id="{name}-note"' in page.text
    assert 'value="mina@"' in page.text
    assert 'value="short"' not in page.text


def test_a_mailbox_that_is_shut_for_a_while_gets_its_mail_later(
    mina: Merchant, mailbox: MailCatcher
) -> None:
    mailbox.faults.plan({"refuse_rcpt": 450})
    mina.signs_up()
    post(mina.sessions)
    assert letters(mailbox) == []
    with mina.sessions.all_stores() as session:
        session.execute(update(SystemMail).values(due_at=text("clock_timestamp()")))
    assert post(mina.sessions) == 1
    assert mina.confirms(last_link(mailbox)).status_code == 303


def test_where_no_mail_can_be_sent_the_pages_say_what_to_do(cast: Cast) -> None:
    browser = cast.app.test_client()
    for path, command in (("sign-up", "add"), ("forgotten", "reset")):
        page = browser.get(f"/account/{path}")
        assert f"cartwright accounts {command} EMAIL" in words(page)
        assert "<form" not in page.text


def test_a_hash_of_yesterday_is_made_anew_when_she_signs_in(mina: Merchant) -> None:
    from argon2 import PasswordHasher

    settled(mina.app, mina.sessions, mina.email)
    weak = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
    with mina.sessions.all_stores() as session:
        session.execute(text("update accounts set password_hash = :weak"), {"weak": weak})
    assert mina.signs_in().status_code == 303
    account = account_of(mina.sessions, mina.email)
    assert account is not None
    assert account.password_hash.split("$")[:4] == hashed("x").split("$")[:4]
    assert mina.elsewhere().signs_in().status_code == 303
