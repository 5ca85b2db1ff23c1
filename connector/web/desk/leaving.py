"""Taking the store off: a page that says what follows, and two buttons."""

from __future__ import annotations

from flask import abort, g, make_response, render_template, request
from werkzeug.wrappers import Response

from connector.web.desk import auth
from jobs.connecting import disconnect_store

_CHOICES = {"keep": False, "erase": True}


def ask() -> str:
    """What stops, what stays, and for how long."""
    return render_template("admin/disconnect.html")


def leave() -> Response:
    """Cut the store off; the session ends with it."""
    choice = request.form.get("data", "")
    if choice not in _CHOICES or (choice == "erase" and request.form.get("sure") != "yes"):
        abort(400)
    disconnect_store(g.store_id, erase=_CHOICES[choice])
    answer = make_response(render_template("admin/disconnected.html", erased=_CHOICES[choice]))
    auth.take_cookie(answer)
    return answer
