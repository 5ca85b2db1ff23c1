"""`cartwright past`: read a shop's past, and see how far that is."""

from __future__ import annotations

import json

import click


@click.command()
@click.argument("store")
@click.option("--read", is_flag=True, help="Read it (again); the running service does the work.")
@click.option("--days", default=60, show_default=True, type=click.IntRange(1, 730))
def command(store: str, read: bool, days: int) -> None:
    """Show what was read of the past of STORE (its number, public id or domain), as JSON."""
    from connector.cli.flows import texts
    from connector.services import chores
    from jobs.chores import past

    if read:
        texts.done_in_store(store, lambda here: past.ask(here.session, here.store, days))
        click.echo(f"The past of {days} days will be read; `cartwright past {store}` shows it.")
        return
    with texts.in_store(store) as here:
        row = chores.of_store(here.session, here.store.id).get(past.KIND)
        told = dict(row.result) if row else {}
        click.echo(json.dumps({**told, "error": row.error if row else ""}, indent=1))
