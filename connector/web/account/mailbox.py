"""Is the mailbox hers? A link that went there, a button, and the password she chose.

The password, because somebody else may have signed up with her address: her click alone must
not open an account that a stranger knows the password of.
"""

from __future__ import annotations

from typing import NoReturn

from flask import abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector import clock
from connector.models import Account, KeyPurpose, MailKind
from connector.services import account_keys, merchants, system_mails
from connector.web.account import limits, refusals
from connector.web.account.checking import account_of
from connector.web.account.signing_in import open_session
from jobs.runtime import runtime

_WRONG = "This is not the password that the account was made with."


def ask(token: str) -> str:
    """Looking at the link proves nothing yet: mail scanners look too."""
    return render_template("account/confirm.html", email=_account(token).email, errors={})


def confirm(token: str) -> Response | tuple[str, int]:
    """Prove the address, and sign in."""
    account = _account(token)
    if wait := limits.password_wait(account.email):
        return refusals.too_often(wait)
    if account_of(account.email, request.form.get("password", "")) is None:
        page = render_template(
            "account/confirm.html", email=account.email, errors={"password": _WRONG}
        )
        return page, 422
    with runtime().sessions.all_stores() as session:
        if not account_keys.use_up(session, token):
            _gone()
        merchants.prove(session, account.id, clock.now())
    return open_session(account.id)


def _account(token: str) -> Account:
    """Whose link this is; a page that says what to do if it is nobody's any more."""
    with runtime().sessions.all_stores() as session:
        found = account_keys.find(session, token, KeyPurpose.VERIFY)
        return session.get_one(Account, found.account_id) if found else _gone()


def _gone() -> NoReturn:
    abort(make_response(render_template("account/link_gone.html", what="confirm"), 404))


def again() -> Response | str:
    """Send the link once more to who is signed in and has not opened it."""
    if g.account.verified_at:
        return redirect(url_for("account.stores"), 303)
    if wait := limits.caller_s_mail_wait():
        return refusals.too_often(wait)
    if limits.may_mail(g.account.email):
        with runtime().sessions.all_stores() as session:
            system_mails.queue(session, MailKind.WELCOME, g.account.email)
    return render_template("account/sent.html", email=g.account.email, what="confirm")
