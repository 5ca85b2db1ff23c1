"""What wants the merchant's eye, each with what to do."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from connector import clock
from connector.services.desk import problems
from jobs.runtime import runtime


def overview() -> str:
    """Dead deliveries, doubtful and failed messages, paused channels."""
    with runtime().sessions.store(g.store_id) as session:
        found = problems.problems(session, g.store)
    return render_template("admin/problems.html", problems=found)


def replay(webhook_id: int) -> Response:
    """Put a dead delivery back; the dispatcher finds it within a second."""
    done = runtime().sessions.in_store(
        g.store_id, lambda s: problems.replay(s, g.store_id, webhook_id, clock.now())
    )
    if done is None:
        abort(404)
    return redirect(url_for("desk.problems"), 303)
