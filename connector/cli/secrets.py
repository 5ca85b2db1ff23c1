"""`cartwright secrets`: keys for the installation."""

from __future__ import annotations

import secrets

import click


@click.group()
def command() -> None:
    """Make keys."""


@command.command()
def new() -> None:
    """Print a fresh key for CARTWRIGHT_SECRET_KEY.

    To change keys put the new one before the old one, with a comma between them: the first
    encrypts, all decrypt.
    """
    click.echo(secrets.token_hex(32))
