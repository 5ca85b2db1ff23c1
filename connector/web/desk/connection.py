"""How the store is connected: what comes in, what does not, and what mends it."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from connector.models import Store
from connector.services import connection
from jobs.runtime import runtime


def overview() -> str:
    """What the last check saw; while one is under way the page comes again by itself."""
    with runtime().sessions.store(g.store_id) as session:
        found = connection.read(session, session.get_one(Store, g.store_id))
    return render_template("admin/connection.html", connection=found)


def check() -> Response:
    """Ask for a check at once; a second click changes nothing."""
    runtime().sessions.in_store(g.store_id, lambda s: connection.check_now(s, g.store_id))
    return redirect(url_for("desk.connection"), 303)
