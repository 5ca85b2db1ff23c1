"""Signing up: an address and a password; a mail goes to the address, and the answer is one."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response

from connector import clock, passwords
from connector.domain.merchants import clean_address, password_problem
from connector.services import merchants
from connector.web.account import limits, refusals
from connector.web.desk import auth as desk_auth
from jobs.runtime import runtime

_NO_ADDRESS = "Please write an e-mail address, such as name@shop.com."
Page = str | tuple[str, int] | Response


def can_mail() -> bool:
    """False where accounts are made by whoever runs the service."""
    return runtime().config.mail is not None


def ask() -> Page:
    """The form; where no mail can be sent, what to do instead."""
    return _form("", {})


def _form(address: str, errors: dict[str, str]) -> Page:
    page = render_template(
        "account/sign_up.html", email=address, errors=errors, mails=can_mail(), desk=_open_store()
    )
    return (page, 422) if errors else page


def _open_store() -> str:
    """The name of the store whose desk this browser has open by a link, or ""."""
    found = desk_auth.at_the_desk()
    return found[1].name if found and found[0].account_id is None else ""


def sign_up() -> Page:
    """The same answer, after the same work, whether the address is known or not."""
    typed, password = request.form.get("email", ""), request.form.get("password", "")
    address = clean_address(typed)
    problem = password_problem(password, address)
    errors = {} if address else {"email": _NO_ADDRESS}
    errors |= {"password": problem} if problem else {}
    if errors or not can_mail():
        return _form(typed, errors)
    if wait := limits.caller_s_mail_wait():
        return refusals.too_often(wait)
    _keep(address, password)
    return render_template("account/sent.html", email=address, what="confirm")


def _keep(address: str, password: str) -> None:
    """Hash in any case; an address that got enough mails gets no more, and changes no more."""
    hashed = passwords.hashed(password)
    if not limits.may_mail(address):
        return
    found = desk_auth.at_the_desk()
    store_id = found[1].id if found and found[0].account_id is None else None
    with runtime().sessions.all_stores() as session:
        merchants.sign_up(session, address, hashed, store_id, clock.now())
