"""Shopify's token endpoint: a code, a refresh token or an old token becomes an expiring pair.

Our own POST: shopifyapi 12.7.0 cannot ask for tokens that expire, and public apps must.
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec
import requests

from connector import http
from connector.errors import Disconnected, NotSent, OutcomeUnknown, Refused
from connector.ports.tokens import Granted
from connector.structs import work_out
from platforms.shopify.errors import SHUT, UNREADABLE
from platforms.shopify.names import is_scope, is_shop, is_token
from platforms.shopify.oauth import App

_OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_OVER = frozenset({"invalid_grant", "invalid_subject_token"})
_LONGEST_S = 10 * 366 * 86_400


class _Answer(msgspec.Struct):
    """All that the endpoint may say; a refusal may come with HTTP 200."""

    access_token: str = ""
    scope: str | None = None
    expires_in: int | None = None
    refresh_token: str = ""
    refresh_token_expires_in: int | None = None
    error: str = ""
    error_description: str = ""


def exchanged(app: App, shop: str, code: str) -> Granted:
    """The tokens of a code, which is used up by it; connector.errors when there are none."""
    return _asked(app, shop, {"code": code})


def renewed(app: App, shop: str, refresh_token: str) -> Granted:
    """The next pair. The former refresh token works until the new one is used, so whatever
    went wrong may simply be tried again: NotSent. Disconnected when the permission is over.

    Shopify, "Offline access tokens", since 28 Aug 2026: at most 30 days after its first use.
    """
    grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    try:
        return _asked(app, shop, grant)
    except (Refused, OutcomeUnknown) as error:
        raise NotSent(error.detail) from error


def migrated(app: App, shop: str, access_token: str) -> Granted:
    """A pair that expires for a token that never did, which is dead afterwards."""
    grant = {
        "grant_type": _EXCHANGE,
        "subject_token": access_token,
        "subject_token_type": _OFFLINE,
        "requested_token_type": _OFFLINE,
    }
    return _asked(app, shop, grant)


def _asked(app: App, shop: str, grant: dict[str, str]) -> Granted:
    if not is_shop(shop):
        raise Refused("that is no shop's name")
    known = {"client_id": app.key, "client_secret": app.secrets[0], "expiring": "1"}
    answer = http.call(
        "Shopify",
        "POST",
        f"https://{shop}/admin/oauth/access_token",
        json=known | grant,
        headers={"Accept": "application/json"},
    )
    told = _read(answer)
    if told is not None and told.error:
        raise _refusal(told.error)
    if answer.status_code in SHUT:
        raise Disconnected(f"the store is closed (HTTP {answer.status_code})")
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status_code < HTTPStatus.BAD_REQUEST:
        raise OutcomeUnknown("Shopify sent us elsewhere for tokens")
    if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise Refused(f"Shopify gave no tokens (HTTP {answer.status_code})")
    http.raise_for("Shopify", answer)
    return _granted(told)


def _read(answer: requests.Response) -> _Answer | None:
    try:
        return msgspec.json.decode(answer.content, type=_Answer)
    except UNREADABLE:
        return None


def _refusal(error: str) -> Exception:
    """OAuth's word as ours; what else is said with it is for developers."""
    if error == "invalid_client":  # our own fault: no merchant can mend it
        return NotSent("Shopify does not know this app: SHOPIFY_API_KEY or _SECRET is wrong")
    if error in _OVER:
        return Disconnected("Shopify says that the permission of this shop is over")
    word = error[:60] if error.isascii() and error.isprintable() else "an unknown word"
    return Refused(f"Shopify gave no tokens ({word})")


def _granted(told: _Answer | None) -> Granted:
    if told is None or not is_token(told.access_token) or told.scope is None:
        raise OutcomeUnknown("Shopify's answer holds no token")
    spans = (told.expires_in, told.refresh_token_expires_in)
    if any(span is not None and not 0 < span <= _LONGEST_S for span in spans):
        raise OutcomeUnknown("Shopify's tokens have no sensible life")
    if told.refresh_token and not is_token(told.refresh_token):
        raise OutcomeUnknown("Shopify's answer holds no refresh token")
    scopes = told.scope.replace(",", " ").split()
    return Granted(
        access_token=told.access_token,
        scopes=tuple(sorted({one for one in scopes if is_scope(one)})),
        access_s=told.expires_in,
        refresh_token=told.refresh_token,
        refresh_s=told.refresh_token_expires_in,
    )


work_out(globals())
