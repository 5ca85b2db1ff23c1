"""A store's tokens that expire: how long each is good, and the next pair kept before its use.

All times are the database's clock: the product's may be shifted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Interval, bindparam, func, select
from sqlalchemy.orm import Session

from connector.crypto import Vault
from connector.models import Store, StoreState
from connector.ports.tokens import Granted
from connector.services import installs

SPARE = timedelta(minutes=2)  # a call that begins now ends before its token does
IDLE = timedelta(days=6)  # a refresh token dies after ninety days without use


@dataclass(frozen=True)
class Held:
    """A store's tokens as they are now."""

    domain: str
    access_token: str
    refresh_token: str  # "": this access token has no successor
    generation: int
    good: bool  # the access token outlives the next call
    over: bool  # neither token is good any more: the merchant must come back
    idle: bool  # not renewed for `IDLE`
    exchangeable: bool  # it came by the platform's consent page, and does not expire


def held(session: Session, vault: Vault, store_id: int) -> Held | None:
    """The store's tokens, or None if it has none (it removed the app)."""
    store = session.get_one(Store, store_id)
    if not store.credentials:
        return None
    opened = vault.open(store.credentials, installs.place(store_id, "credentials"))
    at = session.execute(select(func.clock_timestamp())).scalar_one()
    refresh_token = opened.get("refresh_token", "")
    good = store.access_expires_at is None or store.access_expires_at > at + SPARE
    dead = not refresh_token or _past(store.refresh_expires_at, at)
    return Held(
        domain=store.domain,
        access_token=opened.get("access_token", ""),
        refresh_token=refresh_token,
        generation=store.token_generation,
        good=good,
        over=dead and not good,
        idle=store.refreshed_at is None or store.refreshed_at < at - IDLE,
        exchangeable=opened.get("refresh_token") == "" and store.access_expires_at is None,
    )


def _past(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now


def keep(session: Session, vault: Vault, store: Store, granted: Granted) -> None:
    """Both tokens and their ends in one row of one transaction: used only after it."""
    store.credentials = vault.seal(granted.credentials, installs.place(store.id, "credentials"))
    store.access_expires_at = _in(granted.access_s)
    store.refresh_expires_at = _in(granted.refresh_s)
    store.refreshed_at = func.clock_timestamp()
    store.scopes = sorted(granted.scopes)
    session.flush()


def next_pair(
    session: Session, vault: Vault, store_id: int, generation: int, granted: Granted
) -> bool:
    """Keep the successors of a generation; False when others came first or the app is gone."""
    store = session.get_one(Store, store_id, with_for_update={"key_share": True})
    if store.token_generation != generation or store.state is StoreState.UNINSTALLED:
        return False
    store.token_generation += 1
    keep(session, vault, store, granted)
    return True


def ended(session: Session, store_id: int, generation: int, trouble: str) -> bool:
    """The platform takes the tokens of this generation no more; False if there are others."""
    store = session.get_one(Store, store_id, with_for_update={"key_share": True})
    if store.token_generation != generation:
        return False
    store.refresh_expires_at = func.clock_timestamp()
    store.access_expires_at = func.clock_timestamp()
    installs.needs_reauth(session, store_id, trouble)
    session.flush()
    return True


def _in(seconds: int | None) -> Any:
    if seconds is None:
        return None
    span = timedelta(seconds=seconds)
    return func.clock_timestamp() + bindparam(None, span, Interval)
