"""In and out of the desk, forms from elsewhere, and what every answer says of itself."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from connector.models import DeskKey, Store
from connector.services import installs
from connector.web.desk.shown import safe_url
from tests.cast import Cast, link
from tests.web.pages import everything, form_token, press, words

HTTPS = "https://cart.example"


def test_looking_at_the_link_spends_nothing(cast: Cast) -> None:
    path, browser = f"/desk/enter/{link(cast.mina)}", cast.app.test_client()
    before = everything(cast.mina)
    for _ in range(3):
        assert "Open the desk of Mina's Ceramics" in words(browser.get(path))
    browser.head(path)
    assert everything(cast.mina) == before
    assert browser.post(path).headers["Location"] == "/desk/"
    assert browser.get("/desk/").status_code == 200


def test_a_link_works_once(cast: Cast) -> None:
    path = f"/desk/enter/{link(cast.mina)}"
    assert cast.app.test_client().post(path).status_code == 303
    for again in (cast.app.test_client().post(path), cast.app.test_client().get(path)):
        assert again.status_code == 404
        assert "cartwright desk STORE" in words(again)
        assert "Set-Cookie" not in again.headers


def test_of_two_at_once_one_gets_in(cast: Cast) -> None:
    path = f"/desk/enter/{link(cast.mina)}"
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda _: cast.app.test_client().post(path).status_code, range(4))
    assert sorted(answers) == [303, 404, 404, 404]


def test_an_old_link_and_an_old_session_are_over(cast: Cast) -> None:
    token, desk = link(cast.mina), cast.desk(cast.mina)
    with cast.mina.session() as session:
        for key in session.scalars(select(DeskKey)):
            key.expires_at -= timedelta(days=2)
    assert desk.get("/desk/").status_code == 401
    assert desk.get(f"/desk/enter/{token}").status_code == 404


@pytest.mark.parametrize("token", ["x", "%00", "%ff%fe", "é", "a" * 5000, "..%2f..", "'--"])
def test_a_made_up_link_is_refused_plainly(cast: Cast, token: str) -> None:
    browser = cast.app.test_client()
    assert browser.get(f"/desk/enter/{token}").status_code == 404
    assert browser.post(f"/desk/enter/{token}").status_code == 404


@pytest.mark.parametrize("key", ["", "x", "é", "\\351", '"\\377"', "a" * 5000])
def test_a_made_up_cookie_is_nobody_s(cast: Cast, key: str) -> None:
    headers = {"Cookie": f"cartwright_desk={key}"}
    assert cast.app.test_client().get("/desk/", headers=headers).status_code == 401


def test_a_link_is_no_session_and_a_session_no_link(cast: Cast) -> None:
    browser = cast.app.test_client()
    headers = {"Cookie": f"cartwright_desk={link(cast.mina)}"}
    assert browser.get("/desk/", headers=headers).status_code == 401
    cookie = cast.desk(cast.mina).get_cookie("cartwright_desk")
    assert cookie is not None
    assert browser.post(f"/desk/enter/{cookie.value}").status_code == 404


def test_the_cookie_is_out_of_reach(cast: Cast) -> None:
    plain = cast.app.test_client().post(f"/desk/enter/{link(cast.mina)}")
    safe = cast.app.test_client().post(f"/desk/enter/{link(cast.mina)}", base_url=HTTPS)
    common = r"=[\w-]{43}; Expires=[^;]+; Max-Age=43200; {}HttpOnly; Path=/; SameSite=Lax"
    for answer, name, secure in (
        (plain, "cartwright_desk", ""),
        (safe, "__Host-cartwright", "Secure; "),
    ):
        told = answer.headers["Set-Cookie"]
        assert re.fullmatch(name + common.replace("{}", secure), told)


def test_leaving_ends_the_session_everywhere(cast: Cast) -> None:
    desk = cast.desk(cast.mina)
    cookie = desk.get_cookie("cartwright_desk")
    assert cookie is not None
    answer = press(desk, "/desk/leave")
    assert "You have left the desk" in words(answer)
    assert desk.get_cookie("cartwright_desk") is None
    copied = {"Cookie": f"cartwright_desk={cookie.value}"}
    assert cast.app.test_client().get("/desk/", headers=copied).status_code == 401


def test_an_uninstalled_store_has_no_desk(cast: Cast) -> None:
    token, desk = link(cast.mina), cast.desk(cast.mina)
    with cast.mina.session() as session:
        store = session.get_one(Store, cast.mina.store.id)
        installs.disconnect(session, store, cast.mina.now + timedelta(days=1), cast.mina.now)
    assert desk.get("/desk/").status_code == 401
    assert desk.get(f"/desk/enter/{token}").status_code == 404


def test_without_a_session_the_page_says_how_to_get_one(cast: Cast) -> None:
    answer = cast.app.test_client().get("/desk/carts/1")
    assert answer.status_code == 401
    assert "cartwright desk STORE" in words(answer)


@pytest.mark.parametrize("path", ["/desk/pause", "/desk/resume", "/desk/leave"])
def test_a_form_of_another_site_changes_nothing(cast: Cast, path: str) -> None:
    desk = cast.desk(cast.mina)
    token = form_token(desk)
    others = form_token(cast.desk(cast.mina))
    before = everything(cast.mina)
    for form in ({}, {"form_token": ""}, {"form_token": "é"}, {"form_token": others}):
        assert desk.post(path, data=form).status_code == 403
    for header in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
    ):
        answer = desk.post(path, data={"form_token": token}, headers=header)
        assert answer.status_code == 403
    assert everything(cast.mina) == before


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": "http://localhost"},
        {"Origin": HTTPS},
        {"Origin": "null"},
    ],
)
def test_a_form_of_our_own_is_taken(cast: Cast, header: dict[str, str]) -> None:
    desk = cast.desk(cast.mina)
    form = {"form_token": form_token(desk)}
    assert desk.post("/desk/pause", data=form, headers=header).status_code == 303


def test_another_site_opens_no_session(cast: Cast) -> None:
    path = f"/desk/enter/{link(cast.mina)}"
    browser = cast.app.test_client()
    assert browser.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.post(path, headers={"Origin": "https://evil.example"}).status_code == 403
    assert browser.post(path).status_code == 303


def test_every_answer_protects_itself(cast: Cast) -> None:
    desk = cast.desk(cast.mina)
    answers = [
        desk.get("/desk/"),
        desk.get("/desk/carts/999"),
        desk.post("/desk/pause"),
        desk.delete("/desk/pause"),
        cast.app.test_client().get("/desk/"),
        cast.app.test_client().get("/desk/enter/x"),
        cast.app.test_client().get(f"/desk/enter/{link(cast.mina)}"),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'; style-src 'self'; img-src " in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        if answer.status_code != 405:
            assert answer.headers["Cache-Control"] == "no-store"


def test_loopback_pictures_only_in_a_sandbox(cast: Cast) -> None:
    policy = cast.desk(cast.mina).get("/desk/").headers["Content-Security-Policy"]
    assert "http://127.0.0.1:*" in policy
    with cast.mina.session() as session:
        session.get_one(Store, cast.mina.store.id).sandbox = False
    policy = cast.desk(cast.mina).get("/desk/").headers["Content-Security-Policy"]
    assert "127.0.0.1" not in policy


def test_the_style_sheet_is_kept_for_long(cast: Cast) -> None:
    browser = cast.app.test_client()
    path = re.findall(r'href="(/desk/assets/[^"]+)"', browser.get("/desk/").text)[0]
    answer = browser.get(path)
    assert answer.mimetype == "text/css"
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    again = browser.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert browser.get("/desk/assets/look-other.css").status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        " https://ok.example",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://",
        "https://user@evil.example/",
        "https://ok.example/\u202egpj.exe",
        "https://[::1",
        "http://ok.example/",
        "http://127.0.0.1.evil.example/",
        "data:text/html,x",
        "vbscript:x",
    ],
)
def test_an_address_that_is_never_followed(url: str) -> None:
    assert safe_url(url, sandbox=True) == ""


def test_an_address_that_is_followed() -> None:
    for url in ("https://ok.example/a?b=c#d", "https://ok.example:8443/그릇.jpg"):
        assert safe_url(url, sandbox=False) == url
    near = "http://127.0.0.1:9001/x.png"
    assert safe_url(near, sandbox=True) == near
    assert safe_url(near, sandbox=False) == ""
