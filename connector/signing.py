"""HMAC over raw bytes, compared in constant time, with any of several secrets."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

_WEBHOOK_SECRET = "whsec_"  # noqa: S105 - how Standard Webhooks marks its secrets
_WEBHOOK_KEY_BYTES = range(24, 65)


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


def webhook_key(secret: str) -> bytes:
    """The key in a Standard Webhooks secret, whsec_ and base64 of 24 to 64 bytes; or ValueError."""
    marked, encoded = secret.startswith(_WEBHOOK_SECRET), secret.removeprefix(_WEBHOOK_SECRET)
    try:
        key = base64.b64decode(encoded.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        key = b""
    if not marked or len(key) not in _WEBHOOK_KEY_BYTES:
        raise ValueError("a webhook secret is whsec_ and base64 of 24 to 64 bytes")
    return key


def sign_webhook(message_id: str, timestamp: int, body: bytes, secrets: Sequence[str]) -> str:
    """`webhook-signature` of Standard Webhooks, one part for each secret that counts now.

    `timestamp` in Unix seconds. ValueError for a secret that is none.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = [hmac.digest(webhook_key(secret), signed, hashlib.sha256) for secret in secrets]
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def token_hash(token: str) -> bytes:
    """What is stored of a link's random token: the row alone opens nothing."""
    return hashlib.sha256(token.encode()).digest()
