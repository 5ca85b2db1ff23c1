"""A service that runs: where it answers, its processes by name, and its orderly end."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from connector.embedded.child import Child
from connector.embedded.folders import Folders
from connector.errors import CartwrightError
from connector.sandbox.keys import Keys
from connector.supervisor.environment import drop_note
from connector.supervisor.keeper import Keeper, Watch
from connector.supervisor.ports import Ports

# Who goes when, and how long each group may take (seconds): work in hand is finished, and what
# that work needs goes last.
_ORDER = (
    (("web", "clock"), 6.0),
    (("worker-",), 20.0),
    (("sandbox",), 4.0),
    (("valkey",), 4.0),
    (("postgres",), 6.0),
)


class GaveUp(CartwrightError):
    """A program kept crashing; the text has its last lines."""


@dataclass
class Running:
    """Everything that a supervisor started; a context manager that stops it all."""

    folders: Folders
    ports: Ports
    watch: Watch
    lifeline: tuple[int, int]  # a pipe that nobody writes to: it closes when we die
    env: dict[str, str] = field(default_factory=dict)
    keys: Keys | None = None  # of the sandboxes, when they run
    children: dict[str, Child] = field(default_factory=dict)
    keepers: list[Keeper] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """The data folder."""
        return self.folders.home

    @property
    def urls(self) -> Mapping[str, str]:
        """Where a browser finds what runs: "web", and each sandbox by its name."""
        names = ["web", *(self.ports.sandbox if self.keys else ())]
        return {name: self.ports.url(name) for name in names if name != "smtp"}

    def process(self, name: str) -> Child:
        """A child: postgres, valkey, sandbox, web, clock, worker-<queue>."""
        return self.children[name]

    def add(self, child: Child) -> None:
        """Start one more child, to be kept alive from `keep` on."""
        self.children[child.name] = child
        child.start()

    def keep(self) -> None:
        """From now on, start again what crashes."""
        self.keepers = [Keeper(child, self.watch) for child in self.children.values()]

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait for the end; GaveUp when a program could not be kept running."""
        self.watch.ended.wait(timeout_s)
        self.check()

    def check(self) -> None:
        """GaveUp when a program could not be kept running."""
        if self.watch.failure:
            raise GaveUp(self.watch.failure)

    def stop(self) -> None:
        """Stop all, the outermost first, within 40 seconds."""
        self.watch.stopping.set()
        for keeper in self.keepers:
            keeper.join()
        for names, seconds in _ORDER:
            _stop_together([c for n, c in self.children.items() if n.startswith(names)], seconds)
        drop_note(self.home)
        for end in self.lifeline:
            with contextlib.suppress(OSError):  # a second stop finds them closed
                os.close(end)
        self.folders.release()

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _stop_together(children: list[Child], timeout_s: float) -> None:
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + timeout_s
    for child in children:
        child.end(max(deadline - time.monotonic(), 0.0))
