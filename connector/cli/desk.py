"""`cartwright desk`: a link that signs a merchant in."""

from __future__ import annotations

import click

from connector.cli.installation import opened
from connector.errors import NotFound
from jobs.runtime import Runtime


@click.command()
@click.argument("store")
def command(store: str) -> None:
    """Print a fresh sign-in link to STORE's pages (its number, its public id or its domain)."""
    with opened() as means:
        click.echo(sign_in_link(means, store))


def sign_in_link(means: Runtime, name: str) -> str:
    """A link that opens a desk session once, within a day."""
    from connector.services import desk_keys, installs

    with means.sessions.all_stores() as session:
        stores = installs.all_stores(session)
    known = [s for s in stores if name in {str(s.id), s.public_id, s.domain}]
    if not known:
        raise NotFound(f"there is no store {name!r}: see `cartwright stores list`")
    with means.sessions.store(known[0].id) as session:
        token = desk_keys.issue(session, known[0].id, opens_session=False)
    return f"{means.config.public_url}/desk/enter/{token}"
