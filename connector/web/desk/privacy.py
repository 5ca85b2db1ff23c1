"""What people had the right to ask: the proof, their data to hand out, and forgetting somebody."""

from __future__ import annotations

import json

from flask import abort, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from connector import clock
from connector.domain.people import Person, clean_email
from connector.models import Store
from connector.ports.events import DataAsked, ErasureAsked
from connector.services import privacy as erasing
from connector.services import privacy_export, privacy_requests
from jobs.runtime import runtime

_LONGEST = 254


def overview() -> str:
    """All requests with what was done, and two forms."""
    return _page()


def _page(problem: str = "", sure: str = "") -> str:
    with runtime().sessions.store(g.store_id) as session:
        rows = privacy_requests.latest(session, g.store_id)
    since = clock.now() - privacy_requests.EXPORT_LIFE
    return render_template(
        "admin/privacy.html", requests=rows, since=since, problem=problem, sure=sure
    )


def export(request_id: int) -> Response:
    """The data of a request, as a file; made now, kept nowhere."""
    said = runtime().sessions.in_store(g.store_id, lambda s: _file(s, request_id))
    if said is None:
        abort(404)
    answer = Response(said, mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="request-{request_id}.json"'
    return answer


def _file(session: Session, request_id: int) -> str | None:
    row = privacy_requests.export_of(session, g.store_id, request_id, clock.now())
    if row is None:
        return None
    privacy_requests.handed_out(row, clock.now())
    groups = privacy_export.groups(session, row.contact_ids)
    return json.dumps({"groups": groups}, ensure_ascii=False, indent=1)


def ask() -> Response | str:
    """The merchant asks for somebody's data, or to forget her: that only when asked twice."""
    email, what = clean_email(request.form.get("email", "")[:_LONGEST]), request.form.get("what")
    if not email:
        return _page(problem="That is no e-mail address. Write it as she gave it to the shop.")
    if what == "erase" and request.form.get("sure") != email:
        return _page(sure=email)
    work = _forget if what == "erase" else _collect
    runtime().sessions.in_store(g.store_id, lambda s: work(s, email))
    return redirect(url_for("desk.privacy"), 303)


def _forget(session: Session, email: str) -> None:
    now = clock.now()
    store = session.get_one(Store, g.store_id)
    name = f"desk-{now:%Y%m%d%H%M%S%f}"
    event = ErasureAsked(Person(email=email), (), request_id=name, asked_at=now)
    erasing.erase(session, store, event, now)


def _collect(session: Session, email: str) -> None:
    now = clock.now()
    event = DataAsked(Person(email=email), (), f"desk-{now:%Y%m%d%H%M%S%f}", now)
    erasing.asked(session, session.get_one(Store, g.store_id), event, now)
