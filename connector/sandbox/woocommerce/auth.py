"""Who may call REST: Basic over https, OAuth 1.0a in the query over plain http.

https is what comes in under the shop's public name: the sandbox has no certificate, and its
caller is led here under that name.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from flask import Request

from connector.sandbox.woocommerce import rest_keys
from connector.sandbox.woocommerce.errors import RestError
from connector.sandbox.woocommerce.front import ASKED
from connector.sandbox.woocommerce.state import State

_WINDOW_S = 15 * 60
_OAUTH = (
    "oauth_consumer_key",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
)
_DENIED = {
    "GET": ("woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    "POST": ("woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources."),
    "PUT": ("woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."),
    "DELETE": (
        "woocommerce_rest_cannot_delete",
        "Sorry, you are not allowed to delete this resource.",
    ),
}


class Guard:
    """Checks calls and remembers nonces."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._nonces: dict[str, float] = {}

    def check(self, request: Request) -> None:
        """Return if a key of ours may do this; else RestError 401 as the store words it."""
        if _is_https(self._state, request):
            key = self._check_basic(request)
        elif any(name in request.args for name in _OAUTH):
            key = self._check_oauth(request)
        else:  # keys sent in clear are not even looked at
            raise _denied(request.method)
        _check_scope(key, request.method)

    def _check_basic(self, request: Request) -> dict[str, Any]:
        name, secret = _sent(request)
        key = rest_keys.find(self._state, name)
        if key is None or not secret:
            raise _denied(request.method)
        if not hmac.compare_digest(secret.encode(), key["consumer_secret"].encode()):
            raise _wrong("Consumer secret is invalid.")
        return key

    def _check_oauth(self, request: Request) -> dict[str, Any]:
        given = last_values(request)
        absent = [name for name in _OAUTH if name not in given]
        if absent:
            raise _wrong(f"Missing OAuth parameters: {', '.join(absent)}")
        key = rest_keys.find(self._state, given["oauth_consumer_key"])
        if key is None:
            raise _wrong("Consumer key is invalid.")
        if given["oauth_signature_method"] != "HMAC-SHA256":
            raise _wrong("Invalid signature - signature method is invalid.")
        made = _signature(request, given, key["consumer_secret"])
        if not hmac.compare_digest(made.encode(), given["oauth_signature"].encode()):
            raise _wrong("Invalid signature - provided signature does not match.")
        self._check_once(given["oauth_timestamp"], given["oauth_nonce"])
        return key

    def _check_once(self, stamp: str, nonce: str) -> None:
        """By the machine's clock: the signer does not know the sandbox's."""
        now = time.time()
        if not stamp.isdecimal() or abs(now - int(stamp)) > _WINDOW_S:
            raise _wrong("Invalid timestamp.")
        with self._state.lock:
            kept = {n: at for n, at in self._nonces.items() if now - at < _WINDOW_S}
            if nonce in kept:
                raise _wrong("Invalid nonce - nonce has already been used.")
            self._nonces = {**kept, nonce: now}


def last_values(request: Request) -> dict[str, str]:
    """The query as PHP reads it: of a name that comes twice, the last value."""
    return {name: values[-1] for name, values in request.args.lists()}


def _is_https(state: State, request: Request) -> bool:
    return bool(state.settings.public_name) and request.host == state.settings.public_name


def _check_scope(key: Mapping[str, Any], method: str) -> None:
    """A key may read, write or both."""
    wanted = "read" if method in {"GET", "HEAD"} else "write"
    if key["permissions"] not in {wanted, "read_write"}:
        raise _wrong(f"The API key provided does not have {wanted} permissions.")


def _sent(request: Request) -> tuple[str, str]:
    """Key and secret: those of the query first, then those of Basic."""
    query = last_values(request)
    if query.get("consumer_key") and query.get("consumer_secret"):
        return query["consumer_key"], query["consumer_secret"]
    kind, _, coded = request.headers.get("Authorization", "").partition(" ")
    try:
        key, _, secret = base64.b64decode(coded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (key, secret) if kind.lower() == "basic" else ("", "")


def _signature(request: Request, given: Mapping[str, str], secret: str) -> str:
    """WC_REST_Authentication::check_oauth_signature, step by step."""
    pairs = sorted((_twice(n), _twice(v)) for n, v in given.items() if n != "oauth_signature")
    query = "%26".join(f"{name}%3D{value}" for name, value in pairs)
    url = quote(f"http://{request.host}{request.environ[ASKED]}", safe="")
    text = f"{request.method}&{url}&{query}"
    made = hmac.digest(f"{secret}&".encode(), text.encode(), hashlib.sha256)
    return base64.b64encode(made).decode()


def _twice(text: str) -> str:
    return quote(unquote(text), safe="").replace("%", "%25")


def _denied(method: str) -> RestError:
    return RestError(*_DENIED[method], 401)


def _wrong(words: str) -> RestError:
    return RestError("woocommerce_rest_authentication_error", words, 401)
