"""Oscar before he is anybody's merchant: his shop on a sandbox, his browser, and the app."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from connector import http
from connector.models import DeskKey, InstallState, Store
from connector.sandbox import shopify as sandbox
from connector.session import Sessions
from tests.web.deliveries import SHOP

HERE = "https://cart.example"
APP_URL = f"{HERE}/install/shopify"
BACK = "/install/shopify/callback"
SECRET = "hush-test-app"


def signed(secret: str = SECRET, **params: str) -> dict[str, str]:
    """Parameters as Shopify sends them."""
    pairs = sorted((k, v.replace("%", "%25").replace("&", "%26")) for k, v in params.items())
    message = "&".join(f"{name}={value}" for name, value in pairs)
    digest = hmac.digest(secret.encode(), message.encode(), hashlib.sha256).hex()
    return {**params, "hmac": digest}


class Oscar:
    """His shop answers over real HTTP; his browser is the web application's own client."""

    def __init__(self, app: Flask, sessions: Sessions) -> None:
        self.app, self.sessions = app, sessions
        self.browser = app.test_client()
        self.shop = sandbox.start(
            0,
            None,
            access_token="shpat_by_hand",
            client_id="test-app",
            client_secret=SECRET,
            app_url=APP_URL,
        )

    @property
    def door(self) -> str:
        return f"{SHOP}={urlsplit(self.shop.url).netloc}"

    def get(self, path: str, browser: FlaskClient | None = None, **query: str) -> TestResponse:
        """He opens a page of ours over https."""
        return (browser or self.browser).get(path, query_string=query or None, base_url=HERE)

    def opens_the_app(self, browser: FlaskClient | None = None) -> str:
        """He presses "Install" in the App Store: where our answer sends him."""
        query = signed(shop=SHOP, timestamp=str(int(time.time())), host="aG9zdA")
        answer = self.get(f"/install/shopify?{urlencode(query)}", browser)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def agrees(self, url: str) -> dict[str, str]:
        """He presses the button of Shopify's page: the query that he comes back with."""
        asked = dict(parse_qsl(urlsplit(url).query))
        answer = requests.post(
            f"{self.shop.url}/admin/oauth/authorize",
            data={**asked, "then": "install"},
            timeout=10,
            allow_redirects=False,
        )
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == f"{HERE}{BACK}"
        return dict(parse_qsl(back.query))

    def begins(self) -> dict[str, str]:
        """All that comes before our callback."""
        return self.agrees(self.opens_the_app())

    def returns(self, query: dict[str, str], browser: FlaskClient | None = None) -> TestResponse:
        """His browser follows Shopify's redirect."""
        return self.get(f"{BACK}?{urlencode(query)}", browser)

    def installs(self) -> TestResponse:
        """From the button to the desk."""
        return self.returns(self.begins())

    def do(self, verb: str, **body: Any) -> dict[str, Any]:
        """A lever of his shop."""
        answer = requests.post(f"{self.shop.url}/_sandbox/{verb}", json=body, timeout=10)
        return dict(answer.json())

    def asked_for(self, grant: str) -> int:
        """How often the token endpoint was asked so."""
        state = requests.get(f"{self.shop.url}/_sandbox/state", timeout=10).json()
        return int(state["calls"].get(f"token:{grant}", 0))

    def subscriptions(self) -> int:
        """How many webhooks the shop sends."""
        state = requests.get(f"{self.shop.url}/_sandbox/state", timeout=10).json()
        return int(state["subscriptions"])

    def stores(self) -> list[Store]:
        """All stores that there are."""
        with self.sessions.all_stores() as session:
            return list(session.scalars(select(Store).order_by(Store.id)))

    def store(self) -> Store:
        """His one store."""
        (store,) = self.stores()
        return store

    def nothing_was_done(self) -> None:
        """No store, no webhook, no session."""
        assert self.stores() == []
        assert self.subscriptions() == 0
        with self.sessions.all_stores() as session:
            assert session.scalars(select(DeskKey.id)).all() == []

    def outcomes(self) -> list[str]:
        """What became of the states that were used."""
        with self.sessions.all_stores() as session:
            return list(session.scalars(select(InstallState.outcome).order_by(InstallState.id)))


@pytest.fixture
def oscar(app: Flask, service: Sessions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Oscar]:
    """Oscar, whose shop's name leads to a door of this machine."""
    made = Oscar(app, service)
    monkeypatch.setenv("CARTWRIGHT_LOOPBACK", made.door)
    http.loopback.cache_clear()
    yield made
    made.shop.stop()
    http.loopback.cache_clear()
