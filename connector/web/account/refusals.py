"""Pages for when something is refused: what happened, and what to do."""

from __future__ import annotations

import math
from datetime import timedelta

from flask import make_response, render_template
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from connector.passwords import Busy


def error_page(error: HTTPException) -> Response | tuple[str, int]:
    """A page that says what to do; somebody else's store and none look the same."""
    if isinstance(error.response, Response):
        return error.response
    status = error.code or 500
    return render_template("account/refused.html", status=status), status


def busy(_error: Busy) -> tuple[str, int]:
    """Too many passwords are being looked at."""
    return render_template("account/refused.html", status=503), 503


def too_often(wait: timedelta) -> Response:
    """Tried too often: how long to wait, and what helps meanwhile."""
    seconds = max(1, math.ceil(wait.total_seconds()))
    page = render_template("account/wait.html", minutes=math.ceil(seconds / 60))
    answer = make_response(page, 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer
