"""What a run can do next: the values that `decide` answers and services carry out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.domain.flows.conditions import Facts
from connector.domain.flows.sending import Sending


@dataclass(frozen=True)
class RunFacts:
    """All that decides what a run does next; times are product time, UTC.

    `shopper` is only looked up for steps that ask for it (`Step.asks`).
    """

    branch: str
    step_id: str
    entered_step_at: datetime
    started_at: datetime
    last_activity_at: datetime
    abandoned_at: datetime
    ordered: bool
    zone: str = "UTC"  # hers as far as it is known: for wall-clock waits
    clicked: bool = False
    shopper: Facts = field(default_factory=lambda: Facts(""))
    variants: Mapping[str, str] = field(default_factory=dict)  # split step -> her variant


@dataclass(frozen=True)
class Take:
    """Leave the step by one of its exits; `variant` is remembered for the step.

    `at` is when a step that takes time was over, which may be long past: what follows counts
    from then, so that a service that was away neither shifts it nor takes it for fresh.
    """

    exit: str = "next"
    variant: str = ""
    why: str = ""  # for the journal, when a choice was made
    at: datetime | None = None


@dataclass(frozen=True)
class WaitUntil:
    """Nothing to do before `at`."""

    at: datetime


@dataclass(frozen=True)
class Write:
    """Plan the message of this step."""

    send: Sending


@dataclass(frozen=True)
class Tag:
    """Put tags on the contact and take others off."""

    add: tuple[str, ...]
    remove: tuple[str, ...]


@dataclass(frozen=True)
class Errand:
    """Tell an outlet: staff or other software."""

    outlet: str
    target: str
    text: str
    body: Mapping[str, Any] = field(default_factory=dict)
    repeatable: bool = False  # in doubt it may be told again: the other side knows our key


@dataclass(frozen=True)
class End:
    """The run is over."""

    reason: str


Outcome = Take | WaitUntil | Write | Tag | Errand | End  # what one step answers
