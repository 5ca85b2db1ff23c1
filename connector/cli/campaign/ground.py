"""What every part of the campaign stands on: our servers, a provider, short leases, quick time."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector import clock, embedded, migrations
from connector import config as configuration
from connector.cli.campaign import channels, rotation, shop, wire
from connector.cli.campaign.rotation import Mall
from connector.cli.installation import connected
from connector.cli.playground import set_aside_environment
from connector.embedded import Servers
from connector.embedded.child import Child
from connector.services import product_clock
from connector.supervisor.environment import secret_key
from jobs.runtime import Runtime

_LEASES = {"CARTWRIGHT_LEASE_S": "6", "CARTWRIGHT_HTTP_TIMEOUT_S": "3"}
_PACE = 20.0  # product seconds a second: what waits a minute waits three seconds
_READY_S = 30.0


@dataclass
class Ground:
    """Running servers and this process's means; `door` is where the provider listens."""

    home: Path
    servers: Servers
    means: Runtime
    env: Mapping[str, str]  # of every process of the service
    door: str
    mall: Mall

    def books(self) -> dict[str, Any]:
        """All that the provider accepted."""
        found: dict[str, Any] = wire.ask(self.door, "GET", "/log")[1]
        return found


@contextlib.contextmanager
def opened(shops: int = 0) -> Iterator[Ground]:
    """Start everything in a temporary folder; the user's own installation is not touched.

    `shops`: how many Shopify shops with tokens that have run out are asked for (`rotation`).
    """
    with (
        set_aside_environment(),
        tempfile.TemporaryDirectory(prefix="cartwright-", ignore_cleanup_errors=True) as folder,
        embedded.start(Path(folder)) as servers,
        _provider(servers) as door,
        rotation.opened(shops) as mall,
    ):
        migrations.upgrade(servers.owner_url, servers.app_url, servers.broker_url)
        os.environ.update(_environment(Path(folder), servers) | mall.environment)
        channels.register()
        shop.register()
        with connected(configuration.load()) as means:
            _run_clock(means)
            yield Ground(Path(folder), servers, means, dict(os.environ), door, mall)


def _environment(home: Path, servers: Servers) -> dict[str, str]:
    return {
        **_LEASES,
        "CARTWRIGHT_HOME": str(home),
        "DATABASE_URL": servers.owner_url,
        "DATABASE_APP_URL": servers.app_url,
        "DATABASE_BROKER_URL": servers.broker_url,
        "REDIS_URL": servers.redis_url,
        "CARTWRIGHT_SECRET_KEY": secret_key(home),
        "CARTWRIGHT_SANDBOX": "1",
    }


def _run_clock(means: Runtime) -> None:
    with means.sessions.all_stores() as session:
        made = product_clock.shift(session, clock.now(), _PACE)
    clock.follow(lambda: made)


@contextlib.contextmanager
def _provider(servers: Servers) -> Iterator[str]:
    home = servers.folders.home
    told = home / "provider.port"
    words = ["-m", "connector.cli.campaign.provider", str(home / "provider.jsonl"), str(told)]
    child = Child("provider", [sys.executable, *words], servers.folders.logs / "provider.log")
    child.start()
    try:
        child.await_ready(told.exists, _READY_S)
        yield f"127.0.0.1:{told.read_text()}"
    finally:
        child.kill9()
