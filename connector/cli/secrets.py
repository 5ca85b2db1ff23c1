"""`cartwright secrets`: keys for the installation, and sealing everything with a new one."""

from __future__ import annotations

import secrets
import sys

import click

from connector.cli.installation import opened
from connector.errors import ConfigError

_LOST = 3  # places named in a message: more would not be read


@click.group()
def command() -> None:
    """Make keys, and change them."""


@command.command()
def new() -> None:
    """Print a fresh key for CARTWRIGHT_SECRET_KEY.

    To change keys put the new one before the old one, with a comma between them: the first
    encrypts, all decrypt. Then `cartwright secrets rotate`.
    """
    click.echo(secrets.token_hex(32))


@command.command()
def rotate() -> None:
    """Seal every stored secret anew with the first key of CARTWRIGHT_SECRET_KEY.

    Give every process of the service both keys first. The service may run meanwhile; what was
    broken off goes on at the next call. Then the old keys can be dropped: links that are out
    and codes that were made go on working.
    """
    from jobs import rotating

    with opened() as means:
        if len(means.config.secret_keys) == 1:
            click.echo("There is only one key: put a new one in front of it first.")
        tally = rotating.rotate()
        dropped = len(means.config.secret_keys) - 1
    click.echo(f"{tally.values} stored secrets; sealed anew with the first key: {tally.resealed}.")
    if tally.locked:
        named = ", ".join(tally.locked[:_LOST]) + (", …" if len(tally.locked) > _LOST else "")
        raise ConfigError(
            f"{len(tally.locked)} cannot be opened with any key that is set ({named}):"
            " add the key that they were sealed with, after a comma, and run this again"
        )
    if tally.old:
        click.echo(f"{tally.old} were written meanwhile with an older key: restart the service.")
        sys.exit(1)
    if dropped:
        click.echo("All are sealed with the first key: the others can be dropped now.")
