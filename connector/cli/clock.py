"""`cartwright clock`: the dispatcher."""

from __future__ import annotations

import signal
import threading

import click

from connector.cli.installation import supervised


@click.command()
def command() -> None:
    """Find what is due and ring the workers. Two of these at once do no harm."""
    from jobs import dispatch

    supervised()
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    dispatch.run_forever(stop)
