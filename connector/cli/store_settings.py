"""`cartwright stores account` and `stores set`: what a store needs beside its own keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

import click

from connector.cli.installation import opened
from connector.errors import ConfigError, NotFound
from connector.models import Store
from connector.ports.settings import Setting
from jobs.runtime import Runtime

Ask = Callable[[Setting], str]


def named(means: Runtime, name: str) -> Store:
    """A store by its number, public id or domain; NotFound says where to look."""
    from connector.services import installs

    with means.sessions.all_stores() as session:
        stores = installs.all_stores(session)
    for store in stores:
        if name in {str(store.id), store.public_id, store.domain}:
            return store
    raise NotFound(f"there is no store {name!r}: see `cartwright stores list`")


def add_account(store_name: str, kind: str, ask: Ask) -> str:
    """Give a store an account with a vendor; what it needs is asked for. Says what was done."""
    from connector.services import installs

    settings = _settings_of(kind)
    with opened() as means:
        store = named(means, store_name)
        given = {setting.name: ask(setting) for setting in settings}
        with means.sessions.store(store.id) as session:
            installs.add_channel(session, means.vault, store, kind, given)
    return f"{store.name} now uses {kind}."


def _settings_of(kind: str) -> tuple[Setting, ...]:
    from connector.audiences import AUDIENCES
    from connector.channels import CHANNELS

    if kind in CHANNELS:
        return CHANNELS[kind].settings
    if kind in AUDIENCES:
        return AUDIENCES[kind].settings
    raise ConfigError(f"there is no vendor {kind!r}: choose {', '.join([*CHANNELS, *AUDIENCES])}")


def change(store_name: str, changes: tuple[str, ...]) -> dict[str, Any]:
    """Change a store's settings ("idle_minutes=20"); all of them, as they are then."""
    from connector.domain.settings import StoreSettings
    from connector.services import installs

    wanted = dict(_read(text) for text in changes)
    with opened() as means:
        store = named(means, store_name)
        with means.sessions.store(store.id) as session:
            row = session.get_one(Store, store.id)
            installs.configure(session, row, wanted)
            kept = StoreSettings.of(row.settings)
    return {field.name: str(getattr(kept, field.name)) for field in fields(kept)}


def _read(text: str) -> tuple[str, Any]:
    from connector.domain.settings import StoreSettings

    name, _, value = text.partition("=")
    known = asdict(StoreSettings())
    if name not in known:
        raise ConfigError(f"there is no setting {name!r}: choose {', '.join(known)}")
    try:
        return name, type(known[name])(value)
    except ValueError:
        raise ConfigError(f"{name} cannot be {value!r}: it is {known[name]} by default") from None


def show(settings: dict[str, Any]) -> None:
    """Print settings, one a line."""
    for name, value in settings.items():
        click.echo(f"{name:<18} {value}")
