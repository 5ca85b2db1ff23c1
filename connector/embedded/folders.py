"""The folder of an installation: who may use it, and where in it things lie."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from connector.errors import ConfigError

_LONGEST_SOCKET = 107  # bytes of a unix socket's path, less its final NUL
_LONGEST_NAME = "pg/.s.PGSQL.5432.lock"


@dataclass
class Folders:
    """Our data folder, held by a lock so that only one service runs in it."""

    home: Path
    sockets: Path  # readable by us alone: that is the servers' only password
    _lock: IO[str]

    @property
    def logs(self) -> Path:
        """One log a program."""
        return self.home / "logs"

    def release(self) -> None:
        """Let another service use the folder."""
        if not self.sockets.is_relative_to(self.home):
            shutil.rmtree(self.sockets, ignore_errors=True)
        self._lock.close()


def hold(home: Path) -> Folders:
    """Make and lock the data folder; ConfigError when it is not ours to use or is in use."""
    home = home.absolute()
    try:
        for folder in (home, home / "logs"):
            folder.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        lock = (home / "lock").open("w")
    except OSError as error:
        raise ConfigError(
            f"cannot use the data folder {home} ({error.strerror}):"
            " give yourself rights on it, or set CARTWRIGHT_HOME to another folder"
        ) from error
    _lock_or_refuse(lock, home)
    return Folders(home, _sockets(home), lock)


def in_use(home: Path) -> bool:
    """True while a service runs in this folder."""
    path = home / "lock"
    if not path.exists():
        return False
    with path.open("r") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _lock_or_refuse(lock: IO[str], home: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise ConfigError(
            f"Cartwright already runs in {home}: stop it first,"
            " or set CARTWRIGHT_HOME to another folder"
        ) from None


def _sockets(home: Path) -> Path:
    near = home / "run"
    if len(os.fsencode(near / _LONGEST_NAME)) > _LONGEST_SOCKET:
        return Path(tempfile.mkdtemp(prefix="cartwright-"))
    near.mkdir(mode=0o700, exist_ok=True)
    near.chmod(0o700)
    return near
