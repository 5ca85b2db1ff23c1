"""`cartwright skip`: hours go by in seconds, where only sandbox stores are connected."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta
from urllib.parse import urlsplit

import click

from connector.cli.installation import opened
from connector.cli.playground.calls import Lever
from connector.cli.playground.timekeeper import Timekeeper
from connector.errors import ConfigError
from connector.supervisor import Ports
from jobs.runtime import Runtime

_STEP = timedelta(minutes=15)  # small enough that nothing which falls due is late
_BREATH_S = 0.5  # for the service to do what is due


@click.command()
@click.argument("hours", type=click.FloatRange(0.1, 24 * 40))
def command(hours: float) -> None:
    """Let HOURS go by for the service that runs here and its sandbox stores.

    Carts grow idle, messages fall due, codes expire: as they would, only sooner. Refused
    while a real store is connected.
    """
    with opened() as means, contextlib.ExitStack() as stack:
        if not means.config.testing_clock:
            raise ConfigError("start `cartwright run` first: time can be skipped in its sandbox")
        levers = [stack.enter_context(contextlib.closing(Lever(url))) for url in _sandboxes(means)]
        _go(Timekeeper(means.sessions, levers), timedelta(hours=hours))


def _sandboxes(means: Runtime) -> list[str]:
    ports = Ports.around(urlsplit(means.config.public_url).port or 0)
    return [ports.url(name) for name in ("shopify", "woocommerce", "twilio", "mailchimp", "mail")]


def _go(clock: Timekeeper, span: timedelta) -> None:
    end, breath = clock.now() + span, threading.Event()
    with click.progressbar(range(-(-span // _STEP)), label="Time goes by") as steps:
        for _ in steps:
            clock.move(min(clock.now() + _STEP, end))
            breath.wait(_BREATH_S)
    click.echo(f"It is {clock.now():%a %d %b %Y, %H:%M} UTC for the service now.")
