"""How often a browser may try: by the address it names, and by where it calls from."""

from __future__ import annotations

from datetime import timedelta

from connector.domain.merchants import address_key
from connector.services import trials
from connector.web.limits import caller, wait
from jobs.runtime import runtime


def password_wait(address: str) -> timedelta | None:
    """Counts a try at this address's password; how long to wait if that was too many."""
    return wait(trials.PASSWORD_FROM, caller()) or wait(
        trials.PASSWORD_OF_ADDRESS, address_key(address)
    )


def password_was_right(address: str) -> None:
    """It was her: her tries count no more."""
    whose = trials.PASSWORD_OF_ADDRESS.whose(runtime().code_secret, address_key(address))
    with runtime().sessions.all_stores() as session:
        trials.forget(session, whose)


def caller_s_mail_wait() -> timedelta | None:
    """Counts a mail that this caller asks for; how long to wait if those were too many."""
    return wait(trials.MAIL_FROM, caller())


def may_mail(address: str) -> bool:
    """Counts a mail to this address; False if it got enough: known or not, nothing is sent."""
    return wait(trials.MAIL_TO_ADDRESS, address_key(address)) is None
