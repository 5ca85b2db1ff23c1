"""How often a caller may try something, counted by where it calls from."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from flask import request

from connector.services import trials
from connector.services.trials import Limit
from jobs.runtime import runtime

_HOUSEHOLD = 64  # bits of an IPv6 address: one subscriber has all the rest


def wait(limit: Limit, name: str) -> timedelta | None:
    """Counts a trial under this name; how long to wait if that was one too many."""
    with runtime().sessions.all_stores() as session:
        return trials.count(session, limit, limit.whose(runtime().code_secret, name))


def caller() -> str:
    """Where the request comes from, as far as proxies in front are believed."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:  # a unix socket, or what a proxy made up
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _HOUSEHOLD), strict=False))
    return str(address)
