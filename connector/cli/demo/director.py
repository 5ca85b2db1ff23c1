"""Plays the stories in the order of their time, and lets the service do what is due between."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from connector.cli.demo.shopper import Shopper
from connector.cli.demo.stories import Plot, Story
from connector.cli.playground import Playground
from connector.cli.playground.quiet import dues, settle

_TOGETHER = timedelta(minutes=5)  # what lies closer is played in one go
_REREAD_S = 0.15  # until every process has seen that the clock was moved
_PATIENCE_S = 40.0

_Waiting = tuple[datetime, int, Shopper, Story]


class Director:
    """Moves the clock from one thing that happens to the next."""

    def __init__(
        self,
        play: Playground,
        cast: Sequence[tuple[Shopper, Plot]],
        look: Callable[[], None],  # called often: shows how far it is
    ) -> None:
        self._play, self._look = play, look
        self._waiting: list[_Waiting] = [
            (she.begun, number, she, plot(she)) for number, (she, plot) in enumerate(cast)
        ]
        heapq.heapify(self._waiting)
        self._limit = self._waiting[0][0]  # who acts before it acts now

    def play(self, until: datetime) -> None:
        """All of it, up to `until`; at the end nothing at all is left to do."""
        while (moment := self._next(until)) is not None:
            self._go_to(moment)
            self._act()
        self._move(until)
        settle(self._play, _PATIENCE_S, self._look, audiences=True)

    def _next(self, until: datetime) -> datetime | None:
        """When the next thing happens; what falls due within minutes of it comes with it.

        Nothing is due between somebody's act and the next ones of the same moment.
        """
        due = dues(self._play, until)
        act = self._waiting[0][0] if self._waiting else until
        if not due and act >= until:
            return None
        first = min(due[0], act) if due else act
        moment = max((at for at in due if at <= min(first + _TOGETHER, act)), default=act)
        later = min((at for at in due if at > moment), default=until)
        self._limit = min(moment + _TOGETHER, later)
        return moment

    def _go_to(self, moment: datetime) -> None:
        """Everything that falls due until then is done before anybody acts."""
        moved = time.monotonic()
        self._move(moment)
        self._settle()
        if self._waiting and self._waiting[0][0] < self._limit:
            threading.Event().wait(max(0.0, moved + _REREAD_S - time.monotonic()))

    def _act(self) -> None:
        acted = False
        while self._waiting and self._waiting[0][0] < self._limit:
            at, number, she, story = heapq.heappop(self._waiting)
            self._move(at)
            acted = True
            minutes = next(story, None)
            if minutes is not None:
                when = she.begun + timedelta(minutes=minutes)
                heapq.heappush(self._waiting, (max(when, at), number, she, story))
        if acted:
            self._settle()

    def _move(self, at: datetime) -> None:
        if at > self._play.clock.now():
            self._play.clock.move(at)

    def _settle(self) -> None:
        self._look()
        settle(self._play, _PATIENCE_S, self._look, audiences=False)
        self._look()
