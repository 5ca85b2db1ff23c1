"""Watches one child: starts it again when it crashes, gives up when it keeps crashing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from connector.embedded.child import Child
from connector.errors import ConfigError

_WINDOW_S = 60.0
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


@dataclass
class Watch:
    """What all keepers share: when to stop, whom to tell, how much to bear."""

    notice: Callable[[str], None]
    crashes_allowed: int  # within a minute, by one child
    stopping: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    failure: str = ""

    def give_up(self, why: str) -> None:
        """Say why the service cannot go on."""
        self.failure = self.failure or why
        self.ended.set()


class Keeper:
    """One child's keeper, a thread of its own; `stop` the watch before you stop the child."""

    def __init__(self, child: Child, watch: Watch) -> None:
        self._child, self._watch = child, watch
        self._crashes: list[float] = []
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until no restart is under way."""
        self._thread.join(timeout=10)

    def _keep(self) -> None:
        while self._ended_by_itself() and self._may_go_on():
            self._start_again()

    def _ended_by_itself(self) -> bool:
        stopping = self._watch.stopping
        while not stopping.is_set() and self._child.alive:
            self._child.wait(0.2)
        return not stopping.is_set()

    def _may_go_on(self) -> bool:
        """Count the crash, tell of it, and pause; False when it was one too many."""
        now = time.monotonic()
        self._crashes = [at for at in self._crashes if now - at < _WINDOW_S] + [now]
        what = f"{self._child.name} {self._child.how_it_ended()}"
        if len(self._crashes) >= self._watch.crashes_allowed:
            self._watch.give_up(f"{what}, again and again:\n{self._child.last_words()}")
            return False
        self._watch.notice(f"{what}; starting it again")
        pause = min(_FIRST_PAUSE_S * 2 ** len(self._crashes), _LONGEST_PAUSE_S)
        return not self._watch.stopping.wait(pause)

    def _start_again(self) -> None:
        try:
            self._child.start()
        except ConfigError as error:  # counted as a crash by the next round
            self._watch.notice(str(error))
