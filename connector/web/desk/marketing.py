"""The switch that stops all marketing of the store, behind a page that says what it does."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from connector import clock
from connector.services.desk import marketing, problems
from jobs.runtime import runtime


def switch() -> str:
    """What the switch does, and the button."""
    with runtime().sessions.store(g.store_id) as session:
        notes = problems.notes(session, g.store_id)
    return render_template("admin/marketing.html", notes=notes)


def pause() -> Response:
    """Stop all marketing; doing it twice is no error."""
    runtime().sessions.in_store(g.store_id, lambda s: marketing.pause(s, g.store_id, clock.now()))
    return redirect(url_for("desk.marketing"), 303)


def resume() -> Response:
    """Let it out again."""
    runtime().sessions.in_store(g.store_id, lambda s: marketing.resume(s, g.store_id, clock.now()))
    return redirect(url_for("desk.marketing"), 303)
