"""What stands in front of WordPress: the server's habits, and pages that answer everything.

The control verbs are not behind it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

from connector.sandbox.woocommerce import addresses
from connector.sandbox.woocommerce.state import State

ASKED = "sandbox.asked"  # in the environment: the path as it was asked for, and signed

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def _page(title: str, words: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><title>{title}</title></head>'
        f"<body><h1>{title}</h1><p>{words}</p></body></html>"
    )


_NOT_FOUND = _page("Not Found", "The requested URL was not found on this server.")
_REFUSED = {
    "code": "rest_forbidden",
    "message": "Sorry, you are not allowed to do that.",
    "data": {"status": 401},
}


def _html(words: str, status: int, **headers: str) -> Callable[[], Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: Response(words, status, named, mimetype="text/html")


# Of each: who says it, and how.
_ANSWERS: dict[str, Callable[[], Response]] = {
    # WordPress itself, while it is updated
    "maintenance": _html(
        _page("Maintenance", "Briefly unavailable for scheduled maintenance. Check back soon."),
        503,
        Retry_After="600",
    ),
    # a plugin that shows one page to everybody who is not signed in
    "coming_soon": _html(_page("Coming soon", "We are building something beautiful."), 200),
    # the server, when PHP does not answer
    "unavailable": _html(_page("503 Service Temporarily Unavailable", "nginx"), 503),
    # a firewall before the server
    "firewall": _html(_page("Access denied", "You have been blocked. Ray ID: 8f2a"), 403),
    "huge": lambda: Response('["' + "x" * 10_000_000 + '"]', 200, mimetype="application/json"),
    # a host that makes every status 200
    "error_object": lambda: Response(json.dumps(_REFUSED), 200, mimetype="application/json"),
}


class FrontDoor:
    """Between the network and the application."""

    def __init__(self, inner: Wsgi, state: State) -> None:
        self._inner = inner
        self._state = state

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer for the application, or hand on what it understands."""
        path = environ["PATH_INFO"]
        if path.startswith("/_sandbox/"):
            return self._inner(environ, start_response)
        environ[ASKED] = path
        time.sleep(self._state.faults.take_seconds("silent_s"))
        answer = self._fault() or self._redirect(Request(environ)) or self._lead(environ)
        return answer(environ, start_response) if answer else self._inner(environ, start_response)

    def _fault(self) -> Response | None:
        faults = self._state.faults
        return next((make() for name, make in _ANSWERS.items() if faults.take(name)), None)

    def _redirect(self, request: Request) -> Response | None:
        """301 to the same address on https."""
        name = self._state.settings.public_name
        if not self._state.shop.forces_https or request.host == name:
            return None
        url = request.url.partition("://")[2].partition("/")[2]
        moved = f"https://{name or request.host}/{url}"
        page = _page("301 Moved Permanently", "nginx")
        return Response(page, 301, {"Location": moved}, mimetype="text/html")

    def _lead(self, environ: dict[str, Any]) -> Response | None:
        """Make the path the one that the application knows; a page where there is none."""
        shop = self._state.shop
        path = environ["PATH_INFO"]
        if not f"{path}/".startswith(f"{shop.subfolder}/"):
            return Response(_NOT_FOUND, 404, mimetype="text/html")
        path = path[len(shop.subfolder) :] or "/"
        meant = addresses.hidden(path, dict(parse_qsl(environ["QUERY_STRING"])))
        if not meant and shop.permalinks == "plain" and not addresses.is_file(path):
            return Response(_NOT_FOUND, 404, mimetype="text/html")
        environ["PATH_INFO"] = _as_routed(meant or path)
        if shop.strips_authorization:
            environ.pop("HTTP_AUTHORIZATION", None)
        return None


def _as_routed(path: str) -> str:
    """WordPress takes a REST route with a slash at its end and without."""
    return "/wp-json/" if path == "/wp-json" else re.sub(r"(?<=^/wp-json)(/.+?)/*$", r"\1", path)
