"""Who is signed in to an account, and whether a form is one of ours."""

from __future__ import annotations

import secrets
from typing import Any

from flask import abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from connector.models import Account
from connector.services.desk.words import shown
from connector.web import forms, signed_in
from jobs.runtime import runtime

PUBLIC = frozenset(
    f"account.{name}"
    for name in [
        "sign_up",
        "signed_up",
        "confirm",
        "confirmed",
        "sign_in",
        "signed_in",
        "forgotten",
        "send_link",
        "reset",
        "was_reset",
    ]
)
_FORM = "public form"
_LONGEST = 100  # characters of a form key that may be ours


def guard() -> Response | None:
    """Before every page: no session, no page but the public ones; no form of ours, no change."""
    if request.method not in forms.READING:
        forms.from_our_own_page()
    if request.endpoint not in PUBLIC and not _is_recognised():
        return redirect(url_for("account.sign_in")) if forms.wants_page() else abort(401)
    if request.method not in forms.READING:
        forms.check(form_token())
    return None


def _is_recognised() -> bool:
    """Set g.merchant and g.account from the cookie; False if nobody is signed in."""
    merchant = signed_in.merchant()
    if merchant is None:
        return False
    with runtime().sessions.all_stores() as session:
        g.account = session.get(Account, merchant.account_id)
    g.merchant = merchant
    return g.account is not None


def form_token() -> str:
    """What the form on this page carries: of her session, or before it of this browser."""
    if request.endpoint not in PUBLIC:
        token: str = g.merchant.form_token
        return token
    return forms.token(_form_key(), _FORM)


def _form_key() -> str:
    """This browser's secret for the forms before signing in: another site could sign it in too."""
    key = g.get("form_key") or request.cookies.get(_form_cookie(), "")
    if not 0 < len(key) <= _LONGEST:
        key = g.form_key = secrets.token_urlsafe(32)
    return str(key)


def _form_cookie() -> str:
    return "__Host-cartwright-form" if request.is_secure else "cartwright_form"


def keep_form_key(answer: Response) -> Response:
    """Let the browser keep the secret that was made for a form on this page."""
    if "form_key" in g:
        answer.set_cookie(
            _form_cookie(), g.form_key, secure=request.is_secure, httponly=True, samesite="Lax"
        )
    return answer


def helpers() -> dict[str, Any]:
    """What the templates of accounts may call."""
    return {"account": g.get("account"), "form_token": form_token, "shown": shown}


def let_in(answer: Response, key: str) -> Response:
    """Give the browser its fresh session."""
    signed_in.give_cookie(answer, key)
    return answer
