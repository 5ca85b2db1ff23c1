"""REST v3 calls: one signed request, and an answer whose body is what was asked for."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import requests

import connector.http
from connector.domain.text import one_line
from connector.errors import (
    AdapterError,
    CodeTaken,
    Disconnected,
    NotSent,
    OutcomeUnknown,
    Refused,
)
from connector.ports.platform import StoreAccount
from connector.structs import work_out
from platforms.woocommerce.options import rest_url

Body = TypeVar("Body")

CODE_TAKEN = "woocommerce_rest_coupon_code_already_exists"
# A 401 that says nothing against the keys: our clock, or a nonce that was used before.
_SIGN_AGAIN = ("Invalid timestamp", "Invalid nonce")
_TAG = re.compile(r"<[^>]*>")


class StoreRefused(Refused):
    """The store said no; `code` is its own word for the reason."""

    def __init__(self, detail: str, code: str) -> None:
        super().__init__(detail)
        self.code = code


class ErrorData(msgspec.Struct):
    """The details of an error body."""

    status: int = 0


class ErrorBody(msgspec.Struct):
    """WordPress's error: a code, a sentence (sometimes HTML), and the status it means."""

    code: str
    message: str = ""
    data: ErrorData | None = None


@dataclass(frozen=True)
class Answer:
    """A good answer: JSON bytes; of a list also how many pages and things there are in all."""

    method: str
    body: bytes
    pages: int = 1
    total: int | None = None

    def read(self, kind: type[Body]) -> Body:
        """The body as a `kind`; an unreadable one is as good as no answer."""
        try:
            return msgspec.json.decode(self.body, type=kind, strict=False)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise _no_data(self.method) from error


class Client:
    """Calls one store's REST API; every failure is one of `connector.errors`."""

    def __init__(self, account: StoreAccount) -> None:
        from platforms.woocommerce.api import GuardedApi

        self._api = GuardedApi(account)
        self._older = GuardedApi(account, "wc/v2")
        self._ours = GuardedApi(account, "wc-cartwright/v1")
        self._index = rest_url(account.domain, "", account.options)

    def index(self) -> Answer:
        """The open front page of the API: the site's name, zone and address."""
        return _checked("GET", connector.http.call("the store", "GET", self._index))

    def get(self, endpoint: str, **params: str) -> Answer:
        """Read; `params` are text only (a list as "1,2,3", a bool as "true")."""
        return _checked("GET", self._api.get(endpoint, params=params))

    def get_older(self, endpoint: str, **params: str) -> Answer:
        """Read what only REST v2 tells; every WooCommerce since 3.0 has it beside v3."""
        return _checked("GET", self._older.get(endpoint, params=params))

    def get_ours(self, endpoint: str) -> Answer:
        """Read what our shop plugin tells; StoreRefused with `rest_no_route` without it."""
        return _checked("GET", self._ours.get(endpoint))

    def post(self, endpoint: str, data: Mapping[str, Any]) -> Answer:
        """Make something."""
        return _checked("POST", self._api.post(endpoint, data))

    def delete(self, endpoint: str) -> Answer:
        """Delete for good, not to the trash."""
        return _checked("DELETE", self._api.delete(endpoint, params={"force": "true"}))


def _checked(method: str, answer: requests.Response) -> Answer:
    """The answer, or the reason why it is none, as one of our errors."""
    status = answer.status_code
    if status in {301, 302, 303, 307, 308}:
        moved = one_line(answer.headers.get("Location", "elsewhere").partition("?")[0])[:200]
        raise Refused(f"the store has moved: it sends us to {moved}. Connect that address")
    error = _error_in(answer.content)
    if error is not None:
        raise _for_error(status, error, answer)
    if status >= 400:  # noqa: PLR2004
        raise _for_page(status, answer)
    pages, total = (_counted(answer, name) for name in ("X-WP-TotalPages", "X-WP-Total"))
    return Answer(method, answer.content, 1 if pages is None else pages, total)


def _error_in(body: bytes) -> ErrorBody | None:
    """A WordPress error, which some hosts send with status 200; None if it is none.

    A coupon has a `code` too: what has an id is no error.
    """
    try:
        if msgspec.json.decode(body, type=_Identified).id is not None:
            return None
        return msgspec.json.decode(body, type=ErrorBody, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


class _Identified(msgspec.Struct):
    id: Any = None


def _for_error(status: int, error: ErrorBody, answer: requests.Response) -> AdapterError:
    """The error that a store's own words mean."""
    told = error.data.status if status < 400 and error.data else status  # noqa: PLR2004
    words = f"{_sentence(error.message)} ({_sentence(error.code)})"
    if error.code == CODE_TAKEN:
        return CodeTaken(words)
    if told in {401, 403}:
        again = error.message.startswith(_SIGN_AGAIN)
        return NotSent(words) if again else Disconnected(f"the store refused our keys: {words}")
    if told == 429:  # noqa: PLR2004
        return NotSent(words, after=connector.http.retry_after(answer))
    if told >= 500:  # noqa: PLR2004
        return OutcomeUnknown(f"the store failed: {words}")
    return StoreRefused(f"the store refused: {words}", error.code)


def _for_page(status: int, answer: requests.Response) -> AdapterError:
    """The error behind a page that WordPress did not write: a host, a firewall."""
    if status >= 500:  # noqa: PLR2004
        return OutcomeUnknown(f"the store's server failed (HTTP {status})")
    if status == 401:  # noqa: PLR2004
        return Disconnected("the store's server asks for a password of its own (HTTP 401)")
    if status == 404:  # noqa: PLR2004
        return Refused("no WooCommerce REST API at this address (HTTP 404)")
    words = f"the store's server or firewall turned us away (HTTP {status})"
    return NotSent(words, after=connector.http.retry_after(answer))


def _no_data(method: str) -> AdapterError:
    """Something else where data should be; a write may have been done before it was printed."""
    words = "the store answered with something else than its data"
    return NotSent(words) if method == "GET" else OutcomeUnknown(words)


def _sentence(message: str) -> str:
    return one_line(html.unescape(_TAG.sub("", message)))[:200]


def _counted(answer: requests.Response, name: str) -> int | None:
    text = answer.headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None


work_out(globals())
