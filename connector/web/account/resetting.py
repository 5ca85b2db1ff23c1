"""A new password by mail: the same answer for every address, a link that works once."""

from __future__ import annotations

from typing import NoReturn

from flask import abort, make_response, render_template, request
from werkzeug.wrappers import Response

from connector import clock, passwords
from connector.domain.merchants import clean_address, password_problem
from connector.models import Account, KeyPurpose, MailKind
from connector.services import account_keys, merchants, system_mails
from connector.web.account import limits, refusals
from connector.web.account.signing_in import open_session
from connector.web.account.signing_up import can_mail
from jobs.runtime import runtime

_NO_ADDRESS = "Please write the e-mail address of your account."


def ask_for_link() -> str:
    """The form; where no mail can be sent, what to do instead."""
    return render_template("account/forgotten.html", email="", errors={}, mails=can_mail())


def send_link() -> str | Response | tuple[str, int]:
    """Have a link sent, if there is such an account: that is found out later, by the sender."""
    typed = request.form.get("email", "")
    address = clean_address(typed)
    if not address or not can_mail():
        errors = {} if address else {"email": _NO_ADDRESS}
        page = render_template(
            "account/forgotten.html", email=typed, errors=errors, mails=can_mail()
        )
        return page, 422
    if wait := limits.caller_s_mail_wait():
        return refusals.too_often(wait)
    if limits.may_mail(address):
        with runtime().sessions.all_stores() as session:
            system_mails.queue(session, MailKind.RESET, address)
    return render_template("account/sent.html", email=address, what="reset")


def ask(token: str) -> str:
    """Looking at the link does not spend it."""
    return render_template("account/reset.html", email=_account(token).email, errors={})


def reset(token: str) -> Response | tuple[str, int]:
    """Spend the link, keep the new password, end every session, open one here."""
    account = _account(token)
    password = request.form.get("password", "")
    problem = password_problem(password, account.email)
    if problem:
        page = render_template(
            "account/reset.html", email=account.email, errors={"password": problem}
        )
        return page, 422
    hashed = passwords.hashed(password)
    with runtime().sessions.all_stores() as session:
        if not account_keys.use_up(session, token):
            _gone()
        merchants.choose_password(session, account.id, hashed, clock.now())
    limits.password_was_right(account.email)
    return open_session(account.id)


def _account(token: str) -> Account:
    with runtime().sessions.all_stores() as session:
        found = account_keys.find(session, token, KeyPurpose.RESET)
        return session.get_one(Account, found.account_id) if found else _gone()


def _gone() -> NoReturn:
    abort(make_response(render_template("account/link_gone.html", what="reset"), 404))
