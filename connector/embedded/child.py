"""A child process that cannot outlive us, and that can be stopped, killed and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connector.errors import ConfigError

_TETHER = Path(__file__).with_name("tether.py")
_LOG_LIMIT = 10 * 1024 * 1024  # a larger log is set aside at the next start
# The kernel's parent-death signal follows the *thread* that forked: all children are forked by
# this one, which lives as long as the process does.
_forker = ThreadPoolExecutor(1, thread_name_prefix="forker")


@dataclass
class Child:
    """One supervised program; its output goes to a log file."""

    name: str
    command: Sequence[str]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    env: Mapping[str, str] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)  # more arguments of Popen
    user: str = ""  # "uid:gid" to run as; "" for our own
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; the one before must have ended."""
        _set_aside(self.log)
        with self.log.open("ab") as log:
            self.process = _forker.submit(self._spawn, log.fileno()).result()

    def _spawn(self, log: int) -> subprocess.Popen[bytes]:
        tether = [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid())]
        return subprocess.Popen(  # noqa: S603 - our own programs, and no shell
            [*tether, str(int(self.stop_signal)), self.user, *self.command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=None if self.env is None else dict(self.env),
            start_new_session=True,  # Ctrl-C reaches only us: we stop them in order
            **self.options,
        )

    @property
    def pid(self) -> int:
        """The process id; 0 before the first start."""
        return self.process.pid if self.process else 0

    @property
    def alive(self) -> bool:
        """True while it runs."""
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send its stop signal, without waiting."""
        if self.process is not None and self.alive:
            self.process.send_signal(self.stop_signal)

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; False if it still runs after `timeout_s`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self.process is not None:
                self.process.wait(timeout_s)
        return not self.alive

    def end(self, timeout_s: float) -> None:
        """Wait for its end, and force it when that takes longer than `timeout_s`."""
        if not self.wait(timeout_s):
            self.kill9()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Stop it politely, by force when that takes longer than `timeout_s`."""
        self.ask_to_stop()
        self.end(timeout_s)

    def how_it_ended(self) -> str:
        """In words: the signal that killed it, or its exit code."""
        code = self.process.returncode if self.process else 0
        if code < 0:
            return f"was killed ({signal.Signals(-code).name})"
        return f"ended with code {code}"

    def kill9(self) -> None:
        """Kill it as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def await_ready(self, answers: Callable[[], bool], timeout_s: float) -> None:
        """Wait until it answers; ConfigError with its last words when it does not."""
        wait_until(lambda: not self.alive or answers(), timeout_s)
        if not self.alive or not answers():
            self.stop()
            raise ConfigError(f"{self.name} did not start: {self.last_words(1)} (see {self.log})")

    def last_words(self, lines: int = 5) -> str:
        """The end of its log."""
        with contextlib.suppress(FileNotFoundError):
            text = self.log.read_bytes()[-8000:].decode(errors="replace")
            return "\n".join(text.strip().splitlines()[-lines:])
        return ""


def _set_aside(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".old"))


def wait_until(check: Callable[[], bool], timeout_s: float, every_s: float = 0.02) -> bool:
    """Ask `check` again and again; False when the time is over."""
    pause = threading.Event()
    deadline = time.monotonic() + timeout_s
    while not check():
        if time.monotonic() > deadline:
            return False
        pause.wait(every_s)
    return True


def server_env() -> dict[str, str]:
    """The little of our environment that a server needs: it shall not know our secrets."""
    kept = {name: os.environ.get(name, "") for name in ("PATH", "LD_LIBRARY_PATH")}
    return {name: value for name, value in kept.items() if value} | {"TZ": "UTC"}
