"""What every answer of the desk says of itself, and its pages for when something is refused."""

from __future__ import annotations

from flask import Response, g, render_template
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src https: 'self' data:{loopback};"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_LOOPBACK = " http://127.0.0.1:*"  # where a sandbox shop keeps its pictures


def add(response: Response) -> Response:
    """No scripts, no frames, no referrer, no copy in a cache."""
    store = g.get("store")
    loopback = _LOOPBACK if store is not None and store.sandbox else ""
    response.headers["Content-Security-Policy"] = _POLICY.format(loopback=loopback)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def error_page(error: HTTPException) -> AnyResponse | tuple[str, int]:
    """A page that says what to do; a foreign id and an unknown one look the same."""
    if isinstance(error.response, AnyResponse):
        return error.response
    status = error.code or 500
    return render_template("admin/refused.html", status=status), status
