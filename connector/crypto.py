"""Stored credentials, encrypted: useless in another row, another store or without the key."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connector.errors import ConfigError

_NONCE = 12
_KEY_ID = 4


class Vault:
    """AES-256-GCM with the place (store, table, column) as associated data.

    The newest key encrypts; all keys decrypt, found by the id in front of the ciphertext.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ConfigError("set CARTWRIGHT_SECRET_KEY (`cartwright secrets new` makes one)")
        self._root = hashlib.sha256(b"cartwright:codes:" + keys[-1].encode()).digest()
        derived = [hashlib.sha256(b"cartwright:vault:" + key.encode()).digest() for key in keys]
        self._keys = {hashlib.sha256(key).digest()[:_KEY_ID]: key for key in derived}
        self._newest = hashlib.sha256(derived[0]).digest()[:_KEY_ID]

    def seal(self, values: Mapping[str, str], place: str) -> bytes:
        """Encrypt named secrets for one place."""
        nonce = secrets.token_bytes(_NONCE)
        plain = json.dumps(dict(values)).encode()
        sealed = AESGCM(self._keys[self._newest]).encrypt(nonce, plain, place.encode())
        return self._newest + nonce + sealed

    def open(self, sealed: bytes, place: str) -> dict[str, str]:
        """Decrypt; ConfigError if the key is gone or the ciphertext is not of this place."""
        key = self._keys.get(sealed[:_KEY_ID])
        if key is None:
            raise ConfigError("a stored secret needs a CARTWRIGHT_SECRET_KEY that is not set")
        nonce, body = sealed[_KEY_ID : _KEY_ID + _NONCE], sealed[_KEY_ID + _NONCE :]
        try:
            plain = AESGCM(key).decrypt(nonce, body, place.encode())
        except InvalidTag:
            raise ConfigError(f"a stored secret does not belong to {place}") from None
        values: dict[str, str] = json.loads(plain)
        return values

    def is_newest(self, sealed: bytes) -> bool:
        """True if the newest key sealed it: the others are not needed for this value."""
        return sealed[:_KEY_ID] == self._newest

    def resealed(self, sealed: bytes, place: str) -> bytes:
        """The same values under the newest key; ConfigError as of `open`."""
        return self.seal(self.open(sealed, place), place)

    @property
    def first_root(self) -> bytes:
        """What codes and links are made with at first: see `services.own_secrets`."""
        return self._root
