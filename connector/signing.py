"""HMAC over raw bytes, compared in constant time, with any of several secrets."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence


def sign(body: bytes, secret: str) -> str:
    """Base64 of HMAC-SHA256, as Shopify and WooCommerce send it."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def is_valid(body: bytes, signature: str, secrets: Sequence[str]) -> bool:
    """True if any current or just-rotated secret made this signature.

    Compares bytes: `compare_digest` raises TypeError for text that is not ASCII.
    """
    try:
        given = base64.b64decode(signature.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return False
    made = [hmac.digest(secret.encode(), body, hashlib.sha256) for secret in secrets if secret]
    return any(hmac.compare_digest(digest, given) for digest in made)


def token_hash(token: str) -> bytes:
    """What is stored of a link's random token: the row alone opens nothing."""
    return hashlib.sha256(token.encode()).digest()
