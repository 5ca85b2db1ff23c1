"""`cartwright stores account` and `stores set`: what a store needs beside its own keys."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

import click
import msgspec
import yaml

from connector.cli.installation import opened
from connector.domain.flows.wording import explained
from connector.domain.settings import StoreSettings
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
    from connector.outlets import OUTLETS

    for vendors in (CHANNELS, AUDIENCES, OUTLETS):
        if kind in vendors:
            settings: tuple[Setting, ...] = vendors[kind].settings
            return settings
    known = ", ".join([*CHANNELS, *AUDIENCES, *OUTLETS])
    raise ConfigError(f"there is no vendor {kind!r}: choose {known}")


def change(store_name: str, changes: tuple[str, ...]) -> dict[str, Any]:
    """Change a store's settings ("idle_minutes=20"); all of them, as they are then."""
    from connector.services import installs

    with opened() as means:
        store = named(means, store_name)
        with means.sessions.store(store.id) as session:
            row = session.get_one(Store, store.id)
            wanted = _merged(row.settings, changes)
            try:
                kept = StoreSettings.of(wanted)
            except ValueError as error:
                raise ConfigError(str(explained(str(error)))) from None
            installs.configure(session, row, wanted)
    plain: dict[str, Any] = msgspec.to_builtins(kept)
    return plain


def _merged(stored: Mapping[str, Any], changes: tuple[str, ...]) -> dict[str, Any]:
    """What is stored with the changes put in: "quiet.sms.from=21:00" changes one of several."""
    wanted = copy.deepcopy(dict(stored))
    for text in changes:
        name, _, value = text.partition("=")
        *path, last = name.split(".")
        if name.split(".")[0] not in StoreSettings.__struct_fields__:
            known = ", ".join(StoreSettings.__struct_fields__)
            raise ConfigError(f"there is no setting {name!r}: choose {known}")
        place = wanted
        for index, part in enumerate(path):
            default = _default(tuple(path[: index + 1]))
            place = place.setdefault(part, default)
        place[last] = _value(value)
    return wanted


def _value(text: str) -> Any:
    """As YAML reads it, but times and words stay text: 21:00 is no number."""
    if not re.fullmatch(r"-?[0-9.]+|true|false|null|[\[{].*", text):
        return text
    return yaml.safe_load(text)


def _default(path: tuple[str, ...]) -> dict[str, Any]:
    """What a group of settings is while nothing is stored of it."""
    found: Any = msgspec.to_builtins(StoreSettings())
    for part in path:
        found = found.get(part, {}) if isinstance(found, dict) else {}
    return dict(found)


def show(settings: dict[str, Any]) -> None:
    """Print settings, one a line."""
    for name, value in settings.items():
        click.echo(f"{name:<18} {value if value != {} else '-'}")
