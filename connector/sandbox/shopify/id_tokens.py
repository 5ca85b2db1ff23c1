"""The ID tokens that Shopify's admin gives an embedded app: JWT, HS256 with the client secret."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from connector.sandbox.shopify.world import World

_LIFE_S, _LEEWAY_S = 60, 10
_HEADER = {"alg": "HS256", "typ": "JWT"}


def make(world: World, **changes: Any) -> str:
    """A token of the shop's owner, a minute long; `changes` replace or add claims."""
    now, shop = int(time.time()), f"https://{world.settings.domain}"
    claims = {
        "iss": f"{shop}/admin",
        "dest": shop,
        "aud": world.settings.client_id,
        "sub": "42",
        "exp": now + _LIFE_S,
        "nbf": now,
        "iat": now,
        "jti": secrets.token_hex(16),
        "sid": secrets.token_hex(32),
    }
    signed = f"{_encoded(_HEADER)}.{_encoded(claims | changes)}"
    return f"{signed}.{_base64(_digest(world, signed))}"


def is_valid(world: World, token: str) -> bool:
    """True for a token that this shop made for this app, and that is not over."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _base64(_digest(world, signed)).encode()):
        return False
    header, _, body = signed.partition(".")
    try:
        named, claims = _decoded(header), _decoded(body)
    except (ValueError, binascii.Error):
        return False
    shop = f"https://{world.settings.domain}"
    return (
        named.get("alg") == "HS256"
        and (claims.get("aud"), claims.get("dest")) == (world.settings.client_id, shop)
        and claims.get("iss") == f"{shop}/admin"
        and _is_time(claims)
    )


def _is_time(claims: dict[str, Any]) -> bool:
    begins, ends = claims.get("nbf", 0), claims.get("exp", 0)
    if not (isinstance(begins, int) and isinstance(ends, int)):
        return False
    return begins - _LEEWAY_S <= time.time() <= ends + _LEEWAY_S


def _digest(world: World, signed: str) -> bytes:
    return hmac.digest(world.settings.client_secret.encode(), signed.encode(), hashlib.sha256)


def _encoded(part: dict[str, Any]) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(part: str) -> dict[str, Any]:
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    return dict(json.loads(raw))
