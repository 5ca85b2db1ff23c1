"""Embedded PostgreSQL and Valkey: started, found again and stopped by our own process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from connector.embedded.folders import Folders, hold
from connector.embedded.postgres import APP, BROKER, OWNER, Postgres
from connector.embedded.valkey import Valkey


@dataclass
class Servers:
    """Both servers, running in one data folder; each can be killed and started by itself."""

    folders: Folders
    postgres: Postgres
    valkey: Valkey

    @property
    def owner_url(self) -> str:
        """For migrations."""
        return self.postgres.url(OWNER)

    @property
    def app_url(self) -> str:
        """For work on one store; the role is made by the first migration."""
        return self.postgres.url(APP)

    @property
    def broker_url(self) -> str:
        """For intake and dispatch; the role is made by the first migration."""
        return self.postgres.url(BROKER)

    @property
    def redis_url(self) -> str:
        """For the doorbell."""
        return self.valkey.url

    def stop(self) -> None:
        """Stop both and let go of the folder."""
        self.valkey.stop()
        self.postgres.stop()
        self.folders.release()

    def __enter__(self) -> Servers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(home: Path) -> Servers:
    """Start both servers on the data in `home`; ConfigError says what stands in the way."""
    folders = hold(home)
    try:
        servers = Servers(folders, Postgres(folders), Valkey(folders))
        _start(servers)
    except BaseException:
        folders.release()
        raise
    return servers


def _start(servers: Servers) -> None:
    try:
        servers.postgres.start()
        servers.valkey.start()
    except BaseException:
        servers.valkey.stop()
        servers.postgres.stop()
        raise
