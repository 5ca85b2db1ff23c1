"""Guessers, other sites and the curious: what an account keeps from them."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Interval, bindparam, select, text, update

from connector.models import AccountKey, SystemMail, Trial
from connector.sandbox.mail import MailCatcher
from connector.services import trials
from jobs import dispatch
from tests.cast import Cast
from tests.web.merchants import PASSWORD, Merchant, last_link, letters, post, settled
from tests.web.pages import everything, words

HTTPS = "https://cart.example"


@pytest.fixture
def mina(mailbox: MailCatcher, cast: Cast) -> Merchant:
    """A merchant with an account, signed in."""
    return settled(cast.app, cast.mina.sessions, "mina@minas.example")


def stranger(mina: Merchant, email: str = "nobody@minas.example") -> Merchant:
    """Somebody without an account."""
    return Merchant(mina.app, mina.sessions, email)


def age_trials(mina: Merchant, by: timedelta) -> None:
    """Time goes by for those who tried."""
    with mina.sessions.all_stores() as session:
        session.execute(update(Trial).values(at=Trial.at - bindparam(None, by, Interval)))


@pytest.mark.parametrize("page", ["sign-in", "sign-up", "forgotten"])
def test_known_and_unknown_addresses_are_answered_alike(mina: Merchant, page: str) -> None:
    answers = []
    for email in (mina.email, "none@minas.example"):
        who = stranger(mina, email)
        form = {"email": email, "password": "not her password"}
        answer = who.send(f"/account/{page}", **form)
        said = answer.text.replace(email, "…").replace(_form_token(answer.text), "…")
        kept = sorted(name for name, _ in answer.headers if name != "Content-Length")
        answers.append((answer.status_code, said, kept))
    assert answers[0] == answers[1]


def _form_token(page: str) -> str:
    _, found, rest = page.partition('name="form_token" value="')
    return rest[:64] if found else "-"


def test_known_and_unknown_addresses_take_as_long(mina: Merchant) -> None:
    """Of the same class: without the password's work for nobody, it would be a tenth or less."""
    took: dict[str, list[float]] = {mina.email: [], "none@minas.example": []}
    for _ in range(4):
        for email, times in took.items():
            who = stranger(mina, email)
            who.get("/account/sign-in")
            begun = time.perf_counter()
            who.signs_in("not her password")
            times.append(time.perf_counter() - begun)
    known, unknown = (statistics.median(times) for times in took.values())
    assert 0.4 < unknown / known < 2.5


def test_an_account_that_is_there_is_told_and_not_changed(
    mina: Merchant, mailbox: MailCatcher
) -> None:
    other = Merchant(mina.app, mina.sessions, mina.email, "a password of somebody else")
    other.signs_up()
    post(mina.sessions)
    assert letters(mailbox) == [(mina.email, "You have a Cartwright account already")]
    assert other.signs_in().status_code == 422
    assert mina.get().status_code == 200


def test_nobody_gets_a_mail_about_an_account_that_is_not_there(
    mina: Merchant, mailbox: MailCatcher
) -> None:
    stranger(mina).send("/account/forgotten", email="none@minas.example")
    assert post(mina.sessions) == 1
    assert letters(mailbox) == []
    with mina.sessions.all_stores() as session:
        assert session.scalar(select(SystemMail.id)) is None


def test_guessers_wait_and_her_mailbox_ends_it(mina: Merchant, mailbox: MailCatcher) -> None:
    guesser = stranger(mina, mina.email.upper())
    assert [guesser.signs_in("a guess a guess").status_code for _ in range(6)] == [422] * 5 + [429]
    refused = guesser.signs_in(PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert "please wait 15 minutes" in words(refused)
    mina.elsewhere().send("/account/forgotten", email=mina.email)
    post(mina.sessions)
    owner = mina.elsewhere()
    assert owner.send(last_link(mailbox), password="four grey herons stand").status_code == 303
    assert owner.elsewhere().signs_in("four grey herons stand").status_code == 303


def test_who_goes_on_guessing_waits_longer_and_longer(mina: Merchant) -> None:
    guesser, answers = stranger(mina, "none@minas.example"), []
    for _ in range(3):
        answers += [guesser.signs_in("a guess a guess").status_code for _ in range(6)]
        age_trials(mina, timedelta(minutes=16))
    assert answers == [422] * 5 + [429] + [422] * 5 + [429] + [429] * 6


def test_one_place_may_not_try_everybody_s_password(mina: Merchant) -> None:
    limit = trials.PASSWORD_FROM.windows[0][0]
    whose = trials.PASSWORD_FROM.whose(b"s", "here")
    with mina.sessions.all_stores() as session:
        waits = [trials.count(session, trials.PASSWORD_FROM, whose) for _ in range(limit + 1)]
    assert waits[:limit] == [None] * limit
    assert waits[limit] is not None
    place = {"REMOTE_ADDR": "2001:db8::1"}
    neighbour = {"REMOTE_ADDR": "2001:db8::2"}  # the same household
    form = {"email": "x", "password": "y"}
    browser = mina.app.test_client()
    token = _form_token(browser.get("/account/sign-in").text)
    statuses = []
    for number in range(limit + 1):
        data = {**form, "email": f"{number}@x.example", "form_token": token}
        where = place if number % 2 else neighbour
        answer = browser.post("/account/sign-in", data=data, environ_base=where)
        statuses.append(answer.status_code)
    assert statuses == [422] * limit + [429]
    elsewhere = browser.post(
        "/account/sign-in",
        data={**form, "form_token": token},
        environ_base={"REMOTE_ADDR": "192.0.2.9"},
    )
    assert elsewhere.status_code == 422


def test_nobody_s_mailbox_is_flooded(mina: Merchant, mailbox: MailCatcher) -> None:
    pages = []
    for number in range(5):
        who = stranger(mina)
        answer = who.send(
            f"/account/{('forgotten', 'sign-up')[number % 2]}", email=mina.email, password=PASSWORD
        )
        pages.append(answer.status_code)
    post(mina.sessions)
    assert pages == [200] * 5
    assert len(letters(mailbox)) == 3
    for number in range(6):
        stranger(mina).send("/account/forgotten", email=f"{number}@x.example")
    assert stranger(mina).send("/account/forgotten", email="last@x.example").status_code == 429


def test_a_hundred_at_once_are_not_all_the_first(mina: Merchant) -> None:
    def one(_: int) -> bool:
        with mina.sessions.all_stores() as session:
            whose = trials.PASSWORD_OF_ADDRESS.whose(b"s", "her")
            return trials.count(session, trials.PASSWORD_OF_ADDRESS, whose) is None

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(one, range(40))) == 5


def test_no_address_and_no_caller_is_kept_with_the_trials(mina: Merchant) -> None:
    stranger(mina).signs_in()
    with mina.sessions.all_stores() as session:
        kept = b"".join(session.scalars(select(Trial.who)))
    for word in (b"mina", b"nobody", b"127.0.0.1"):
        assert word not in kept


def test_a_key_from_before_signing_in_is_worth_nothing_after(mina: Merchant) -> None:
    """Fixation: whoever planted a cookie does not share her session."""
    fixed = mina.key()
    assert mina.elsewhere().signs_in().status_code == 303
    mina.browser.get("/account/sign-in")
    victim = stranger(mina, mina.email)
    victim.browser.set_cookie("cartwright_account", "planted-by-somebody-else")
    assert victim.signs_in().status_code == 303
    assert victim.key() not in {"planted-by-somebody-else", fixed, ""}
    planted = stranger(mina)
    planted.browser.set_cookie("cartwright_account", "planted-by-somebody-else")
    assert planted.get().status_code == 401


def test_signing_out_ends_it_for_copies_of_the_cookie_too(mina: Merchant) -> None:
    copied = stranger(mina)
    copied.browser.set_cookie("cartwright_account", mina.key())
    assert copied.get().status_code == 200
    assert "signed out" in words(mina.send("/account/", "/account/sign-out"))
    assert mina.key() == ""
    assert copied.get().status_code == 401


def test_out_everywhere_is_everywhere(mina: Merchant) -> None:
    others = [mina.elsewhere() for _ in range(2)]
    for other in others:
        other.signs_in()
    mina.send("/account/settings", "/account/sign-out-everywhere")
    assert [who.get().status_code for who in (mina, *others)] == [401] * 3


@pytest.mark.parametrize("path", ["sign-in", "sign-up", "forgotten"])
def test_another_site_cannot_send_the_forms_before_signing_in(mina: Merchant, path: str) -> None:
    """It could sign her in to its own account, to which she then connects her shop."""
    who = stranger(mina, mina.email)
    form = {"email": mina.email, "password": PASSWORD}
    assert who.browser.post(f"/account/{path}", data=form).status_code == 403
    token = _form_token(who.get(f"/account/{path}").text)
    others = _form_token(stranger(mina).get(f"/account/{path}").text)
    for wrong in ("", "é", others):
        sent = {**form, "form_token": wrong}
        assert who.browser.post(f"/account/{path}", data=sent).status_code == 403
    for header in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        sent = {**form, "form_token": token}
        answer = who.browser.post(f"/account/{path}", data=sent, headers=header)
        assert answer.status_code == 403
    assert who.browser.post(f"/account/{path}", data={**form, "form_token": token}).status_code in {
        200,
        303,
    }


@pytest.mark.parametrize(
    "path", ["sign-out", "sign-out-everywhere", "settings/password", "keep", "again"]
)
def test_a_form_of_another_site_changes_nothing(cast: Cast, mina: Merchant, path: str) -> None:
    token = _form_token(mina.get("/account/settings").text)
    other = settled(cast.app, cast.mina.sessions, "oscar@oscars.example")
    foreign = _form_token(other.get("/account/settings").text)
    before = everything(cast.mina)
    for form in ({}, {"form_token": foreign}, {"form_token": "é"}):
        assert mina.browser.post(f"/account/{path}", data=form).status_code == 403
    for header in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ):
        data = {"form_token": token, "password": PASSWORD, "new_password": "four grey herons"}
        answer = mina.browser.post(f"/account/{path}", data=data, headers=header)
        assert answer.status_code == 403
    assert everything(cast.mina) == before


def test_the_cookie_is_out_of_reach(mina: Merchant) -> None:
    browser = mina.app.test_client()
    token = _form_token(browser.get("/account/sign-in", base_url=HTTPS).text)
    form = {"email": mina.email, "password": PASSWORD, "form_token": token}
    told = browser.post("/account/sign-in", data=form, base_url=HTTPS).headers.getlist("Set-Cookie")
    (cookie,) = (one for one in told if one.startswith("__Host-cartwright-account="))
    assert "; Secure; HttpOnly; Path=/; SameSite=Lax" in cookie
    assert "Max-Age=43200" in cookie


def test_pages_protect_themselves(mina: Merchant) -> None:
    for path in ("", "settings", "nowhere"):
        answer = mina.get(f"/account/{path}")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert mina.get().headers["Cache-Control"] == "no-store"


def test_a_browser_without_a_session_is_led_to_signing_in(cast: Cast) -> None:
    browser, html = cast.app.test_client(), {"Accept": "text/html,*/*;q=0.8"}
    for path in ("/desk/", "/desk/problems", "/account/", "/account/settings"):
        answer = browser.get(path, headers=html)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/account/sign-in"), path
    assert browser.get("/desk/").status_code == 401
    assert browser.post("/desk/pause", headers=html).status_code == 401
    assert browser.get("/desk/assets/look-other.css", headers=html).status_code == 404


def test_what_is_over_is_swept_away(mina: Merchant) -> None:
    stranger(mina).signs_up()
    with mina.sessions.all_stores() as session:
        for statement in (
            "update accounts set created_at = created_at - interval '200 days'",
            "update account_keys set expires_at = expires_at - interval '3 days'",
            "update trials set at = at - interval '3 days'",
            "update system_mails set created_at = created_at - interval '3 days'",
        ):
            session.execute(text(statement))
    dispatch._run_all(dispatch.TIDY)
    with mina.sessions.all_stores() as session:
        assert session.scalar(select(AccountKey.id)) is None
        assert session.scalar(select(Trial.id)) is None
        assert session.scalar(select(SystemMail.id)) is None
        emails = list(session.scalars(text("select email from accounts")))
    assert emails == [mina.email]
