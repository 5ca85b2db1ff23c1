"""In and out: a fresh session at each sign-in, ended for good at the sign-out."""

from __future__ import annotations

from flask import g, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from connector.models import KeyPurpose
from connector.services import account_keys, accounts, merchants
from connector.web import signed_in
from connector.web.account import auth, limits, refusals
from connector.web.account.checking import account_of
from jobs.runtime import runtime

_WRONG = "The e-mail address or the password is not right."


def ask() -> str | Response:
    """The form; who is signed in goes on to her stores."""
    if signed_in.merchant():
        return redirect(url_for("account.stores"))
    return render_template("account/sign_in.html", email="", errors={})


def sign_in() -> Response | tuple[str, int]:
    """Open a session, if address and password are those of an account."""
    address, password = request.form.get("email", "").strip(), request.form.get("password", "")
    if wait := limits.password_wait(address):
        return refusals.too_often(wait)
    account = account_of(address, password)
    if account is None:
        errors = {"form": _WRONG}
        return render_template("account/sign_in.html", email=address, errors=errors), 422
    return open_session(account.id)


def open_session(account_id: int) -> Response:
    """A session with a key of its own; the one that this browser had ends."""
    before = signed_in.merchant()
    with runtime().sessions.all_stores() as session:
        if before:
            _end(session, before)
        key = account_keys.issue(session, account_id, KeyPurpose.SESSION)
    return auth.let_in(redirect(url_for("account.stores"), 303), key)


def _end(session: Session, merchant: signed_in.SignedIn) -> None:
    account_keys.use_up(session, merchant.key)
    accounts.end_desk_sessions(session, merchant.account_id)


def sign_out() -> Response:
    """End this session, and the desks that were opened through the account."""
    with runtime().sessions.all_stores() as session:
        _end(session, g.merchant)
    return _left(everywhere=False)


def sign_out_everywhere() -> Response:
    """End every session of the account, every desk opened through it, every link that waits."""
    with runtime().sessions.all_stores() as session:
        merchants.end_everything(session, g.merchant.account_id)
    return _left(everywhere=True)


def _left(*, everywhere: bool) -> Response:
    answer = make_response(render_template("account/left.html", everywhere=everywhere))
    signed_in.take_cookie(answer)
    return answer
