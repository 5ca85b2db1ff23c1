"""`cartwright flows`: flows as text, checked, applied, and switched."""

from __future__ import annotations

import click

from connector.cli.flows import dry_run, reading, switching, writing


@click.group()
def command() -> None:
    """Read, check, apply and switch flows."""


for _one in (
    reading.list_flows,
    reading.library,
    reading.schema,
    reading.validate,
    writing.plan,
    writing.apply,
    writing.export,
    writing.diff,
    dry_run.backtest,
    switching.on,
    switching.pause,
    switching.off,
    switching.holdout,
):
    command.add_command(_one)
