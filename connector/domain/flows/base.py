"""What every kind of step is."""

from __future__ import annotations

from datetime import datetime, timedelta

from connector.domain.flows.actions import Outcome, RunFacts
from connector.domain.flows.forms import Form


class Step(Form, frozen=True, kw_only=True):
    """One kind of step."""

    asks = False  # True: `act` needs the shopper's facts

    def longest(self) -> timedelta:
        """The most time that a run can spend here."""
        return timedelta()

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """What a run that stands here does."""
        raise NotImplementedError
