"""From "Install" to the desk, over real HTTP; and every way in which it must not get there."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from connector.models import StoreState
from jobs.runtime import runtime
from platforms.shopify import oauth
from tests.web.deliveries import SHOP
from tests.web.pages import words
from tests.web.shopify_merchant import BACK, HERE, Oscar, oscar, signed

__all__ = ["oscar"]


# ---------------------------------------------------------------- the way there


def test_the_app_url_leads_at_once_to_shopify_s_page(oscar: Oscar) -> None:
    parts = urlsplit(oscar.opens_the_app())
    asked = dict(parse_qsl(parts.query))
    assert parts.path == "/admin/oauth/authorize"
    assert asked["client_id"] == "test-app"
    assert asked["redirect_uri"] == f"{HERE}{BACK}"
    assert asked["scope"].split(",") == list(oauth.SCOPES)
    assert oscar.browser.get_cookie("__Host-cartwright-install", "cart.example") is not None
    kept = str(oscar.get("/install/shopify?shop=x").headers["Set-Cookie"])
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"):
        assert word in kept


def test_a_merchant_is_at_her_desk_a_moment_later(oscar: Oscar) -> None:
    answer = oscar.installs()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/")
    store = oscar.store()
    assert (store.state, store.domain, store.sandbox) == (StoreState.ACTIVE, SHOP, True)
    assert store.platform_ref.startswith("gid://shopify/Shop/")
    assert oauth.missing(store.scopes) == ()
    assert store.token_generation == 1
    assert store.access_expires_at is not None
    assert store.refresh_expires_at is not None
    assert (store.refresh_expires_at - store.access_expires_at).days == 89
    assert oscar.subscriptions() > 10
    assert oscar.outcomes() == ["connected"]
    assert oscar.get("/desk/").status_code == 200
    assert oscar.get("/desk/", oscar.app.test_client()).status_code == 401


def test_a_name_that_was_typed_leads_there_too(oscar: Oscar) -> None:
    page = oscar.get("/install/shopify", shop="https://Oscars-Outdoor.myshopify.com/admin")
    assert page.status_code == 200
    assert f'content="0;url={oscar.shop.url}/admin/oauth/authorize' in page.text
    url = page.text.split('href="')[-1].split('"')[0].replace("&amp;", "&")
    assert oscar.returns(oscar.agrees(url)).status_code == 303


@pytest.mark.parametrize(
    "typed", ["", " ", "oscars.evil.example", "x.myshopify.com.evil.example", "a b", "<b>", "é"]
)
def test_what_is_no_shop_is_said_so(oscar: Oscar, typed: str) -> None:
    page = oscar.get(f"/install/shopify?{urlencode({'shop': typed})}")
    assert page.status_code == 400
    assert "your-shop.myshopify.com" in page.text
    assert "Start again" in page.text


def test_opening_the_app_again_keeps_the_store_and_its_pause(oscar: Oscar) -> None:
    oscar.installs()
    store = oscar.store()
    with oscar.sessions.store(store.id) as session:
        session.merge(store).state = StoreState.PAUSED
    assert oscar.installs().status_code == 303
    again = oscar.store()
    assert (again.id, again.state, again.token_generation) == (store.id, StoreState.PAUSED, 2)


# ---------------------------------------------------------------- our first page, attacked


def changed(query: dict[str, str], name: str) -> dict[str, str]:
    value = query[name]
    return {**query, name: value[:-1] + ("a" if value[-1] != "a" else "b")}


def doubled(query: dict[str, str], name: str) -> list[tuple[str, str]]:
    return [*query.items(), (name, query[name])]


def without(query: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in query.items() if key != name}


Touched = Callable[[dict[str, str], str], "dict[str, str] | list[tuple[str, str]]"]
OPENED = ("shop", "timestamp", "hmac", "host")
CAME_BACK = ("shop", "timestamp", "hmac", "host", "code", "state")


@pytest.mark.parametrize("name", OPENED)
@pytest.mark.parametrize("how", [changed, doubled, without])
def test_no_parameter_of_the_app_url_may_be_touched(oscar: Oscar, name: str, how: Touched) -> None:
    now = str(int(time.time()))
    query = signed(shop=SHOP, timestamp=now, host="aG9zdA")
    bad = how(query, name)
    answer = oscar.get(f"/install/shopify?{urlencode(bad)}")
    if how is without and name == "hmac":  # as if typed: it may begin, the way back decides
        assert answer.status_code == 200
    else:
        assert answer.status_code == 400
        assert "does not come from Shopify" in answer.text


@pytest.mark.parametrize("shift", [-91, 91, -86_400, 10**11])
def test_an_old_or_future_link_is_refused(oscar: Oscar, shift: int) -> None:
    query = signed(shop=SHOP, timestamp=str(int(time.time()) + shift))
    assert oscar.get(f"/install/shopify?{urlencode(query)}").status_code == 400


@pytest.mark.parametrize("stamp", ["", "junk", "1e9", "-1", "٣", "1" * 400, "12.5", " 1"])
def test_a_time_that_is_none_is_refused(oscar: Oscar, stamp: str) -> None:
    query = signed(shop=SHOP, timestamp=stamp)
    assert oscar.get(f"/install/shopify?{urlencode(query)}").status_code == 400


@pytest.mark.parametrize(
    "shop",
    [f"{SHOP}\n", f"{SHOP}/", SHOP.upper(), f"x@{SHOP}", "evil.example", f"evil.example/{SHOP}",
     "-x.myshopify.com", "x_y.myshopify.com", ".myshopify.com", "x.myshopify.com.evil.example"],
)  # fmt: skip
def test_a_signed_shop_that_is_none_is_refused(oscar: Oscar, shop: str) -> None:
    query = signed(shop=shop, timestamp=str(int(time.time())))
    assert oscar.get(f"/install/shopify?{urlencode(query)}").status_code == 400


@pytest.mark.parametrize("digest", ["", "é", "00", "G" * 64, "0" * 64, "0" * 63 + "\n"])
def test_a_signature_that_is_none_is_refused(oscar: Oscar, digest: str) -> None:
    query = {**signed(shop=SHOP, timestamp=str(int(time.time()))), "hmac": digest}
    assert oscar.get(f"/install/shopify?{urlencode(query)}").status_code == 400


def test_without_an_app_the_operator_is_told_what_to_set(
    oscar: Oscar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPIFY_API_KEY", "")
    runtime.cache_clear()
    page = oscar.get("/install/shopify", shop="oscars-outdoor")
    assert (page.status_code, "SHOPIFY_API_KEY" in page.text) == (503, True)


# ---------------------------------------------------------------- the way back, attacked


@pytest.mark.parametrize("name", CAME_BACK)
@pytest.mark.parametrize("how", [changed, doubled, without])
def test_no_parameter_of_the_answer_may_be_touched(oscar: Oscar, name: str, how: Touched) -> None:
    query = oscar.begins()
    answer = oscar.get(f"{BACK}?{urlencode(how(query, name))}")
    assert answer.status_code == 400
    assert "Start again" in answer.text
    oscar.nothing_was_done()
    assert oscar.returns(query).status_code == 303  # what was not touched still counts


def resigned(query: dict[str, str], **changes: str) -> dict[str, str]:
    return signed(**{**without(query, "hmac"), **changes})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shop": "another.myshopify.com"}, "Another shop answered"),
        ({"shop": f"{SHOP}\n"}, "does not come from Shopify"),
        ({"shop": "evil.example"}, "does not come from Shopify"),
        ({"timestamp": "1700000000"}, "does not come from Shopify"),
        ({"state": "made.up"}, "not complete"),
        ({"state": ""}, "not complete"),
        ({"code": ""}, "gave no permission"),
        ({"code": "x" * 300}, "gave no permission"),
        ({"code": "a/../b"}, "gave no permission"),
    ],
)
def test_even_with_a_true_signature(oscar: Oscar, changes: dict[str, str], said: str) -> None:
    """Who stole the app's secret, or Shopify itself at its worst, still has to fit."""
    query = resigned(oscar.begins(), **changes)
    answer = oscar.returns(query)
    assert (answer.status_code, said in answer.text) == (400, True), words(answer)
    oscar.nothing_was_done()


def test_a_state_is_used_once(oscar: Oscar) -> None:
    query = oscar.begins()
    assert oscar.returns(query).status_code == 303
    first = oscar.store()
    again = oscar.returns(query)
    # The browser forgot its key at the desk; with the key the row still says no.
    assert (again.status_code, "Another browser" in again.text) == (400, True)
    assert oscar.store().token_generation == first.token_generation


def test_a_state_is_used_once_also_after_a_failure(oscar: Oscar) -> None:
    query = oscar.begins()
    oscar.do("faults", token_5xx=1)
    assert oscar.returns(query).status_code == 502
    again = oscar.returns(query)
    assert (again.status_code, "used already" in again.text) == (400, True)
    oscar.nothing_was_done()


def test_another_browser_cannot_finish_it(oscar: Oscar) -> None:
    query = oscar.begins()
    stranger = oscar.app.test_client()
    assert "Another browser" in oscar.returns(query, stranger).text
    oscar.opens_the_app(stranger)  # with a key of his own
    assert "Another browser" in oscar.returns(query, stranger).text
    oscar.nothing_was_done()
    assert oscar.returns(query).status_code == 303


def test_a_preview_uses_nothing_up(oscar: Oscar) -> None:
    query = oscar.begins()
    head = oscar.browser.head(f"{BACK}?{urlencode(query)}", base_url=HERE)
    assert head.status_code == 405
    assert oscar.returns(query).status_code == 303


def test_two_at_once_make_one_store(oscar: Oscar) -> None:
    query = oscar.begins()
    cookie = oscar.browser.get_cookie("__Host-cartwright-install", "cart.example")
    assert cookie is not None

    def come_back(_: int) -> int:
        browser = oscar.app.test_client()
        browser.set_cookie(cookie.key, cookie.value, domain="cart.example", secure=True)
        return oscar.returns(query, browser).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(come_back, range(6))) == [303] + [400] * 5
    assert oscar.store().token_generation == 1
    assert oscar.asked_for("code") == 1


def test_two_installations_of_one_shop_at_once_are_one_store(oscar: Oscar) -> None:
    browsers = [oscar.app.test_client() for _ in range(3)]
    queries = [oscar.agrees(oscar.opens_the_app(browser)) for browser in browsers]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(oscar.returns, queries, browsers))
    assert [answer.status_code for answer in answers] == [303] * 3
    assert oscar.store().token_generation == 3


# ---------------------------------------------------------------- what Shopify may say


@pytest.mark.parametrize(
    "fault",
    [
        {"token_5xx": 1},
        {"token_drop": 1},
        {"token_answer": "html"},
        {"token_answer": "redirect"},
        {"token_answer": "error_200"},
        {"token_answer": "list"},
        {"token_answer": "huge"},
        {"token_answer": "no_scope"},
        {"token_hang_s": 1.5},
        {"narrow_scope": "read_orders,write_customers"},
    ],
    ids=str,
)
def test_without_good_tokens_nothing_is_installed(
    oscar: Oscar, fault: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "token_hang_s" in fault:
        monkeypatch.setenv("CARTWRIGHT_HTTP_TIMEOUT_S", "1")
    oscar.do("faults", **fault)
    answer = oscar.installs()
    assert answer.status_code in {400, 502}
    assert "Start again" in answer.text
    assert "Nothing was connected" in answer.text
    assert ("read_products, write_discounts" in answer.text) == ("narrow_scope" in fault)
    oscar.nothing_was_done()
    assert oscar.outcomes() != ["connected"]
    monkeypatch.delenv("CARTWRIGHT_HTTP_TIMEOUT_S", raising=False)
    if "narrow_scope" in fault:
        oscar.do("uninstall")
    assert oscar.installs().status_code == 303  # what went wrong once goes right the next time
