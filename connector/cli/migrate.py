"""`cartwright migrate`: the database brought to this version of the service."""

from __future__ import annotations

import click

from connector.cli.installation import found
from connector.supervisor.checks import refuse_dead_database


@click.command()
def command() -> None:
    """Bring the database up to date. Safe to run twice, and by two machines at once."""
    from connector import migrations

    with found() as config:
        refuse_dead_database("DATABASE_URL", config.database_url)
        migrations.upgrade(config.database_url, config.database_app_url, config.database_broker_url)
        refuse_dead_database("DATABASE_APP_URL", config.database_app_url)
        refuse_dead_database("DATABASE_BROKER_URL", config.database_broker_url)
    click.echo("The database is up to date.")
