"""Who is at the desk: the session cookie names the store, and nothing else in the request does."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from flask import abort, g, request
from werkzeug.wrappers import Response

from connector.models import Store, StoreState
from connector.services import desk_keys
from jobs.runtime import runtime

PUBLIC = frozenset({"desk.asset", "desk.ask", "desk.enter"})
FORM_FIELD = "form_token"
_LONGEST = 100  # characters of a key that may be ours
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def guard() -> None:
    """Before every page: no session, no page; no form of ours, no change."""
    if request.method not in _READING:
        from_our_own_page()
    if request.endpoint in PUBLIC:
        return
    _recognise()
    if request.method not in _READING:
        _from_a_form_of_this_session()


def _recognise() -> None:
    """Set g.store_id and g.store from the cookie, or 401."""
    key = request.cookies.get(cookie_name(), "")
    store = store_of_key(key, opens_session=True)
    if store is None:
        abort(401)
    g.session_key, g.store_id, g.store = key, store.id, store


def store_of_key(key: str, *, opens_session: bool) -> Store | None:
    """The connected store that a session or a sign-in link is good for."""
    if not key.isascii() or not 0 < len(key) <= _LONGEST:
        return None
    sessions = runtime().sessions
    with sessions.all_stores() as session:
        store_id = desk_keys.store_of(session, key, opens_session=opens_session)
    if store_id is None:
        return None
    with sessions.store(store_id) as session:
        store = session.get_one(Store, store_id)
    return None if store.state is StoreState.UNINSTALLED else store


def from_our_own_page() -> None:
    """Refuse what a browser says another site sent.

    Sec-Fetch-Site decides where it is sent. Origin is "null" on our own forms too, since our
    pages tell browsers to send no referrer: it then says nothing, and the form's token decides.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        abort(403)
    origin = request.headers.get("Origin", "null")
    if origin != "null" and origin not in _our_origins():
        abort(403)


def _our_origins() -> set[str]:
    public = urlsplit(runtime().config.public_url)
    return {request.host_url.rstrip("/"), f"{public.scheme}://{public.netloc}"}


def _from_a_form_of_this_session() -> None:
    given = request.form.get(FORM_FIELD, "").encode()
    if not hmac.compare_digest(form_token().encode(), given):
        abort(403)


def form_token() -> str:
    """What every form of this session carries: no other site can know it."""
    return hmac.new(g.session_key.encode(), b"desk form", hashlib.sha256).hexdigest()


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


def take_cookie(answer: Response) -> None:
    """Make the browser forget it."""
    answer.delete_cookie(cookie_name(), secure=request.is_secure, httponly=True, samesite="Lax")
