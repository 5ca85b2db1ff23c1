"""How fast deliveries come in, beside the same route without the durable insert."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy.orm import Session

from connector import clock, embedded, migrations
from connector import config as configuration
from connector.cli.installation import connected
from connector.embedded import Servers
from connector.embedded.child import Child
from connector.errors import CartwrightError
from connector.ports.platform import StoreInfo
from connector.services import installs
from connector.services.installs import NewStore
from connector.supervisor import Ports, programs
from jobs.runtime import Runtime

_SHOP = "bench.myshopify.com"
_SECRET = "a-secret-of-the-bench-and-of-nothing-else"  # noqa: S105 - signs nothing but this
# The ratio is of full load: as many connections as the server has threads. The slow end of
# the answers is taken where the goal is set, at half of that.
_FULL, _HALF = 32, 16
_SECONDS, _ROUNDS, _MOST = 3.0, 3, 20_000
_READY_S, _WIRE_S = 30.0, 60.0
_BODY_BYTES = 3000  # about a checkout of three lines


@dataclass(frozen=True)
class Intake:
    """Requests a second with and without the insert, and the slow end of the answers."""

    rate: float
    bare_rate: float
    p50_ms: float
    p99_ms: float

    @property
    def ratio(self) -> float:
        """What durability leaves of the rate."""
        return self.rate / self.bare_rate


def measure(home: Path) -> Intake:
    """Both servers in turn, several rounds, medians; no worker runs beside them."""
    with embedded.start(home) as servers:
        migrations.upgrade(servers.owner_url, servers.app_url, servers.broker_url)
        env = _environment(servers)
        with connected(configuration.load(env)) as means:
            _store(means)
        with (
            _served(home, env, "connector.app:wsgi") as real,
            _served(home, env, "connector.bare:wsgi") as bare,
        ):
            rounds = [
                (_round(bare, _FULL), _round(real, _FULL), _round(real, _HALF))
                for _ in range(_ROUNDS)
            ]
    return Intake(
        rate=median(full["rate"] for _, full, _ in rounds),
        bare_rate=median(bare["rate"] for bare, _, _ in rounds),
        p50_ms=median(half["p50_ms"] for _, _, half in rounds),
        p99_ms=median(half["p99_ms"] for _, _, half in rounds),
    )


def _environment(servers: Servers) -> dict[str, str]:
    return {
        **os.environ,
        "CARTWRIGHT_HOME": str(servers.folders.home),
        "CARTWRIGHT_SECRET_KEY": _SECRET,
        "DATABASE_URL": servers.owner_url,
        "DATABASE_APP_URL": servers.app_url,
        "DATABASE_BROKER_URL": servers.broker_url,
        "REDIS_URL": servers.redis_url,
        "SHOPIFY_API_KEY": "bench",
        "SHOPIFY_API_SECRET": _SECRET,
    }


def _store(means: Runtime) -> None:
    new = NewStore("shopify", _SHOP, {"access_token": "none"}, sandbox=True)
    info = StoreInfo("Bench", "USD", "UTC", f"https://{_SHOP}", "bench@example.com", "US")
    with Session(means.sessions.app) as session, session.begin():
        installs.connect(session, means.vault, new, info, clock.now(), None)


@contextlib.contextmanager
def _served(home: Path, env: dict[str, str], app: str) -> Iterator[str]:
    ports = Ports.free()
    child: Child = programs.web(home, ports, env, {}, app)
    child.start()
    try:
        child.await_ready(lambda: programs.answers_http(ports.web), _READY_S)
        yield ports.door("web")
    finally:
        child.stop()


def _round(door: str, connections: int) -> dict[str, Any]:
    order = {
        "door": door,
        "shop": _SHOP,
        "secret": _SECRET,
        "body": json.dumps({"token": "bench", "note": "x" * _BODY_BYTES}),
        "connections": connections,
        "seconds": _SECONDS,
        "most": _MOST,
    }
    done = subprocess.run(
        [sys.executable, "-m", "connector.cli.bench.wire"],
        input=json.dumps(order).encode(),
        stdout=subprocess.PIPE,
        timeout=_WIRE_S,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    if told["refused"]:
        raise CartwrightError(f"{told['refused']} of {told['answered']} deliveries were refused")
    return told
