"""Kills processes at random instants, each as often as it was asked to."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from random import Random

import psutil

from connector.embedded.child import Child
from connector.supervisor import Running

# How long a process lives after its restart: our own take some seconds to begin to work.
_SERVER_LIVES_S, _OURS_LIVES_S = (3.0, 10.0), (5.0, 12.0)
_SERVERS = frozenset({"postgres", "valkey"})
_LOOK_S = 0.02
_MAIN_ONLY = 0.5  # how often a server is killed itself, and not one of its workers


class Killer:
    """Works until every target was killed `kills` times; `counts` says how often it did."""

    def __init__(self, running: Running, seed: int, look: Callable[[], None]) -> None:
        self.targets = [name for name in running.children if name != "sandbox"]
        self.counts: Counter[str] = Counter()
        self._running, self._look = running, look
        self._luck = Random(seed)  # noqa: S311 - instants, not secrets
        self._wait = threading.Event()

    def kill_all(self, kills: int) -> None:
        """Each target until it was killed that often in all; they fall in random order."""
        left = {name: self._life(name) for name in self.targets if self.counts[name] < kills}
        while left:
            self._running.check()
            self._look()
            self._wait.wait(_LOOK_S)
            for name in list(left):
                left[name] -= _LOOK_S if self._running.process(name).alive else 0
                if left[name] <= 0 and self._kill(name):
                    left[name] = self._life(name)
                    if self.counts[name] >= kills:
                        del left[name]

    def _life(self, name: str) -> float:
        return self._luck.uniform(*(_SERVER_LIVES_S if name in _SERVERS else _OURS_LIVES_S))

    def _kill(self, name: str) -> bool:
        """Kill it if it lives."""
        child = self._running.process(name)
        if not child.alive:
            return False
        victim = self._victim(child)
        if victim is None:
            child.kill9()
        else:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        self.counts[name] += 1
        return True

    def _victim(self, child: Child) -> psutil.Process | None:
        """One of the web server's workers, or None for the process itself."""
        if child.name != "web" or self._luck.random() < _MAIN_ONLY:
            return None
        with suppress(psutil.NoSuchProcess):
            workers = psutil.Process(child.pid).children(recursive=True)
            return self._luck.choice(workers) if workers else None
        return None
