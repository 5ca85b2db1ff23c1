"""The shop's past: how far its reading is, what it says, and reading it again."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from connector.models import Store
from connector.services.desk import past
from jobs.chores import past as chore
from jobs.runtime import runtime

DEPTHS = (30, 60, 90, 180, 365)


def overview() -> str:
    """Progress while it is read, then what it says."""
    with runtime().sessions.store(g.store_id) as session:
        shown = past.view(session, session.get_one(Store, g.store_id))
    return render_template("admin/past.html", past=shown, depths=DEPTHS, usual=chore.DAYS)


def ask() -> Response:
    """Read it (again), so many days back."""
    days = request.form.get("days", "")
    if days not in map(str, DEPTHS):
        abort(400)
    runtime().sessions.in_store(g.store_id, lambda s: _ask(s, int(days)))
    return redirect(url_for("desk.past"), 303)


def _ask(session: Session, days: int) -> None:
    chore.ask(session, session.get_one(Store, g.store_id), days)
