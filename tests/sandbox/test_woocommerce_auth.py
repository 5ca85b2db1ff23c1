"""The sandbox WooCommerce's /wc-auth against the steps recorded on a real store."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.contract_data import CONTRACTS, needs_contracts
from tests.sandbox.woocommerce_shop import APP, SHOP, Shop

ASKED = {
    "app_name": "Cart Rescue",
    "scope": "read_write",
    "user_id": "merchant-42",
    "return_url": f"https://{APP}/return?x=1",
    "callback_url": f"https://{APP}/hooks?state=s1",
}
AUTHORIZE = "/wc-auth/v1/authorize"
HTTP_CALLBACK = {"callback_url": "http://127.0.0.1:9001/callback"}


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.close()


class Browser(requests.Session):
    """A merchant's browser, which reaches the shop by its public name."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self._shop = shop

    def ask(self, url: str, method: str = "GET", **kw: Any) -> requests.Response:
        """One page; redirects are looked at, not followed."""
        parts = urlsplit(url)
        assert parts.netloc in {"", SHOP}
        here = f"{self._shop.store.url}{parts.path}?{parts.query}"
        kw = {"timeout": 5, "allow_redirects": False, **kw}
        cookies = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        return self.request(method, here, headers={"Host": SHOP, "Cookie": cookies}, **kw)

    def sign_in(self, who: str = "owner", **changes: str) -> requests.Response:
        """To the grant page, or to where it leads instead."""
        login = self.ask(AUTHORIZE, params={**ASKED, **changes}).headers["Location"]
        back = self.ask(login, "POST", data={"login": who})
        return self.ask(back.headers["Location"])


def link(page: requests.Response, kind: str) -> str:
    found = re.search(rf'<a href="([^"]+)" class="[^"]*wc-auth-{kind}"', page.text)
    assert found
    return html.unescape(found[1])


def words(page: requests.Response) -> str:
    text = re.sub(r"<style>.*?</style>", "", page.text, flags=re.DOTALL)
    return "".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def given_keys(shop: Shop) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in shop.catcher.got]


def denied(shop: Shop, **changes: str) -> str:
    page = Browser(shop).ask(AUTHORIZE, params={**ASKED, **changes})
    assert page.status_code == 401
    found = re.search('<div class="wp-die-message">Error: (.*)\\.</div>', page.text)
    assert found
    return html.unescape(found[1])


def test_approving_posts_keys_that_work(shop: Shop) -> None:
    browser = Browser(shop)
    done = browser.ask(link(browser.sign_in(), "approve"))
    assert done.status_code == 302
    assert done.headers["Location"] == f"https://{APP}/return?x=1&success=1&user_id=merchant-42"
    (keys,) = given_keys(shop)
    assert (keys["user_id"], keys["key_permissions"]) == ("merchant-42", "read_write")
    auth = (keys["consumer_key"], keys["consumer_secret"])
    assert shop.rest("GET", "orders", auth=auth) == (200, [])
    made = shop.state()["keys"][-1]
    assert made["id"] == keys["key_id"]
    assert re.fullmatch(
        r"Cart Rescue - API \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\)", made["description"]
    )


@needs_contracts
def test_the_callback_is_the_recorded_one(shop: Shop) -> None:
    browser = Browser(shop)
    browser.ask(link(browser.sign_in(), "approve"))
    sample = CONTRACTS / "woocommerce/samples/wc1092__wcauth_callback__x__1.json"
    real = json.loads(sample.read_text())
    ((headers, body),) = shop.catcher.got
    here, there = ({k.lower(): v for k, v in pairs} for pairs in (headers, real["headers"]))
    assert here.keys() == there.keys()
    assert (here["host"], here["content-type"]) == (APP, there["content-type"])
    assert list(json.loads(body)) == list(json.loads(real["body_text"]))
    assert here["user-agent"] == f"WordPress/7.0.2; https://{SHOP}"


@needs_contracts
def test_the_pages_say_what_a_real_store_says(shop: Shop) -> None:
    text = (CONTRACTS / "woocommerce/wc_auth_trace.jsonl").read_text(encoding="utf-8")
    steps = {step["step"]: step for step in map(json.loads, text.splitlines())}
    real = {name: "".join(html.unescape(step["text"]).split()) for name, step in steps.items()}
    browser = Browser(shop)
    anonymous = browser.ask(AUTHORIZE, params=ASKED)
    query = dict(parse_qsl(urlsplit(steps["anon authorize"]["location"]).query))
    assert list(dict(parse_qsl(urlsplit(anonymous.headers["Location"]).query))) == list(query)
    assert "%20" in anonymous.headers["Location"]
    said = words(browser.ask(anonymous.headers["Location"]))
    assert said.startswith(real["login form"].partition("Username")[0])
    assert words(browser.sign_in()) == real["grant page"].replace("127.0.0.1", APP)


@pytest.mark.parametrize("scope", ["read", "write", "read_write"])
def test_a_key_does_what_it_may(shop: Shop, scope: str) -> None:
    browser = Browser(shop)
    browser.ask(link(browser.sign_in(scope=scope), "approve"))
    (keys,) = given_keys(shop)
    auth = (keys["consumer_key"], keys["consumer_secret"])
    for method, wanted, body in (("GET", "read", None), ("POST", "write", {"code": "x"})):
        status, answer = shop.rest(method, "coupons", auth=auth, json=body)
        refusal = f"The API key provided does not have {wanted} permissions."
        assert (status == 401) is (wanted not in scope)
        assert status != 401 or answer["message"] == refusal


def test_denying_makes_no_key(shop: Shop) -> None:
    there = link(Browser(shop).sign_in(), "deny")
    assert there == f"https://{APP}/return?x=1&success=0&user_id=merchant-42"
    assert len(shop.state()["keys"]) == 1


@pytest.mark.parametrize("answer", [201, 204, 302, 401, 500])
def test_only_200_keeps_the_key(shop: Shop, answer: int) -> None:
    browser = Browser(shop)
    page = browser.sign_in()
    shop.catcher.status = answer
    refused = browser.ask(link(page, "approve"))
    assert refused.status_code == 401
    assert "at the time were unable to send the consumer data." in refused.text
    (keys,) = given_keys(shop)
    auth = (keys["consumer_key"], keys["consumer_secret"])
    assert shop.rest("GET", "orders", auth=auth)[0] == 401


@pytest.mark.parametrize(
    ("callback", "reason"),
    [
        ("https://nobody.example/x", "cURL error 6: Could not resolve host: nobody.example."),
        (f"https://{APP}:8443/x", "Error: A valid URL was not provided.."),
    ],
)
def test_an_app_that_is_not_there_gets_nothing(shop: Shop, callback: str, reason: str) -> None:
    browser = Browser(shop)
    page = browser.ask(link(browser.sign_in(callback_url=callback), "approve"))
    assert page.status_code == 401
    assert reason in page.text
    assert len(shop.state()["keys"]) == 1


def test_a_refused_connection_is_told_in_curls_words() -> None:
    shop = Shop(routes={APP: "127.0.0.1:9"})
    browser = Browser(shop)
    page = browser.ask(link(browser.sign_in(), "approve"))
    told = f"cURL error 7: Failed to connect to {APP} port 443 after 0 ms: Couldn't connect"
    assert told in html.unescape(page.text)
    shop.close()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (HTTP_CALLBACK, "The callback_url needs to be over SSL"),
        ({"scope": "admin"}, "Invalid scope admin"),
        ({"scope": ""}, "Missing parameter scope"),
        ({"user_id": ""}, "Missing parameter user_id"),
        ({"return_url": "https://"}, "The https:// is not a valid URL"),
        ({"app_name": "<b></b>", "scope": "<i>x"}, "Invalid scope x"),
    ],
)
def test_what_is_missing_or_wrong_is_said(shop: Shop, changes: dict[str, str], reason: str) -> None:
    assert denied(shop, **changes) == reason


def test_the_apps_word_for_the_merchant_comes_back_as_it_went(shop: Shop) -> None:
    browser = Browser(shop)
    done = browser.ask(link(browser.sign_in(user_id="m 7/é"), "approve"))
    assert done.headers["Location"].endswith("&success=1&user_id=m%207/%C3%A9")
    assert given_keys(shop)[0]["user_id"] == "m 7/é"


def test_a_callback_without_a_scheme_is_https(shop: Shop) -> None:
    browser = Browser(shop)
    page = browser.sign_in(callback_url=f"{APP}/hooks")
    assert browser.ask(link(page, "approve")).status_code == 302
    assert len(given_keys(shop)) == 1


def test_a_setting_lets_plain_http_on_loopback_in() -> None:
    shop = Shop(http_callbacks=True)
    browser = Browser(shop)
    page = browser.sign_in(callback_url=shop.catcher.url)
    assert browser.ask(link(page, "approve")).status_code == 302
    assert len(given_keys(shop)) == 1
    shop.close()


def test_a_customer_may_approve_nothing(shop: Shop) -> None:
    page = Browser(shop).sign_in("customer")
    assert page.status_code == 401
    assert "You do not have permission to access this page." in page.text


def test_nobody_approves_for_somebody_else(shop: Shop) -> None:
    """The link works in the browser that it was shown in."""
    theirs = link(Browser(shop).sign_in(), "approve")
    other = Browser(shop)
    other.sign_in()
    page = other.ask(theirs)
    assert page.status_code == 401
    assert "Error: Invalid nonce verification." in page.text
    assert Browser(shop).ask(theirs).status_code == 401
    assert len(shop.state()["keys"]) == 1


def test_the_query_form_shows_the_same_page(shop: Shop) -> None:
    browser = Browser(shop)
    browser.sign_in()
    query = {"wc-auth-version": "1", "wc-auth-route": "authorize", **ASKED}
    page = browser.ask("/", params=query)
    assert browser.ask(link(page, "approve")).status_code == 302


def test_with_plain_permalinks_core_links_to_nowhere(shop: Shop) -> None:
    """The page comes, but Approve leads to the front page, and no key is made."""
    browser = Browser(shop)
    browser.sign_in()
    shop.do("shop", permalinks="plain")
    assert browser.ask(AUTHORIZE, params=ASKED).status_code == 404
    query = {"wc-auth-version": "1", "wc-auth-route": "authorize", **ASKED}
    approve = link(browser.ask("/", params=query), "approve")
    assert approve.startswith(f"https://{SHOP}/?wc-auth/v1=access_granted&app_name=")
    assert browser.ask(approve).status_code == 200
    assert given_keys(shop) == []


def test_a_key_can_be_revoked(shop: Shop) -> None:
    browser = Browser(shop)
    browser.ask(link(browser.sign_in(), "approve"))
    (keys,) = given_keys(shop)
    auth = (keys["consumer_key"], keys["consumer_secret"])
    shop.do(f"keys/{keys['key_id']}/revoke")
    assert shop.rest("GET", "orders", auth=auth)[1]["code"] == "woocommerce_rest_cannot_view"
    assert shop.rest("GET", "orders")[0] == 200
    shop.do("keys/1/revoke")
    assert shop.rest("GET", "orders")[0] == 401
