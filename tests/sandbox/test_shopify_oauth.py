"""The sandbox store as an app's shop: the grant page, tokens and their ends, scopes, the admin."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.shopify_merchant import APP, OFFLINE, URN, Merchant, query

ORDERS = "query O { orders(first: 1) { nodes { id } } shop { name } }"


def proved(params: dict[str, str]) -> bool:
    rest = sorted((k, v.replace("&", "%26")) for k, v in params.items() if k != "hmac")
    message = "&".join(f"{name}={value}" for name, value in rest)
    return params["hmac"] == hmac.digest(b"hush", message.encode(), hashlib.sha256).hex()


@pytest.fixture
def shop() -> Iterator[Merchant]:
    shop = Merchant()
    shop.do("app", app_url=APP, redirect_urls=[f"{APP}/callback"])
    yield shop
    shop.close()


# ---------------------------------------------------------------- the grant page


def test_a_merchant_sees_what_the_app_may_do_and_agrees(shop: Merchant) -> None:
    page = shop.authorize()
    assert page.status_code == 200
    for word in ("Cartwright", "read_orders", "write_discounts", "Install app", "st&amp;te"):
        assert word in page.text
    assert "form-action 'self' http://127.0.0.1:9;" in page.headers["Content-Security-Policy"]
    told = query(shop.press())
    assert proved(told)
    assert (told["shop"], told["state"]) == ("oscars-outdoor.myshopify.com", "st&te")
    assert abs(int(told["timestamp"]) - time.time()) < 5
    assert told["host"] == "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvb3NjYXJzLW91dGRvb3I"


def test_what_was_granted_already_is_not_asked_again(shop: Merchant) -> None:
    shop.press()
    assert proved(query(shop.authorize(scope="read_discounts")))
    assert shop.authorize(scope="read_orders,write_customers").status_code == 200
    shop.do("uninstall")
    assert shop.authorize().status_code == 200


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"client_id": "other"}, "application_cannot_be_found"),
        ({"redirect_uri": "https://evil.example/callback"}, "invalid_request"),
        ({"redirect_uri": f"{APP}/callback/../x"}, "invalid_request"),
        ({"scope": "read_minds"}, "invalid_scope"),
    ],
)
def test_a_wrong_request_is_an_error_page(
    shop: Merchant, changes: dict[str, str], word: str
) -> None:
    for answer in (shop.authorize(**changes), shop.press(**changes)):
        assert (answer.status_code, word in answer.text) == (400, True)


def test_a_merchant_may_say_no(shop: Merchant) -> None:
    assert shop.press("cancel").headers["Location"] == "/admin"
    assert shop.authorize().status_code == 200


# ---------------------------------------------------------------- tokens


def test_a_code_becomes_an_expiring_pair_once(shop: Merchant) -> None:
    code = shop.code()
    told = shop.token(code=code, expiring="1").json()
    assert (told["expires_in"], told["refresh_token_expires_in"]) == (3600, 7_776_000)
    assert told["scope"] == "read_orders,write_discounts"
    assert shop.call(told["access_token"]).status_code == 200
    again = shop.token(code=code, expiring="1")
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")


def test_without_the_word_expiring_a_token_never_does(shop: Merchant) -> None:
    told = shop.token(code=shop.code()).json()
    assert told.keys() == {"access_token", "scope"}
    shop.do("tokens", expire="access")
    assert shop.call(told["access_token"]).status_code == 200


def test_a_wrong_secret_gets_nothing_and_uses_nothing_up(shop: Merchant) -> None:
    code = shop.code()
    for wrong in ({"client_secret": "x"}, {"client_id": "x"}):
        answer = shop.token(code=code, **wrong)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert shop.token(code=code).status_code == 200


def test_a_refresh_token_is_good_until_its_successor_is_used(shop: Merchant) -> None:
    first = shop.pair()
    lost = shop.refresh(first["refresh_token"]).json()
    second = shop.refresh(first["refresh_token"]).json()
    assert len({first["access_token"], lost["access_token"], second["access_token"]}) == 3
    third = shop.refresh(second["refresh_token"])
    assert third.status_code == 200
    over = shop.refresh(first["refresh_token"])
    assert (over.status_code, over.json()["error"]) == (400, "invalid_grant")
    assert shop.state()["calls"]["token:refresh_token"] == 4


def test_tokens_end_when_told_to(shop: Merchant) -> None:
    pair = shop.pair()
    shop.do("tokens", expire="access")
    assert shop.call(pair["access_token"]).status_code == 401
    fresh = shop.refresh(pair["refresh_token"]).json()
    assert shop.call(fresh["access_token"]).status_code == 200
    shop.do("tokens", expire="refresh")
    assert shop.refresh(fresh["refresh_token"]).json()["error"] == "invalid_grant"
    assert shop.call(fresh["access_token"]).status_code == 200
    shop.do("tokens", expire="all")
    assert shop.call(fresh["access_token"]).status_code == 401
    assert "error" in shop.do("tokens", expire="typo")


def test_an_old_token_is_exchanged_and_dead(shop: Merchant) -> None:
    assert shop.call("shpat_1").status_code == 200
    told = shop.exchange("shpat_1", OFFLINE, expiring="1").json()
    assert told["expires_in"] == 3600
    assert shop.call("shpat_1").status_code == 401
    assert shop.call(told["access_token"]).status_code == 200
    for dead in ("shpat_1", told["access_token"], ""):  # one that expires is not exchanged
        answer = shop.exchange(dead, OFFLINE, expiring="1")
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_subject_token")


def test_an_id_token_is_exchanged_if_it_is_true(shop: Merchant) -> None:
    kind = f"{URN}token-type:id_token"
    good = shop.do("id_token")["id_token"]
    assert shop.exchange(good, kind, expiring="1").json()["refresh_token"]
    for claims in ({"aud": "x"}, {"exp": 1}, {"exp": None}, {"dest": "https://x"}, {"iss": "x"}):
        bad = shop.do("id_token", **claims)["id_token"]
        assert shop.exchange(bad, kind).json()["error"] == "invalid_subject_token"
    for forged in (good[:-3] + "AAA", f"e30.{good.split('.')[1]}.", "x", ""):
        assert shop.exchange(forged, kind).json()["error"] == "invalid_subject_token"


@pytest.mark.parametrize(
    ("odd", "status", "starts"),
    [
        ("html", 200, "<html>"),
        ("redirect", 302, ""),
        ("error_200", 200, '{"error"'),
        ("list", 200, "[{"),
    ],
)
def test_the_endpoint_answers_oddly(shop: Merchant, odd: str, status: int, starts: str) -> None:
    code = shop.code()
    shop.do("faults", token_answer=odd)
    answer = shop.token(code=code)
    assert (answer.status_code, answer.text[: len(starts)]) == (status, starts)
    assert shop.token(code=code).status_code == 400  # it was used up all the same


def test_a_pair_may_be_made_and_lost(shop: Merchant) -> None:
    """The connection breaks after the rotation: the former refresh token still works."""
    pair = shop.pair()
    shop.do("faults", token_drop=1)
    with pytest.raises(requests.ConnectionError):
        shop.refresh(pair["refresh_token"])
    assert shop.state()["calls"]["token:refresh_token"] == 1
    assert shop.refresh(pair["refresh_token"]).status_code == 200


def test_the_endpoint_is_slow_broken_or_huge(shop: Merchant) -> None:
    code = shop.code()
    shop.do("faults", token_5xx=1)
    assert shop.token(code=code).status_code == 500
    shop.do("faults", token_hang_s=0.3, token_answer="huge")
    began = time.monotonic()
    assert len(shop.token(code=code).content) > 10 * 1024 * 1024
    assert time.monotonic() - began >= 0.3


# ---------------------------------------------------------------- scopes


def test_outside_its_scopes_an_app_is_denied(shop: Merchant) -> None:
    shop.do("faults", narrow_scope="read_products")
    told = shop.token(code=shop.code(), expiring="1").json()
    assert told["scope"] == "read_products"
    answer = shop.call(told["access_token"], ORDERS)
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert error["message"] == (
        "Access denied for orders field. Required access: `read_orders` access scope."
    )
    assert (error["path"], answer.json()["data"]["orders"]) == (["orders"], None)
    assert answer.json()["data"]["shop"] == {"name": "Oscar's Outdoor"}


def test_a_merchant_changes_what_the_app_may_do(shop: Merchant) -> None:
    shop.subscribe("APP_SCOPES_UPDATE")
    access = shop.pair()["access_token"]
    shop.do("scopes", granted=["read_orders"])
    ((_, body),) = shop.got("app/scopes_update")
    assert body["previous"] == ["read_orders", "write_discounts"]
    assert body["current"] == ["read_orders"]
    assert "errors" not in shop.call(access, ORDERS).json()
    asked = 'query C { codeDiscountNodeByCode(code: "X") { id } }'
    assert shop.call(access, asked).json()["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


# ---------------------------------------------------------------- the admin, and the end


def test_the_admin_opens_the_app_and_removes_it(shop: Merchant) -> None:
    shop.subscribe("APP_UNINSTALLED")
    access = shop.pair()["access_token"]
    admin = f"{shop.store.url}/admin"
    assert "Open Cartwright" in requests.get(admin, timeout=10).text
    for button in ("open", "install"):
        answer = requests.get(f"{admin}/apps/{button}", timeout=10, allow_redirects=False)
        assert answer.headers["Location"].startswith(f"{APP}?")
        assert proved(query(answer))
    gone = requests.post(f"{admin}/apps/uninstall", timeout=10)
    assert "No app is installed." in gone.text
    assert shop.got("app/uninstalled")
    assert shop.call(access).status_code == shop.call("shpat_1").status_code == 401
    assert "error" in shop.do("uninstall")


def test_a_reinstalled_app_hears_late_of_its_removal(shop: Merchant) -> None:
    shop.subscribe("APP_UNINSTALLED")
    old = shop.pair()
    shop.do("uninstall")
    fresh = shop.pair()
    shop.do("uninstalled_late", at="2026-11-22T09:00:00+00:00")
    (_, (late, _)) = shop.got("app/uninstalled")
    assert late["X-Shopify-Triggered-At"] == "2026-11-22T09:00:00.000000Z"
    assert shop.call(fresh["access_token"]).status_code == 200
    assert shop.call("shpat_1").status_code == 401
    assert shop.refresh(old["refresh_token"]).json()["error"] == "invalid_grant"
