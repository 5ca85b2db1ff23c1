"""How values look on the desk: times in the store's zone, money in its style, URLs only if safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from flask import g

from connector import clock
from connector.domain.money import Money
from connector.models import Store, StoreState
from connector.services import accounts
from connector.services.desk.words import medium_name, shown
from connector.web import signed_in
from connector.web.desk import auth, wording
from jobs.runtime import runtime
from platforms.shopify import oauth

_LOOPBACK = "127.0.0.1"


def helpers() -> dict[str, Any]:
    """What the desk's templates may call."""
    store: Store | None = g.get("store")
    if store is None:
        return {"store": None}
    zone = _zone(store.timezone)
    return {
        "store": store,
        "zone": str(zone),
        "local": _local(zone, clock.now()),
        "money": _money(store.locale),
        "safe_url": lambda url: safe_url(url, sandbox=store.sandbox),
        "medium_name": medium_name,
        "shown": shown,
        "form_token": auth.form_token,
        "wording": wording,
        "lacking": oauth.missing(store.scopes) if store.scopes else (),
        "switch": switch,
        "by_link": g.seat.account_id is None,
    }


@dataclass(frozen=True)
class Switch:
    """What leads from this desk to the merchant's other stores; `form_token` is her account's."""

    others: list[Store]
    form_token: str


def switch() -> Switch | None:
    """The other stores of who opened this desk by her account; None if it was by a link."""
    merchant = signed_in.merchant() if g.seat.account_id is not None else None
    if merchant is None or merchant.account_id != g.seat.account_id:
        return None
    with runtime().sessions.all_stores() as session:
        hers = accounts.stores_of(session, merchant.account_id)
    others = [
        store
        for store in hers
        if store.id != g.store_id and store.state is not StoreState.UNINSTALLED
    ]
    return Switch(others, merchant.form_token)


def _zone(name: str) -> tzinfo:
    """A store's zone; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _local(zone: tzinfo, now: datetime) -> Callable[[datetime], str]:
    """Writes a moment as "9 Jun, 14:05", with the year when it is not this one."""
    this_year = now.astimezone(zone).year

    def local(at: datetime) -> str:
        there = at.astimezone(zone)
        year = "" if there.year == this_year else f" {there.year}"
        return f"{there.day} {there:%b}{year}, {there:%H:%M}"

    return local


def _money(locale: str) -> Callable[[Money], str]:
    spoken = _babel(locale)
    return lambda amount: amount.text(spoken)


def _babel(locale: str) -> str:
    """A locale that Babel knows, or English."""
    try:
        return str(Locale.parse(locale.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return "en"


def safe_url(url: str, *, sandbox: bool) -> str:
    """The URL if a browser may be led there, else "": https, or a sandbox's own loopback."""
    if not url.isprintable() or " " in url or "\\" in url:
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    named = host.isascii() and bool(host) and "@" not in parts.netloc
    near = sandbox and parts.scheme == "http" and host == _LOOPBACK
    return url if named and (parts.scheme == "https" or near) else ""
