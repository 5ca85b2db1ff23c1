"""Moves the time of the service and of all sandboxes together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from connector import clock
from connector.cli.playground.calls import Lever
from connector.services import product_clock
from connector.session import Sessions


class Timekeeper:
    """The one hand that shifts clocks; time runs at its real pace between the moves."""

    def __init__(self, sessions: Sessions, levers: Sequence[Lever]) -> None:
        self._sessions, self._levers = sessions, levers
        self.stores: list[int] = []

    def now(self) -> datetime:
        """The product's present, UTC."""
        return clock.now()

    def begin(self, at: datetime) -> None:
        """Set all clocks before anything happens."""
        self._set(at)

    def move(self, to: datetime) -> None:
        """Go forward; what the service knew of the stores' orders is old then."""
        for store_id in self.stores:
            self._sessions.in_store(
                store_id, lambda s, store_id=store_id: product_clock.forget_pictures(s, store_id)
            )
        self._set(to)

    def _set(self, at: datetime) -> None:
        for lever in self._levers:
            lever.post("clock", at=at.astimezone(UTC).isoformat())
        with self._sessions.all_stores() as session:
            product_clock.shift(session, at)
        clock.reread()

    def end(self) -> None:
        """Back to real time."""
        with self._sessions.all_stores() as session:
            product_clock.clear(session)
        clock.reread()
