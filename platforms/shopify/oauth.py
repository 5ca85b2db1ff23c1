"""The way of an installation through Shopify's grant page: our link there, the query back.

Authorization code grant for apps that are not embedded (shopify.dev, "Authenticate a standalone
app"). Tokens are `platforms.shopify.tokens`' business.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from connector import http
from connector.errors import InvalidSignature
from platforms.shopify.names import API_VERSION, is_shop

# What the product does with each: see README, "Connect a shop".
SCOPES = ("read_customers", "read_orders", "read_products", "write_customers", "write_discounts")
TOLERANCE_S = 90  # between Shopify's clock and ours; shopifyapi would allow a day
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,255}")
_TYPED = re.compile(
    r"(?:https?://)?(?:admin\.shopify\.com/store/)?([a-z0-9][a-z0-9-]*)"
    r"(?:\.myshopify\.com)?(?:[/?#].*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class App:
    """The app as Shopify knows it; the newest secret comes first."""

    key: str
    secrets: tuple[str, ...]


def permission_url(app: App, shop: str, redirect_uri: str, state: str) -> str:
    """The page at Shopify where the merchant of `shop` (a checked name) agrees.

    Names the scopes also though shopify.app.toml has them: an app made in another way has not.
    """
    session = _session(app, "")(shop, API_VERSION)
    url: str = session.create_permission_url(SCOPES, redirect_uri, state)
    return http.as_browsers_reach_it(url)


def verified(app: App, query: Iterable[tuple[str, str]], now: int) -> dict[str, str]:
    """The parameters, if Shopify signed them within the last moments; `now` in Unix seconds.

    InvalidSignature otherwise. A name that comes twice is refused, since the signature would
    cover one reading of it and we might take the other.
    """
    pairs = list(query)
    given = dict(pairs)
    if len(given) != len(pairs):
        raise InvalidSignature("a parameter comes twice")
    if not is_shop(given.get("shop", "")):
        raise InvalidSignature("that is no shop's name")
    if not _is_signed(app, given):
        raise InvalidSignature("no secret of the app made this signature")
    stamp = given.get("timestamp", "")
    if not _TIMESTAMP.fullmatch(stamp) or abs(int(stamp) - now) > TOLERANCE_S:
        raise InvalidSignature("it is too old")
    return given


def _is_signed(app: App, given: dict[str, str]) -> bool:
    digest = given.get("hmac", "")
    if not _DIGEST.fullmatch(digest):
        return False
    signed = {name: value for name, value in given.items() if name not in {"hmac", "signature"}}
    made = [_session(app, secret).calculate_hmac(signed) for secret in app.secrets]
    return any(hmac.compare_digest(one.encode(), digest.encode()) for one in made)


def _session(app: App, secret: str) -> Any:
    """The package's Session with our key, as a class of its own: it keeps keys in the class."""
    import shopify

    return type("Session", (shopify.Session,), {"api_key": app.key, "secret": secret})


def is_code(text: str) -> bool:
    """True for what can be an authorization code."""
    return _CODE.fullmatch(text) is not None


def typed_shop(text: str) -> str:
    """The shop that somebody typed or pasted, in any of the usual forms; "" if it is none."""
    found = _TYPED.fullmatch(text.strip())
    shop = f"{found[1].lower()}.myshopify.com" if found else ""
    return shop if is_shop(shop) else ""


def missing(granted: Iterable[str], wanted: Sequence[str] = SCOPES) -> tuple[str, ...]:
    """The scopes of `wanted` that were not granted; writing includes reading at Shopify."""
    held = set(granted)
    held |= {one.replace("write_", "read_", 1) for one in held if one.startswith("write_")}
    return tuple(one for one in wanted if one not in held)


def is_on_this_machine(shop: str) -> bool:
    """True if the shop's name leads to a door of this machine: a sandbox's, and nobody's shop."""
    return shop in http.loopback().routes
