"""Starts the whole service on this machine and keeps it running.

    with Supervisor(home, Ports.free()).start() as running:
        running.urls["web"]; running.env; running.process("worker-messages").kill9()

Without DATABASE_URL it brings its own PostgreSQL, without REDIS_URL its own Valkey.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connector import lifeline
from connector.config import Config, load
from connector.embedded.child import Child
from connector.embedded.folders import hold
from connector.embedded.postgres import APP, BROKER, OWNER, Postgres
from connector.embedded.valkey import Valkey
from connector.sandbox.keys import load_or_make
from connector.supervisor import programs
from connector.supervisor.checks import refuse_dead_database, refuse_dead_redis
from connector.supervisor.environment import leave_note, sandbox_environment, secret_key
from connector.supervisor.keeper import Watch
from connector.supervisor.ports import Ports, refuse_taken
from connector.supervisor.running import GaveUp, Running

__all__ = ["GaveUp", "Ports", "Running", "Supervisor"]

_ROLES = {"DATABASE_URL": OWNER, "DATABASE_APP_URL": APP, "DATABASE_BROKER_URL": BROKER}
_READY_S = 30.0


def _silent(text: str) -> None:
    del text


@dataclass
class Supervisor:
    """How the service shall run; `start` makes it so."""

    home: Path
    ports: Ports = field(default_factory=Ports)
    sandbox: bool = True  # also stores and vendors to play with
    extra: Mapping[str, str] = field(default_factory=dict)  # more environment for the children
    crashes_allowed: int = 5  # by one program within a minute
    notice: Callable[[str], None] = _silent  # told of crashes and restarts

    def start(self) -> Running:
        """Start everything and wait until it answers; ConfigError leaves nothing running."""
        config = load()
        refuse_taken({"web": self.ports.web, **(self.ports.sandbox if self.sandbox else {})})
        running = Running(
            folders=hold(self.home),
            ports=self.ports,
            watch=Watch(self.notice, self.crashes_allowed),
            lifeline=os.pipe(),
        )
        try:
            self._start(running, config)
        except BaseException:
            running.stop()
            raise
        return running

    def _start(self, running: Running, config: Config) -> None:
        running.env = self._environment(running)
        if self.sandbox:  # first, and awaited last: it needs nothing of ours
            running.add(programs.sandbox(running.home, self.ports, running.env, _options(running)))
        _start_servers(running, config)
        _migrate(running)
        leave_note(running.home, _without_secret_key(running.env))
        self._start_service(running)
        self._await_all(running)
        running.keep()

    def _environment(self, running: Running) -> dict[str, str]:
        """The whole environment of a child, but for the servers' addresses."""
        env = {**os.environ, "CARTWRIGHT_HOME": str(running.home), "PYTHONUNBUFFERED": "1"}
        env.setdefault("CARTWRIGHT_SECRET_KEY", secret_key(running.home))
        env.setdefault("CARTWRIGHT_URL", self.ports.url("web"))
        env[lifeline.VARIABLE] = str(running.lifeline[0])
        if self.sandbox:
            running.keys = load_or_make(running.home / "sandbox")
            env |= sandbox_environment(self.ports, running.keys)
        return {**env, **self.extra}

    def _start_service(self, running: Running) -> None:
        from jobs.runtime import QUEUES

        home, env, options = running.home, running.env, _options(running)
        running.add(programs.web(home, self.ports, env, options))
        running.add(programs.ours("clock", ["clock"], home, env, options))
        for queue in QUEUES:
            words = ["worker", queue]
            running.add(programs.ours(f"worker-{queue}", words, home, env, options))

    def _await_all(self, running: Running) -> None:
        for name, port in (self.ports.sandbox if self.sandbox else {}).items():
            if name != "smtp":
                _await_http(running.process("sandbox"), port)
        _await_http(running.process("web"), self.ports.web, "/healthz")


def _start_servers(running: Running, config: Config) -> None:
    """Our own servers, or a look at those that the environment names."""
    if config.embedded:
        postgres = Postgres(running.folders)
        running.add(postgres)
        running.env |= {name: postgres.url(role) for name, role in _ROLES.items()}
    else:
        refuse_dead_database("DATABASE_URL", config.database_url)
    if config.redis_url:
        refuse_dead_redis(config.redis_url)
    else:
        valkey = Valkey(running.folders)
        running.add(valkey)
        running.env["REDIS_URL"] = valkey.url


def _migrate(running: Running) -> None:
    from connector import migrations

    migrations.upgrade(*(running.env[name] for name in _ROLES))
    for name in _ROLES:
        refuse_dead_database(name, running.env[name])


def _await_http(child: Child, port: int, path: str = "/") -> None:
    child.await_ready(lambda: programs.answers_http(port, path), _READY_S)


def _options(running: Running) -> dict[str, Any]:
    return {"pass_fds": (running.lifeline[0],), "cwd": running.home}


def _without_secret_key(env: Mapping[str, str]) -> dict[str, str]:
    ours = ("CARTWRIGHT_", "DATABASE_", "REDIS_", "SHOPIFY_")
    kept = {name: value for name, value in env.items() if name.startswith(ours)}
    kept.pop("CARTWRIGHT_SECRET_KEY", None)
    kept.pop(lifeline.VARIABLE, None)
    return kept
