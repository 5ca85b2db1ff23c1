"""A WooCommerce shop, our service, and its merchant's browser, joined by real HTTP."""

from __future__ import annotations

import html
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.models import Store
from connector.sandbox import woocommerce as sandbox
from connector.services import installs
from connector.session import Sessions
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


def post_keys(town: Town, state: str, **changes: Any) -> int:
    body = {"key_id": 2, "user_id": state, **KEYS, "key_permissions": "read_write", **changes}
    return town.app.test_client().post("/install/woocommerce/keys", json=body).status_code
