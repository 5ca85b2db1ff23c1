"""In and out: a link spent by a button (mail scanners open links), a session ended."""

from __future__ import annotations

from typing import NoReturn

from flask import abort, g, make_response, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from connector.models import Store
from connector.services import desk_keys
from connector.services.desk.words import shown
from connector.web.desk import auth
from jobs.runtime import runtime


def ask(token: str) -> str:
    """One button: looking at the link does not spend it."""
    name = shown(_store_of_link(token).name) or "your store"
    return render_template("admin/enter.html", name=name, token=token)


def enter(token: str) -> Response:
    """Spend the link, open a session; of two at once one gets in."""
    store = _store_of_link(token)
    key = runtime().sessions.in_store(store.id, lambda s: _spend(s, store.id, token))
    if key is None:
        _no_such_link()
    answer = redirect(url_for("desk.carts"), 303)
    auth.give_cookie(answer, key)
    return answer


def _spend(session: Session, store_id: int, token: str) -> str | None:
    if not desk_keys.use_up(session, token):
        return None
    return desk_keys.issue(session, store_id, opens_session=True)


def _store_of_link(token: str) -> Store:
    store = auth.store_of_key(token, opens_session=False)
    return store if store is not None else _no_such_link()


def _no_such_link() -> NoReturn:
    abort(make_response(render_template("admin/link_gone.html"), 404))


def leave() -> Response:
    """End the session for good, here and wherever its key may have got to."""
    runtime().sessions.in_store(g.store_id, lambda s: desk_keys.use_up(s, g.session_key))
    answer = make_response(render_template("admin/left.html"))
    auth.take_cookie(answer)
    return answer
