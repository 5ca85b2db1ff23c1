"""Steps that let time pass."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from connector.domain.flows.actions import Outcome, RunFacts, Take, WaitUntil
from connector.domain.flows.base import Step
from connector.domain.flows.forms import Wall, span, wall
from connector.domain.hours import next_wall


class Since(StrEnum):
    """What a wait is counted from."""

    STEP = "step"  # when the run came to the wait
    LAST_ACTIVITY = "last_activity"  # the shopper's last change of the cart
    ABANDONED = "abandoned"  # when the cart counted as abandoned


class Wait(Step, frozen=True, kw_only=True):
    """Let time pass."""

    minutes: float = 0
    hours: float = 0
    days: float = 0
    since: Since = Since.STEP

    def __post_init__(self) -> None:
        """Refuse no time, and too much."""
        self.longest()

    def longest(self) -> timedelta:
        """The wait itself."""
        return span(self.minutes, self.hours, self.days)

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """On when the time is over."""
        del step_id
        began = {
            Since.STEP: facts.entered_step_at,
            Since.LAST_ACTIVITY: facts.last_activity_at,
            Since.ABANDONED: facts.abandoned_at,
        }[self.since]
        due = max(began + self.longest(), facts.entered_step_at)
        return Take(at=due) if now >= due else WaitUntil(due)


class WaitUntilTime(Step, frozen=True, kw_only=True):
    """Wait for the next time that her clock shows `time`."""

    time: Wall
    days: list[Annotated[int, Meta(ge=1, le=7)]] = []  # 1 is Monday; none means every day

    def longest(self) -> timedelta:
        """A week, or a day and an hour that a clock change adds."""
        return timedelta(days=8) if self.days else timedelta(hours=25)

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """On at the first such instant after the run came here."""
        del step_id
        weekdays = [day - 1 for day in self.days]
        due = next_wall(facts.entered_step_at, facts.zone, wall(self.time), weekdays)
        return Take(at=due) if now >= due else WaitUntil(due)
