"""Plain HTTP to this machine: the levers of the sandboxes, and a shopper's browser."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connector.errors import CartwrightError

PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 20_1 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
SCANNER = "Mozilla/5.0 (compatible; MailSafetyScanner/2.4; link preview)"
_CALL_S = 20.0
_MOST_REDIRECTS = 5


class DemoError(CartwrightError):
    """The plot cannot go on; the text says where it broke."""


@dataclass(frozen=True)
class Page:
    """What a browser ends up with."""

    url: str
    status: int
    headers: Mapping[str, str]  # names in lower case
    text: str

    @property
    def cart(self) -> str:
        """The sandbox's cart that the page shows, "" if none."""
        return self.headers.get("x-sandbox-cart", "")


class Lever:
    """The /_sandbox/ verbs of one sandbox, over one connection."""

    def __init__(self, url: str) -> None:
        self._door = urlsplit(url).netloc
        self._connection = http.client.HTTPConnection(self._door, timeout=_CALL_S)

    def get(self, path: str) -> Any:
        """Ask; DemoError if it is refused."""
        return self._call("GET", path, None)

    def post(self, path: str, **body: Any) -> Any:
        """Do; DemoError if it is refused."""
        return self._call("POST", path, json.dumps(body))

    def _call(self, method: str, path: str, body: str | None) -> Any:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            self._connection.request(method, f"/_sandbox/{path}", body, headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise DemoError(f"{self._door}/_sandbox/{path} did not answer: {error}") from error
        if answer.status >= 400:  # noqa: PLR2004 - HTTP errors
            raise DemoError(f"{self._door}/_sandbox/{path}: {answer.status} {text[:200]!r}")
        return json.loads(text)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def follow(url: str, agent: str = PERSON) -> Page:
    """Open a link as a browser does, redirects and cookies included."""
    cookies: dict[str, str] = {}
    for _ in range(_MOST_REDIRECTS):
        page = _once("GET", url, agent, cookies)
        target = page.headers.get("location", "")
        if page.status not in {301, 302, 303} or not target:
            return page
        url = target if "//" in target else f"http://{urlsplit(url).netloc}{target}"
    raise DemoError(f"{url}: too many redirects")


def press(url: str) -> Page:
    """Post an empty form, as a mail program's unsubscribe button does (RFC 8058)."""
    return _once("POST", url, PERSON, {})


def _once(method: str, url: str, agent: str, cookies: dict[str, str]) -> Page:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_CALL_S)
    headers = {"User-Agent": agent, "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
    try:
        connection.request(method, f"{parts.path}?{parts.query}", headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    finally:
        connection.close()
    for name, value in answer.getheaders():
        if name.lower() == "set-cookie":
            key, _, rest = value.partition("=")
            cookies[key] = rest.partition(";")[0]
    found = {name.lower(): value for name, value in answer.getheaders()}
    return Page(url, answer.status, found, text)
