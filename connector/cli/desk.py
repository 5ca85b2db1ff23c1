"""`cartwright desk`: a link that signs a merchant in."""

from __future__ import annotations

import click

from connector.cli.installation import opened
from connector.cli.store_settings import named
from jobs.runtime import Runtime


@click.command()
@click.argument("store")
def command(store: str) -> None:
    """Print a fresh sign-in link to STORE's pages (its number, its public id or its domain)."""
    with opened() as means:
        click.echo(sign_in_link(means, store))


def sign_in_link(means: Runtime, name: str) -> str:
    """A link that opens a desk session once, within a day."""
    from connector.services import desk_keys

    store = named(means, name)
    with means.sessions.store(store.id) as session:
        token = desk_keys.issue(session, store.id, opens_session=False)
    return f"{means.config.public_url}/desk/enter/{token}"
