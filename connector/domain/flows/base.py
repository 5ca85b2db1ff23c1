"""What every kind of step is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connector.domain.flows.actions import Outcome, RunFacts
from connector.domain.flows.forms import Form

if TYPE_CHECKING:
    from connector.domain.flows.steps import StepText


class Step(Form, frozen=True, kw_only=True):
    """One kind of step."""

    asks = False  # True: `act` needs the shopper's facts

    def arms(self) -> Mapping[str, list[StepText]]:
        """The branches that hang on this step, by the name of their exit."""
        return {}

    def longest(self) -> timedelta:
        """The most time that a run can spend here."""
        return timedelta()

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """What a run that stands here does."""
        raise NotImplementedError
