"""How often a browser may try: by the address it names, and by where it calls from."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from flask import request

from connector.domain.merchants import address_key
from connector.services import trials
from connector.services.trials import Limit
from jobs.runtime import runtime

_HOUSEHOLD = 64  # bits of an IPv6 address: one subscriber has all the rest


def password_wait(address: str) -> timedelta | None:
    """Counts a try at this address's password; how long to wait if that was too many."""
    return _counted(trials.PASSWORD_FROM, _caller()) or _counted(
        trials.PASSWORD_OF_ADDRESS, address_key(address)
    )


def password_was_right(address: str) -> None:
    """It was her: her tries count no more."""
    whose = trials.PASSWORD_OF_ADDRESS.whose(runtime().code_secret, address_key(address))
    with runtime().sessions.all_stores() as session:
        trials.forget(session, whose)


def caller_s_mail_wait() -> timedelta | None:
    """Counts a mail that this caller asks for; how long to wait if those were too many."""
    return _counted(trials.MAIL_FROM, _caller())


def may_mail(address: str) -> bool:
    """Counts a mail to this address; False if it got enough: known or not, nothing is sent."""
    return _counted(trials.MAIL_TO_ADDRESS, address_key(address)) is None


def _counted(limit: Limit, name: str) -> timedelta | None:
    with runtime().sessions.all_stores() as session:
        return trials.count(session, limit, limit.whose(runtime().code_secret, name))


def _caller() -> str:
    """Where the request comes from, as far as proxies in front are believed."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:  # a unix socket, or what a proxy made up
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _HOUSEHOLD), strict=False))
    return str(address)
