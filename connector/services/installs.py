"""A store's connection: made once by its keys, cut at once when the merchant removes us."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, select, text, update
from sqlalchemy.orm import Session

from connector.crypto import Vault
from connector.models import (
    ChannelAccount,
    Errand,
    JournalEntry,
    Message,
    MessageState,
    Run,
    RunState,
    Store,
    StoreState,
)
from connector.ports.platform import StoreInfo
from connector.ports.tokens import Granted
from connector.services import desk_keys, errands_plan, journal


@dataclass(frozen=True)
class NewStore:
    """What connecting a store needs: its keys, or what the merchant granted by consent."""

    platform: str
    domain: str
    credentials: Mapping[str, str]
    sandbox: bool = False
    options: Mapping[str, str] = field(default_factory=dict)  # how the store has to be called
    granted: Granted | None = None


def connect(
    session: Session,
    vault: Vault,
    new: NewStore,
    info: StoreInfo,
    now: datetime,
    known_id: int | None,
) -> tuple[Store, str]:
    """Make the store's row, or revive it; returns it and the secret for its webhooks.

    The session must be in no store's transaction yet: this store becomes its own. A store
    that was here before keeps its history; one that never left, also its old webhook secret for
    what is underway.
    """
    store_id = known_id or _next_id(session)
    session.execute(text("select set_config('app.store', :id, true)"), {"id": str(store_id)})
    store = locked(session, store_id) or _blank(store_id, new, now)
    secret = secrets.token_urlsafe(32)
    since = store.installed_at if store.name else now  # the one before, unless it was erased
    store.storefront, store.name, store.currency = info.storefront, info.name, info.currency
    store.timezone, store.country, store.locale = info.timezone, info.country, info.locale
    store.credentials = vault.seal(new.credentials, place(store_id, "credentials"))
    store.webhook_secrets = _rotated(vault, store, secret)
    told = {**store.settings.get("platform", {}), **new.options}
    store.settings = {
        "since": since.isoformat(),
        **store.settings,
        **({"platform": told} if told else {}),
    }
    if store.state is not StoreState.PAUSED:  # what she paused goes on only by her own word
        store.state = StoreState.ACTIVE
    store.sandbox, store.trouble = new.sandbox, ""
    store.installed_at, store.uninstalled_at = now, None
    store.platform_ref = info.ref or store.platform_ref
    _forget_token_ends(store)
    session.add(store)
    session.flush()
    return store, secret


def locked(session: Session, store_id: int) -> Store | None:
    """The store's row as it is now, locked: whoever connects, cuts off or erases it waits here."""
    found: Store | None = session.get(
        Store, store_id, with_for_update={"key_share": True}, populate_existing=True
    )
    return found


def alone(session: Session, new: NewStore) -> None:
    """Until this transaction ends nobody else connects the same shop."""
    name = f"{new.platform}:{new.domain}"
    session.execute(text("select pg_advisory_xact_lock(7302, hashtext(:name))"), {"name": name})


def renamed_away(session: Session, store_id: int, now: datetime) -> None:
    """Another shop has this store's name: it leaves the name, and is a store that left us."""
    store = session.get_one(Store, store_id)
    disconnect(session, store, max(now, store.installed_at + timedelta(microseconds=1)), now)
    store.domain = f"{store.domain}#{store.id}"
    session.flush()


def _forget_token_ends(store: Store) -> None:
    """A token given by hand does not expire; of one that does, `store_tokens.keep` knows more."""
    store.access_expires_at = store.refresh_expires_at = store.refreshed_at = None
    store.scopes, store.token_generation = [], (store.token_generation or 0) + 1


def _next_id(session: Session) -> int:
    query = text("select nextval(pg_get_serial_sequence('stores', 'id'))")
    return int(session.execute(query).scalar_one())


def _blank(store_id: int, new: NewStore, now: datetime) -> Store:
    return Store(
        id=store_id,
        public_id=secrets.token_urlsafe(16),
        platform=new.platform,
        domain=new.domain,
        webhook_secrets=b"",
        settings={},
        orders_cursor=now,
    )


def _rotated(vault: Vault, store: Store, secret: str) -> bytes:
    """The new secret, and the one before while it may be on its way.

    A store that had left brings none: who knew its secret then may ask for nobody's data now.
    """
    where = place(store.id, "webhook_secrets")
    goes_on = store.webhook_secrets and store.state is not StoreState.UNINSTALLED
    before = vault.open(store.webhook_secrets, where) if goes_on else {}
    return vault.seal({"current": secret, "previous": before.get("current", "")}, where)


def place(store_id: int, column: str) -> str:
    """Where a sealed value belongs: it opens nowhere else."""
    return f"stores:{store_id}:{column}"


def account_place(store_id: int, kind: str) -> str:
    """Where a channel account's sealed value belongs."""
    return f"channel_accounts:{store_id}:{kind}"


def add_channel(
    session: Session, vault: Vault, store: Store, kind: str, account: Mapping[str, str]
) -> None:
    """Give a store an account with a channel's or an audience's vendor, or renew it."""
    sealed = vault.seal(account, account_place(store.id, kind))
    known = session.scalar(
        select(ChannelAccount).where(
            ChannelAccount.store_id == store.id, ChannelAccount.kind == kind
        )
    )
    if known is None:
        known = ChannelAccount(store_id=store.id, kind=kind)
        session.add(known)
    known.account, known.paused = sealed, ""
    session.flush()


def configure(session: Session, store: Store, changes: Mapping[str, Any]) -> None:
    """Change some of a store's settings."""
    store.settings = {**store.settings, **changes}
    session.flush()


def disconnect(
    session: Session, store: Store, at: datetime, now: datetime, digest: str = ""
) -> str:
    """The merchant removed the app at `at`: all sends off, tokens gone, in one transaction.

    Returns "" or why nothing was done: a late retry, or an old delivery played again under a
    new time (nobody signs it), must not kill a re-install.
    """
    locked(session, store.id)  # no message passes meanwhile
    if at <= store.installed_at:
        return "older than the installation"
    if store.state is StoreState.UNINSTALLED:
        return "uninstalled already"
    if digest and _was_obeyed(session, store.id, digest):
        return "this very removal was obeyed before"
    store.state, store.uninstalled_at = StoreState.UNINSTALLED, at
    store.credentials, store.trouble = b"", ""
    _forget_token_ends(store)
    session.flush()
    desk_keys.shut(session, store.id)
    reason = "the store removed the app"
    runs, messages = stop_all(session, store.id, reason, now)
    text_ = f"The app was removed: {runs} flows and {messages} waiting messages were stopped"
    journal.note(session, journal.About(store.id), "store", text_, now, removal=digest)
    return ""


def _was_obeyed(session: Session, store_id: int, digest: str) -> bool:
    said = JournalEntry.data["removal"].astext == digest
    query = select(JournalEntry.id).where(JournalEntry.store_id == store_id, said).limit(1)
    return session.scalar(query) is not None


def stop_all(session: Session, store_id: int, reason: str, now: datetime) -> tuple[int, int]:
    """Cancel every run that goes on, errand and message that waits; how many runs and messages.

    One statement each, since there may be 100,000; locked by id, as everywhere.
    """
    going_on = (
        select(Run.id)
        .where(Run.store_id == store_id, Run.state.in_((RunState.ACTIVE, RunState.PENDING)))
        .order_by(Run.id)
        .with_for_update(key_share=True)
    )
    ended = session.execute(
        update(Run)
        .where(Run.id.in_(going_on))
        .values(state=RunState.CANCELLED, reason=reason, ended_at=now, rung_until=None)
        .returning(Run.id),
        execution_options={"synchronize_session": False},
    )
    runs = len(ended.all())
    messages = cancel_messages(session, Message.store_id == store_id, reason)
    errands_plan.cancel(session, Errand.store_id == store_id, reason)
    return runs, messages


def cancel_messages(session: Session, which: ColumnElement[bool], reason: str) -> int:
    """Cancel messages that have not left, of either purpose; how many.

    One that may have left before, and was to be tried again, stays unknown: for good.
    """
    waiting = (
        select(Message.id)
        .where(which, Message.state.in_((MessageState.SCHEDULED, MessageState.CLAIMED)))
        .order_by(Message.id)
        .with_for_update()
    )
    cancelled = session.execute(
        update(Message)
        .where(Message.id.in_(waiting))
        .values(
            state=case((Message.maybe_left, MessageState.UNKNOWN), else_=MessageState.CANCELLED),
            resolvable=False,
            reason=reason,
            lease_token=None,
            lease_until=None,
            rung_until=None,
        )
        .returning(Message.id),
        execution_options={"synchronize_session": False},
    )
    return len(cancelled.all())


def needs_reauth(session: Session, store_id: int, trouble: str = "") -> None:
    """The platform no longer accepts the store's token: the merchant must connect again."""
    store = locked(session, store_id)
    if store is None or store.state is StoreState.UNINSTALLED:
        return
    if store.state is StoreState.ACTIVE:
        store.state = StoreState.NEEDS_REAUTH
    store.trouble = trouble or store.trouble


def granted(session: Session, store: Store, scopes: Sequence[str], at: datetime) -> str:
    """Keep which permissions the merchant granted; "" or why it was of no use."""
    if at < store.installed_at:
        return "older than the installation"
    store.scopes = sorted(scopes)
    session.flush()
    return ""


def by_domain(session: Session, platform: str, domain: str) -> Store | None:
    """A store by the name that its platform gives it (broker's transaction)."""
    found: Store | None = session.scalar(
        select(Store).where(Store.platform == platform, Store.domain == domain)
    )
    return found


def by_public_id(session: Session, public_id: str) -> Store | None:
    """A store by the id in its URLs (broker's transaction)."""
    found: Store | None = session.scalar(select(Store).where(Store.public_id == public_id))
    return found


def connected(session: Session) -> list[Store]:
    """Every store that did not remove us (broker's transaction)."""
    return list(session.scalars(select(Store).where(Store.state != StoreState.UNINSTALLED)))


def all_stores(session: Session) -> list[Store]:
    """Every store, oldest first (broker's transaction)."""
    return list(session.scalars(select(Store).order_by(Store.id)))
