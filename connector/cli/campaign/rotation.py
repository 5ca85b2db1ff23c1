"""Shops at a sandbox Shopify, for stores whose token has just run out.

All of them are one sandbox under names of their own: each consent there begins a line of tokens
that knows nothing of the others, as each shop's does at Shopify.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlencode, urlsplit

from connector.errors import ConfigError
from connector.ports.tokens import Granted
from connector.sandbox import shopify as sandbox
from platforms.shopify.oauth import SCOPES

PRODUCT = {"id": "11", "variant_id": "12", "title": "Enamel mug", "price": "18.00"}
_KEY, _SECRET = "campaign", "hush-campaign"
_APP_URL = "https://cart.example/install/shopify"
_CALL_S = 5.0
_OK = 200


@dataclass
class Mall:
    """The sandbox's "host:port", and the names that lead to it; each is given away once."""

    door: str
    names: tuple[str, ...]
    _given: Iterator[int] = field(default_factory=itertools.count, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the service needs to reach it."""
        routes = ",".join(f"{name}={self.door}" for name in self.names)
        return {
            "CARTWRIGHT_LOOPBACK": routes,
            "SHOPIFY_API_KEY": _KEY,
            "SHOPIFY_API_SECRET": _SECRET,
        }

    def open_shop(self) -> tuple[str, Granted]:
        """A shop that nobody has yet, and what its merchant grants. ConfigError if it fails."""
        app = {"client_id": _KEY, "client_secret": _SECRET, "expiring": "1"}
        status, told, _ = self._post("access_token", {**app, "code": self._consent()})
        if status != _OK:
            raise ConfigError(f"the sandbox gave no tokens (HTTP {status})")
        answer = json.loads(told)
        granted = Granted(
            access_token=answer["access_token"],
            scopes=tuple(answer["scope"].split(",")),
            access_s=answer["expires_in"],
            refresh_token=answer["refresh_token"],
            refresh_s=answer["refresh_token_expires_in"],
        )
        return self.names[next(self._given)], granted

    def _consent(self) -> str:
        """The merchant presses "Install": the code that her browser brings back."""
        form = {
            "client_id": _KEY,
            "scope": ",".join(SCOPES),
            "redirect_uri": f"{_APP_URL}/callback",
            "then": "install",
        }
        status, _, location = self._post("authorize", form)
        codes = parse_qs(urlsplit(location).query).get("code")
        if not codes:
            raise ConfigError(f"the sandbox gave no code (HTTP {status})")
        return codes[0]

    def _post(self, page: str, form: Mapping[str, str]) -> tuple[int, bytes, str]:
        """Status, body and where it leads to."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        with contextlib.closing(HTTPConnection(self.door, timeout=_CALL_S)) as line:
            line.request("POST", f"/admin/oauth/{page}", urlencode(form), headers)
            answer = line.getresponse()
            return answer.status, answer.read(), answer.headers.get("Location", "")


@contextlib.contextmanager
def opened(shops: int) -> Iterator[Mall]:
    """A sandbox with so many names; none for none."""
    if not shops:
        yield Mall("", ())
        return
    names = tuple(f"campaign-{number}.myshopify.com" for number in range(1, shops + 1))
    shop = sandbox.start(
        0, None, access_token="", client_id=_KEY, client_secret=_SECRET, app_url=_APP_URL
    )
    try:
        yield Mall(urlsplit(shop.url).netloc, names)
    finally:
        shop.stop()
