"""A whole service in a folder of its own, with both sandbox stores: to play, kill and measure in.

    with opened(home) as play:
        play.shop("shopify").lever.post("carts", email="ana@example.com", items=[...])
        play.clock.move(at)

It never touches the user's own installation: what the environment says of one is set aside.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from connector import config as configuration
from connector.cli.installation import connected
from connector.cli.playground.calls import Lever
from connector.cli.playground.timekeeper import Timekeeper
from connector.cli.sandbox_stores import connect_sandbox_stores
from connector.errors import ConfigError
from connector.models import Store
from connector.supervisor import Ports, Running, Supervisor
from jobs.runtime import Runtime

_NAMES_OF_AN_INSTALLATION = ("CARTWRIGHT_", "DATABASE_", "REDIS_URL", "SHOPIFY_")


@dataclass(frozen=True)
class Shop:
    """A connected sandbox store and the levers of its sandbox."""

    store: Store
    lever: Lever


@dataclass(frozen=True)
class Setup:
    """How the playground's service shall differ from one that `cartwright run` starts."""

    home: Path | None = None  # None: a temporary folder
    keep: bool = False  # leave the folder behind
    begin: datetime | None = None  # the product's time at the start; None: the real time
    extra: Mapping[str, str] = field(default_factory=dict)  # environment of the processes
    ports: Ports | None = None  # None: any that are free
    crashes_allowed: int = 5  # by one program within a minute
    notice: Callable[[str], None] = print


@dataclass
class Playground:
    """What runs, and the hands that play with it."""

    running: Running
    means: Runtime
    shops: dict[str, Shop]  # by platform
    twilio: Lever
    mailchimp: Lever
    mail: Lever
    clock: Timekeeper

    def shop(self, platform: str) -> Shop:
        """The store of a platform."""
        return self.shops[platform]


@contextlib.contextmanager
def opened(setup: Setup) -> Iterator[Playground]:
    """Start everything; at the end stop it, and remove the folder unless it is to be kept."""
    with set_aside_environment(), _folder(setup) as home:
        supervisor = Supervisor(
            home,
            setup.ports or Ports.free(),
            extra=setup.extra,
            crashes_allowed=setup.crashes_allowed,
            notice=setup.notice,
        )
        with supervisor.start() as running:
            os.environ.update(running.env)
            with connected(configuration.load(running.env)) as means:
                yield from _played(running, means, setup.begin)


def _played(running: Running, means: Runtime, begin: datetime | None) -> Iterator[Playground]:
    with contextlib.ExitStack() as stack:
        levers = {name: _lever(stack, url) for name, url in running.urls.items() if name != "web"}
        clock = Timekeeper(means.sessions, list(levers.values()))
        if begin is not None:
            clock.move(begin)
        stores = connect_sandbox_stores(means, running)
        clock.stores = [store.id for store in stores]
        yield Playground(
            running=running,
            means=means,
            shops={store.platform: Shop(store, levers[store.platform]) for store in stores},
            twilio=levers["twilio"],
            mailchimp=levers["mailchimp"],
            mail=levers["mail"],
            clock=clock,
        )
        clock.end()


def _lever(stack: contextlib.ExitStack, url: str) -> Lever:
    lever = Lever(url)
    stack.callback(lever.close)
    return lever


@contextlib.contextmanager
def set_aside_environment() -> Iterator[None]:
    """Whatever installation the environment names is not ours to play with."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(_NAMES_OF_AN_INSTALLATION):
            del os.environ[name]
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _folder(setup: Setup) -> Iterator[Path]:
    home = setup.home or Path(tempfile.mkdtemp(prefix="cartwright-"))
    if home.is_dir() and any(home.iterdir()):
        raise ConfigError(f"{home} is not empty: name a new folder")
    try:
        yield home
    finally:
        if not setup.keep:
            shutil.rmtree(home, ignore_errors=True)
