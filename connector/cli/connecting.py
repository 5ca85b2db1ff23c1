"""Connecting a store by its keys: ask it who it is, keep it, subscribe to its webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

import connector
from connector import clock
from connector.cli.installation import Installation
from connector.errors import ConfigError
from connector.models import Store
from connector.ports.platform import StoreAccount, StorePlatform
from connector.services import flows, installs
from connector.services.installs import NewStore
from platforms import PLATFORMS

_FLOWS = Path(connector.__file__).parents[1] / "templates" / "flows"


@dataclass(frozen=True)
class Connection:
    """A store to connect: its keys, and its accounts with vendors by kind."""

    new: NewStore
    accounts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def connect_store(installation: Installation, connection: Connection) -> Store:
    """Connect it, with the flows of the library switched on; AdapterError if it refuses us."""
    new = connection.new
    asked = StoreAccount(new.domain, "", "UTC", new.credentials)
    info = PLATFORMS[new.platform](asked).info()
    with installation.sessions.store(0) as session:
        store, secret = installs.connect(session, installation.vault, new, info, clock.now())
        for kind, account in connection.accounts.items():
            installs.add_channel(session, installation.vault, store, kind, account)
        _install_flows(session, store)
    _subscribe(installation, store, new.credentials, secret)
    return store


def _install_flows(session: Session, store: Store) -> None:
    for text in library():
        flows.install(session, store, text, clock.now())


def library() -> list[dict[str, Any]]:
    """The flows that every new store begins with."""
    return [yaml.safe_load(path.read_text()) for path in sorted(_FLOWS.glob("*.yaml"))]


def _subscribe(
    installation: Installation, store: Store, credentials: Mapping[str, str], secret: str
) -> None:
    account = StoreAccount(
        store.domain, store.currency, store.timezone, credentials, store.storefront
    )
    platform = PLATFORMS[store.platform](account)
    platform.subscribe(callback_url(installation.config.public_url, store), secret)


def callback_url(public_url: str, store: Store) -> str:
    """Where the store's platform shall send its webhooks."""
    place = "shopify" if store.platform == "shopify" else f"{store.platform}/{store.public_id}"
    return f"{public_url}/hooks/{place}"


def platform_named(kind: str) -> type[StorePlatform]:
    """A platform by its name; ConfigError lists the ones there are."""
    if kind not in PLATFORMS:
        raise ConfigError(f"there is no platform {kind!r}: choose {' or '.join(PLATFORMS)}")
    return PLATFORMS[kind]
