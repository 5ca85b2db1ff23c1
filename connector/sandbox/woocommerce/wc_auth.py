"""/wc-auth/v1: an application asks for REST keys, the merchant approves, the server posts them.

As WC_Auth (class-wc-auth.php) does it, in its order and words. `user_id` is the application's
own word for the merchant and comes back as it went. Nothing is signed, and the store is not
named. With plain permalinks `/?wc-auth-version=1&wc-auth-route=authorize&…` shows the same page,
but core builds its own links with `wc_get_endpoint_url`, which makes `/?wc-auth/v1=login&…` of
them there: the front page. So a merchant of a plain store cannot sign in or approve this way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode, urlsplit

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.woocommerce import auth_pages, calls, login, rest_keys
from connector.sandbox.woocommerce.auth import last_values
from connector.sandbox.woocommerce.state import State

_PARAMS = ("app_name", "user_id", "return_url", "callback_url", "scope")
_URLS = ("return_url", "callback_url")
_ACTION = "wc_auth_grant_access"
_TIMEOUT_S = 60.0
_NOT_SENT = "An error occurred in the request and at the time were unable to send the consumer data"


class _Denied(Exception):
    """The page "Access denied", with this sentence."""


class WcAuth:
    """The three routes, behind one check of their parameters."""

    def __init__(self, state: State) -> None:
        self.state = state

    def answer(self, version: int, route: str) -> AnyResponse:
        """One step of the way; 401 with a page for whatever is wrong."""
        del version
        asked = last_values(request)
        try:
            self._check(asked)
            return self._step(route.strip("/").lower(), asked)
        except _Denied as denied:
            return Response(auth_pages.denied(str(denied)), 401)

    def _check(self, asked: Mapping[str, str]) -> None:
        absent = [name for name in _PARAMS if asked.get(name, "") in {"", "0"}]  # PHP's empty()
        if absent:
            raise _Denied(f"Missing parameter {absent[0]}")
        if asked["scope"] not in rest_keys.SCOPES:
            raise _Denied(f"Invalid scope {_clean(asked['scope'])}")
        for name in _URLS:
            if not _is_url(_formatted(asked[name])):
                raise _Denied(f"The {_formatted(asked[name])} is not a valid URL")
        callback = _formatted(asked["callback_url"])
        near = self.state.settings.http_callbacks and calls.is_loopback(callback)
        if not (callback.lower().startswith("https://") or near):
            raise _Denied("The callback_url needs to be over SSL")

    def _step(self, route: str, asked: Mapping[str, str]) -> AnyResponse:
        who = login.user(self.state, request)
        if route == "login" and not who:
            return self._login(asked)
        if route == "login":
            return redirect(self._link(asked, "authorize"))
        if route == "authorize" and not who:
            return redirect(self._link(asked, "login"))
        if route == "authorize" and who == login.OWNER:
            return self._grant_page(asked, who)
        if route == "access_granted" and who == login.OWNER:
            return self._grant(asked)
        raise _Denied("You do not have permission to access this page")

    def _login(self, asked: Mapping[str, str]) -> AnyResponse:
        """The form, and its answer. The sandbox asks for no password: a button says who."""
        who = request.form.get("login", "")
        if request.method == "POST" and who in login.USERS:
            return login.sign_in(self.state, redirect(self._link(asked, "authorize")), who)
        page = auth_pages.sign_in(_clean(asked["app_name"]), _returned(asked, success=0))
        return Response(page, mimetype="text/html")

    def _grant_page(self, asked: Mapping[str, str], who: str) -> Response:
        mark = login.nonce(request, _ACTION)
        page = auth_pages.grant(
            app=_clean(asked["app_name"]),
            scope=asked["scope"],
            shared_with=urlsplit(_formatted(asked["callback_url"])).hostname or "",
            user=who,
            approve=f"{self._link(asked, 'access_granted')}&wc_auth_nonce={mark}",
            deny=_returned(asked, success=0),
            logout=f"{self.state.shop.subfolder}/wp-login.php?action=logout",
        )
        return Response(page, mimetype="text/html")

    def _grant(self, asked: Mapping[str, str]) -> AnyResponse:
        """Make keys and post them; they are deleted unless the answer is 200, and just that."""
        if not login.is_nonce(request, _ACTION, asked.get("wc_auth_nonce", "")):
            raise _Denied("Invalid nonce verification")
        key = rest_keys.make(self.state, _clean(asked["app_name"]), asked["scope"])
        reply = self._post(key, asked)
        if reply.status != 200:  # noqa: PLR2004
            rest_keys.revoke(self.state, key["id"])
            raise _Denied(reply.why or _NOT_SENT)
        return redirect(_returned(asked, success=1))

    def _post(self, key: Mapping[str, Any], asked: Mapping[str, str]) -> calls.Reply:
        body = {
            "key_id": key["id"],
            "user_id": asked["user_id"],
            "consumer_key": key["consumer_key"],
            "consumer_secret": key["consumer_secret"],
            "key_permissions": key["permissions"],
        }
        words = json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()
        kind = ("Content-Type", "application/json;charset=UTF-8")
        headers = calls.by_wordpress(self.state, [kind], words)
        callback = _formatted(asked["callback_url"])
        return calls.post(self.state.settings.routes, callback, headers, words, _TIMEOUT_S)

    def _link(self, asked: Mapping[str, str], route: str) -> str:
        """A step's address, on the host that the browser came by."""
        public = request.host == self.state.settings.public_name
        here = f"{'https' if public else 'http'}://{request.host}{self.state.shop.subfolder}"
        given = {name: _clean(asked[name]) for name in ("app_name", "user_id")}
        given |= {name: _formatted(asked[name]) for name in _URLS}
        query = urlencode({**given, "scope": asked["scope"]}, quote_via=quote, safe="")
        if self.state.shop.permalinks == "plain":
            return f"{here}/?wc-auth/v1={route}&{query}"
        return f"{here}/wc-auth/v1/{route}/?{query}"


def _formatted(url: str) -> str:
    """get_formatted_url: decoded once more, and https where no scheme stands."""
    url = unquote_plus(url)
    return url if "://" in url else f"https://{url}"


def _returned(asked: Mapping[str, str], *, success: int) -> str:
    """The application's return_url with the outcome; what its query has stays."""
    url, hash_, fragment = _formatted(asked["return_url"]).partition("#")
    who = quote(_clean(asked["user_id"]), safe="/:@-._~")
    return f"{url}{'&' if '?' in url else '?'}success={success}&user_id={who}{hash_}{fragment}"


def _is_url(url: str) -> bool:
    """PHP's FILTER_VALIDATE_URL, as far as it matters: ASCII, a scheme, a host."""
    try:
        parts = urlsplit(url)
        named = bool(parts.scheme and parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and url.isascii() and url.isprintable() and " " not in url


def _clean(text: str) -> str:
    """wc_clean: without tags, on one line."""
    return " ".join(re.sub(r"<[^>]*>", "", text).split())


def blueprint(state: State) -> Blueprint:
    """The routes."""
    auth = WcAuth(state)
    routes = Blueprint("wc_auth", __name__)
    routes.add_url_rule(
        "/wc-auth/v<int:version>/<path:route>", "answer", auth.answer, methods=["GET", "POST"]
    )
    return routes
