"""A sandbox store whose owner installs the app, with the app's own calls."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.sandbox.shopify_shop import Shop

APP = "http://127.0.0.1:9/shopify"
ASKED = {
    "client_id": "app-key-1",
    "scope": "read_orders,write_discounts",
    "redirect_uri": f"{APP}/callback",
    "state": "st&te",
}
CLIENT = {"client_id": "app-key-1", "client_secret": "hush"}
URN = "urn:ietf:params:oauth:"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
SHOP = "query Shop { shop { name } }"


class Merchant(Shop):
    """A shop whose owner installs the app, and the app's own calls."""

    def authorize(self, **changes: str) -> requests.Response:
        url = f"{self.store.url}/admin/oauth/authorize"
        return requests.get(url, params=ASKED | changes, timeout=10, allow_redirects=False)

    def press(self, button: str = "install", **changes: str) -> requests.Response:
        url, form = f"{self.store.url}/admin/oauth/authorize", {**ASKED, **changes, "then": button}
        return requests.post(url, data=form, timeout=10, allow_redirects=False)

    def code(self, **changes: str) -> str:  # type: ignore[override]
        return query(self.press(**changes))["code"]

    def token(self, **body: str) -> requests.Response:
        url = f"{self.store.url}/admin/oauth/access_token"
        return requests.post(url, json=CLIENT | body, timeout=10, allow_redirects=False)

    def pair(self) -> dict[str, Any]:
        return dict(self.token(code=self.code(), expiring="1").json())

    def refresh(self, token: str) -> requests.Response:
        return self.token(grant_type="refresh_token", refresh_token=token)

    def exchange(self, token: str, kind: str, **body: str) -> requests.Response:
        return self.token(
            grant_type=f"{URN}grant-type:token-exchange",
            subject_token=token,
            subject_token_type=kind,
            requested_token_type=OFFLINE,
            **body,
        )

    def call(self, token: str, asked: str = SHOP) -> requests.Response:
        url, headers = f"{self.store.url}/admin/api/2026-10/graphql.json", {}
        headers["X-Shopify-Access-Token"] = token
        return requests.post(url, json={"query": asked}, headers=headers, timeout=10)


def query(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
