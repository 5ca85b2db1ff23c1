"""`cartwright stores`: the connected shops."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence

import click

from connector.cli.installation import opened
from connector.errors import ConfigError
from connector.ports.settings import Setting


@click.group()
def command() -> None:
    """See and connect stores."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_stores(as_json: bool) -> None:
    """List all connected stores."""
    from connector.services import installs

    with opened() as means, means.sessions.all_stores() as session:
        rows = [
            {
                "id": store.id,
                "public_id": store.public_id,
                "platform": store.platform,
                "domain": store.domain,
                "name": store.name,
                "currency": store.currency,
                "state": store.state.value,
                "sandbox": store.sandbox,
            }
            for store in installs.all_stores(session)
        ]
    click.echo(json.dumps(rows, ensure_ascii=False, indent=1) if as_json else _table(rows))


def _table(rows: Sequence[Mapping[str, object]]) -> str:
    if not rows:
        return "No store is connected yet: `cartwright stores add --help`."
    lines = [
        f"{row['id']:>4}  {row['state']:<12} {row['platform']:<12} {row['domain']}  {row['name']}"
        for row in rows
    ]
    return "\n".join(lines)


@command.command()
@click.argument("platform")
@click.argument("domain")
def add(platform: str, domain: str) -> None:
    """Connect the store DOMAIN of PLATFORM (shopify, woocommerce) by its keys.

    DOMAIN is how the platform names it: x.myshopify.com, https://shop.example. Keys are asked
    for, or read from the environment (CARTWRIGHT_STORE_ACCESS_TOKEN and the like), never from
    the command line, where other users of this machine could read them.
    """
    from connector.services.installs import NewStore
    from jobs.connecting import connect_store
    from platforms import PLATFORMS

    if platform not in PLATFORMS:
        raise ConfigError(f"there is no platform {platform!r}: choose {' or '.join(PLATFORMS)}")
    with opened():
        named = PLATFORMS[platform].named(domain)
        credentials = {setting.name: _asked(setting) for setting in PLATFORMS[platform].settings}
        store = connect_store(NewStore(platform, named, credentials), {})
    click.echo(f"Connected {store.name} ({store.domain}) as store {store.id}.")


@command.command()
@click.argument("store")
@click.argument("kind")
def account(store: str, kind: str) -> None:
    """Give STORE an account with the vendor KIND (smtp, twilio, mailchimp), or renew it.

    What it needs is asked for, or read from the environment (CARTWRIGHT_STORE_PASSWORD ...).
    """
    from connector.cli.store_settings import add_account

    click.echo(add_account(store, kind, _asked))


@command.command("set")
@click.argument("store")
@click.argument("changes", nargs=-1, metavar="[NAME=VALUE]...")
def set_(store: str, changes: tuple[str, ...]) -> None:
    """Change settings of STORE (its number, public id or domain); without any, show them."""
    from connector.cli.store_settings import change, show

    show(change(store, changes))


@command.command()
@click.argument("store")
def health(store: str) -> None:
    """Look at how STORE is connected just now; exit code 1 if something is broken.

    Changes nothing: missing webhooks are made anew by the daily check, or from the desk.
    """
    from connector.cli.store_settings import named
    from connector.ports.survey import NoteLevel
    from jobs.chores.subscriptions import look

    with opened() as means:
        seen = look(named(means, store).id)
    click.echo(f"Carts seen: {'all' if seen.capture == 'full' else 'part of them'}")
    for note in seen.notes:
        mend = f"\n{'':<26}-> {note.mend}" if note.mend else ""
        click.echo(f"{note.level:<8} {note.what:<16} {note.text}{mend}")
    if any(note.level is NoteLevel.BROKEN for note in seen.notes):
        sys.exit(1)


def _asked(setting: Setting) -> str:
    value = os.environ.get(f"CARTWRIGHT_STORE_{setting.name.upper()}")
    if value is None:
        default = setting.default or (None if setting.required else "")
        value = click.prompt(setting.label, hide_input=setting.secret, default=default)
    if setting.required and not str(value).strip():
        raise ConfigError(f"{setting.label} is missing")
    return str(value).strip()
