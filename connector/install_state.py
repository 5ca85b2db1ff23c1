"""The state of an installation that went to its platform: signed, and kept by nobody.

It goes out with the merchant's browser and comes back with it, so it names the shop and the
browser that it was made for. That it is used once is a row's business (`services.installing`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

import msgspec

from connector.errors import ConfigError
from connector.structs import work_out

_LONGEST = 2000  # characters of a text that may be ours
_NONCE = 32  # bytes: 256 bits


class Pending(msgspec.Struct, frozen=True, array_like=True):
    """What an installation is for; `until` in Unix seconds of the database's clock."""

    platform: str
    domain: str  # as the store will be called: "x.myshopify.com", "https://x.example/shop"
    browser: str  # hash of the key in its cookie (`browser_hash`)
    until: int
    account_id: int | None = None  # the merchant who was signed in
    nonce: str = msgspec.field(default_factory=lambda: secrets.token_urlsafe(_NONCE))


class States:
    """Signs and reads states. The newest secret key signs; the others are still believed."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ConfigError("set CARTWRIGHT_SECRET_KEY (`cartwright secrets new` makes one)")
        purpose = b"cartwright:install:"
        self._keys = [hashlib.sha256(purpose + key.encode()).digest() for key in keys]

    def sign(self, pending: Pending) -> str:
        """The state as text of letters, digits, "-", "_" and one dot: safe in any URL."""
        body = _encoded(msgspec.json.encode(pending))
        return f"{body}.{_encoded(_mac(self._keys[0], body))}"

    def read(self, text: str) -> Pending | None:
        """What we signed; None for anything else."""
        body, _, signature = text.partition(".")
        if len(text) > _LONGEST or not text.isascii():
            return None
        try:
            given = base64.urlsafe_b64decode(signature + "==")
            if not any(hmac.compare_digest(_mac(key, body), given) for key in self._keys):
                return None
            return msgspec.json.decode(base64.urlsafe_b64decode(body + "=="), type=Pending)
        except (binascii.Error, msgspec.MsgspecError):
            return None


def browser_hash(key: str) -> str:
    """How a state names a browser: the key itself is its cookie's alone."""
    return hashlib.sha256(b"cartwright:browser:" + key.encode()).hexdigest()


def _mac(key: bytes, body: str) -> bytes:
    return hmac.digest(key, body.encode(), hashlib.sha256)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


work_out(globals())
