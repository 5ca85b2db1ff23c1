"""Moves the time of the service and of all sandboxes together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from connector import clock
from connector.cli.playground.calls import Lever
from connector.services import product_clock
from connector.session import Sessions


class Timekeeper:
    """The one hand that shifts clocks; between the moves time runs at its pace."""

    def __init__(self, sessions: Sessions, levers: Sequence[Lever]) -> None:
        self._sessions, self._levers = sessions, levers
        self.stores: list[int] = []

    def now(self) -> datetime:
        """The product's present, UTC."""
        return clock.now()

    def run(self, at: datetime, rate: float) -> None:
        """Make it `at` for the service; from there `rate` seconds pass in each real one."""
        with self._sessions.all_stores() as session:
            made = product_clock.shift(session, at, rate)
        clock.follow(lambda: made)  # whoever moves it need not ask

    def move(self, to: datetime) -> None:
        """Jump forward, sandboxes too; what was known of the stores' orders is old then."""
        for store_id in self.stores:
            with self._sessions.store(store_id) as session:
                product_clock.forget_pictures(session, store_id)
        for lever in self._levers:
            lever.post("clock", at=to.astimezone(UTC).isoformat())
        self.run(to, 1.0)

    def end(self) -> None:
        """Back to real time."""
        with self._sessions.all_stores() as session:
            product_clock.clear(session)
        clock.follow(lambda: None)
