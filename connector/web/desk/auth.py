"""Who is at the desk: the session cookie names the store, and nothing else in the request does."""

from __future__ import annotations

from flask import abort, g, redirect, request
from werkzeug.wrappers import Response

from connector.models import Store, StoreState
from connector.services import desk_keys
from connector.services.desk_keys import Seat
from connector.web import forms
from jobs.runtime import runtime

PUBLIC = frozenset({"desk.asset", "desk.ask", "desk.enter"})
_LONGEST = 100  # characters of a key that may be ours


def guard() -> Response | None:
    """Before every page: no session, no page; no form of ours, no change."""
    if request.method not in forms.READING:
        forms.from_our_own_page()
    if request.endpoint in PUBLIC:
        return None
    if not _is_recognised():
        return redirect("/account/sign-in") if forms.wants_page() else abort(401)
    if request.method not in forms.READING:
        forms.check(form_token())
    return None


def _is_recognised() -> bool:
    """Set g.seat, g.store_id and g.store from the cookie; False if it opens no desk."""
    key = request.cookies.get(cookie_name(), "")
    found = seated(key)
    if found is None:
        return False
    g.session_key, (g.seat, g.store) = key, found
    g.store_id = g.store.id
    return True


def seated(key: str, *, opens_session: bool = True) -> tuple[Seat, Store] | None:
    """The connected store that a session (or a sign-in link) is good for, and who opened it."""
    if not key.isascii() or not 0 < len(key) <= _LONGEST:
        return None
    sessions = runtime().sessions
    with sessions.all_stores() as session:
        seat = desk_keys.seat_of(session, key, opens_session=opens_session)
    if seat is None:
        return None
    with sessions.store(seat.store_id) as session:
        store = session.get_one(Store, seat.store_id)
    return None if store.state is StoreState.UNINSTALLED else (seat, store)


def store_of_key(key: str, *, opens_session: bool) -> Store | None:
    """The connected store that a session or a sign-in link is good for."""
    found = seated(key, opens_session=opens_session)
    return found[1] if found else None


def at_the_desk() -> tuple[Seat, Store] | None:
    """Whose desk this browser has open, for pages that are none of the desk's."""
    return seated(request.cookies.get(cookie_name(), ""))


def form_token() -> str:
    """What every form of this session carries: no other site can know it."""
    return forms.token(g.session_key, "desk form")


def cookie_name() -> str:
    """Over https a name that browsers let no subdomain and no plain page set."""
    return "__Host-cartwright" if request.is_secure else "cartwright_desk"


def give_cookie(answer: Response, key: str) -> None:
    """Let the browser keep the session's key, out of reach of scripts."""
    answer.set_cookie(
        cookie_name(),
        key,
        max_age=desk_keys.SESSION_LIFE,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def change_cookie(answer: Response, key: str) -> None:
    """Seat the browser at another desk; the session that it had ends."""
    before = request.cookies.get(cookie_name(), "")
    found = seated(before)
    if found is not None:
        runtime().sessions.in_store(found[1].id, lambda s: desk_keys.use_up(s, before))
    give_cookie(answer, key)


def take_cookie(answer: Response) -> None:
    """Make the browser forget it."""
    answer.delete_cookie(cookie_name(), secure=request.is_secure, httponly=True, samesite="Lax")
