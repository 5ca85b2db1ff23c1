"""Which browser an installation began in: a key in a cookie of ten minutes."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from flask import abort, request
from werkzeug.wrappers import Response

from connector import clock
from connector.services import accounts
from connector.services.desk_keys import Opener
from connector.services.installing import LIFE
from connector.web import forms, signed_in
from jobs.runtime import runtime

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


def key() -> str:
    """The key that this browser brought, or "" if it brought none of ours."""
    given = request.cookies.get(_name(), "")
    return given if _KEY.fullmatch(given) else ""


def key_or_new() -> str:
    """Its key, or a fresh one: a second installation in another tab keeps the first one's."""
    return key() or secrets.token_urlsafe(32)


def remember(answer: Response, kept: str) -> None:
    """Let the browser keep the key until the platform sends it back to us.

    SameSite=Lax: the way back is a plain navigation from the platform's page.
    """
    answer.set_cookie(
        _name(), kept, max_age=LIFE, secure=request.is_secure, httponly=True, samesite="Lax"
    )


def forget(answer: Response) -> None:
    """Make the browser forget it."""
    answer.delete_cookie(_name(), secure=request.is_secure, httponly=True, samesite="Lax")


def form_token(kept: str) -> str:
    """What the forms of this browser carry: no other site can know it."""
    return hmac.new(kept.encode(), b"install form", hashlib.sha256).hexdigest()


def from_our_form() -> None:
    """403 unless this POST comes from a form that we gave to just this browser."""
    forms.from_our_own_page()
    given, kept = request.form.get(forms.FIELD, ""), key()
    if not kept or not hmac.compare_digest(form_token(kept).encode(), given.encode()):
        abort(403)


def account_id() -> int | None:
    """The merchant who is signed in here with an account, for the store to become hers.

    None while nobody is.
    """
    merchant = signed_in.merchant()
    return merchant.account_id if merchant else None


def opener(store_id: int, account_id: int | None) -> Opener | None:
    """The account that opens the store's desk: hers who began this, if she is signed in here yet.

    The store becomes one of hers. None: the desk is opened by the installation alone.
    """
    merchant = signed_in.merchant()
    if merchant is None or merchant.account_id != account_id:
        return None
    with runtime().sessions.all_stores() as session:
        hers = accounts.add_store(session, merchant.account_id, store_id, clock.now())
    return merchant.opener if hers else None


def _name() -> str:
    """Over https a name that browsers let no subdomain and no plain page set."""
    return "__Host-cartwright-install" if request.is_secure else "cartwright_install"
