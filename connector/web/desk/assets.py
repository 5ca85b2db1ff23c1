"""The one style sheet, under a name that changes with it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Response, abort, request, url_for

_LOOK = Path(__file__).parents[3] / "templates" / "assets" / "look.css"
_FOREVER = "public, max-age=31536000, immutable"


@cache
def _look() -> tuple[str, bytes]:
    """The style sheet's name and text, read once a process."""
    text = _LOOK.read_bytes()
    return f"look-{hashlib.sha256(text).hexdigest()[:16]}.css", text


def look_url() -> str:
    """Where pages find their style sheet."""
    return url_for("desk.asset", name=_look()[0])


def asset(name: str) -> Response:
    """The style sheet of just this name: browsers may keep it for a year."""
    known, text = _look()
    if name != known:
        abort(404)
    answer = Response(text, mimetype="text/css")
    answer.headers["Cache-Control"] = _FOREVER
    answer.set_etag(known)
    answer.make_conditional(request)
    return answer
