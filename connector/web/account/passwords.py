"""The account's settings: another password, by who knows the old one; out everywhere."""

from __future__ import annotations

from flask import g, render_template, request
from werkzeug.wrappers import Response

from connector import passwords
from connector.domain.merchants import password_problem
from connector.services import merchants
from connector.web.account import limits, refusals
from connector.web.account.checking import account_of
from connector.web.account.signing_in import open_session
from jobs.runtime import runtime

_WRONG = "This is not your password."


def settings() -> str:
    """The form, and the way out of every browser."""
    return render_template("account/settings.html", errors={})


def change() -> Response | tuple[str, int]:
    """Another password; every other browser is signed out, this one goes on."""
    address = g.account.email
    if wait := limits.password_wait(address):
        return refusals.too_often(wait)
    new = request.form.get("new_password", "")
    if account_of(address, request.form.get("password", "")) is None:
        return _again({"password": _WRONG})
    if problem := password_problem(new, address):
        return _again({"new_password": problem})
    hashed = passwords.hashed(new)
    with runtime().sessions.all_stores() as session:
        merchants.change_password(session, g.account.id, hashed)
    return open_session(g.account.id)


def _again(errors: dict[str, str]) -> tuple[str, int]:
    return render_template("account/settings.html", errors=errors), 422
