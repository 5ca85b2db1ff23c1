"""Adapters, made for one store from its sealed credentials."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.audiences import AUDIENCES
from connector.channels import CHANNELS
from connector.crypto import Vault
from connector.models import ChannelAccount, Store
from connector.outlets import OUTLETS
from connector.ports.audience import AudienceSync
from connector.ports.channel import Channel
from connector.ports.outlet import Outlet
from connector.ports.platform import StoreAccount, StorePlatform
from connector.services import installs
from jobs import tokens
from jobs.runtime import runtime
from platforms import PLATFORMS


def platform_for(vault: Vault, store: Store) -> StorePlatform:
    """The store's platform, ready to be asked."""
    sealed = store.credentials
    credentials = vault.open(sealed, installs.place(store.id, "credentials")) if sealed else {}
    return PLATFORMS[store.platform](account_of(store, credentials))


def account_of(store: Store, credentials: dict[str, str]) -> StoreAccount:
    """What the platform's adapter needs to know of a store."""
    return StoreAccount(
        domain=store.domain,
        currency=store.currency,
        timezone=store.timezone,
        credentials=credentials,
        storefront=store.storefront,
        options=store.settings.get("platform", {}),
        token=partial(tokens.fresh, store.id) if credentials.get("refresh_token") else None,
        ref=store.platform_ref,
    )


def webhook_secrets(vault: Vault, store: Store) -> tuple[str, ...]:
    """What may have signed a store's webhooks, newest first."""
    opened = vault.open(store.webhook_secrets, installs.place(store.id, "webhook_secrets"))
    return tuple(filter(None, (opened.get("current"), opened.get("previous"))))


def callback_url(store: Store) -> str:
    """Where a store's webhooks go."""
    base = f"{runtime().config.public_url}/hooks/{store.platform}"
    return base if store.platform == "shopify" else f"{base}/{store.public_id}"


def channel_for(session: Session, vault: Vault, store: Store, medium: str) -> Channel | None:
    """The store's channel for a medium, or None if it has no account for one."""
    kinds = [kind for kind, made in CHANNELS.items() if made.medium == medium]
    row = _account(session, store.id, kinds)
    return CHANNELS[row.kind](_opened(vault, store, row)) if row else None


def channel_of_kind(session: Session, vault: Vault, store: Store, kind: str) -> Channel | None:
    """The store's account with one vendor."""
    row = _account(session, store.id, [kind]) if kind in CHANNELS else None
    return CHANNELS[kind](_opened(vault, store, row)) if row else None


def audience_for(session: Session, vault: Vault, store: Store) -> AudienceSync | None:
    """The store's outside audience, or None."""
    row = _account(session, store.id, list(AUDIENCES))
    return AUDIENCES[row.kind](_opened(vault, store, row)) if row else None


def outlet_for(session: Session, vault: Vault, store: Store, kind: str) -> Outlet | None:
    """The store's account with an outlet, or None."""
    row = _account(session, store.id, [kind]) if kind in OUTLETS else None
    return OUTLETS[kind](_opened(vault, store, row)) if row else None


def _account(session: Session, store_id: int, kinds: list[str]) -> ChannelAccount | None:
    found: ChannelAccount | None = session.scalar(
        select(ChannelAccount)
        .where(ChannelAccount.store_id == store_id, ChannelAccount.kind.in_(kinds))
        .order_by(ChannelAccount.id)
        .limit(1)
    )
    return found


def _opened(vault: Vault, store: Store, row: ChannelAccount) -> dict[str, Any]:
    return vault.open(row.account, installs.account_place(store.id, row.kind))
