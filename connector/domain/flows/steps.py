"""The kinds of steps. Adding one is one class (here, in waits or doing) and a line in StepText.

A step says how it is written (its fields), which branches hang on it (`arms`), what it needs
of the store (`needs`), and what a run that stands on it does (`act`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta
from msgspec import field as named
from msgspec.structs import replace

from connector.domain.flows.actions import Outcome, RunFacts, Take, WaitUntil
from connector.domain.flows.base import Step
from connector.domain.flows.conditions import Condition, share
from connector.domain.flows.doing import (
    CallWebhook,
    Discount,
    EndStep,
    Ladder,
    Notify,
    Send,
    TagStep,
)
from connector.domain.flows.forms import Form, Word, span
from connector.domain.flows.waits import Wait, WaitUntilTime

_LOOK_AGAIN = timedelta(minutes=10)  # a run that waits for a click asks this often


class Branching(Step, frozen=True, kw_only=True):
    """A step with ways to choose from."""

    def arms(self) -> Mapping[str, list[StepText]]:
        """The branches that hang on it, by the name of their exit."""
        raise NotImplementedError


class WaitFor(Branching, frozen=True, kw_only=True):
    """Wait for something to happen, or for the time to be over."""

    event: Literal["order", "click"]
    minutes: float = 0
    hours: float = 0
    days: float = 0
    happened: list[StepText] = []
    otherwise: list[StepText] = []

    def __post_init__(self) -> None:
        """Refuse no time, and too much."""
        self.longest()

    def arms(self) -> Mapping[str, list[StepText]]:
        """It happened, or not."""
        return {"happened": self.happened, "otherwise": self.otherwise}

    def longest(self) -> timedelta:
        """Until the time is over."""
        return span(self.minutes, self.hours, self.days)

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """On as soon as it happened; a click is looked for every ten minutes."""
        del step_id
        if facts.ordered if self.event == "order" else facts.clicked:
            return Take("happened", why=f"{self.event} seen", at=now)
        due = facts.entered_step_at + self.longest()
        if now >= due:
            return Take("otherwise", why=f"no {self.event} in time", at=due)
        return WaitUntil(due if self.event == "order" else min(due, now + _LOOK_AGAIN))


class If(Branching, frozen=True, kw_only=True):
    """Go one of two ways."""

    asks = True
    where: Condition
    yes: list[StepText] = []
    no: list[StepText] = []

    def arms(self) -> Mapping[str, list[StepText]]:
        """Yes and no."""
        return {"yes": self.yes, "no": self.no}

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """Ask."""
        del step_id, now
        found = "yes" if self.where.holds(facts.shopper) else "no"
        return Take(found, why=found)


class Variant(Form, frozen=True, kw_only=True):
    """One way of a split; weights are relative to each other."""

    name: Word
    weight: Annotated[float, Meta(ge=0)] = 1
    steps: list[StepText] = []


class Split(Branching, frozen=True, kw_only=True):
    """Send people different ways, each always the same way."""

    asks = True
    variants: Annotated[list[Variant], Meta(min_length=2, max_length=10)]

    def __post_init__(self) -> None:
        """Refuse two of one name, and weights that leave nobody."""
        names = [variant.name for variant in self.variants]
        if len(set(names)) < len(names):
            raise ValueError("two variants have the same name")
        if not sum(variant.weight for variant in self.variants) > 0:
            raise ValueError("all weights are 0: nobody would pass")

    def arms(self) -> Mapping[str, list[StepText]]:
        """Every variant."""
        return {variant.name: variant.steps for variant in self.variants}

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """The variant that she has already, else the one that is drawn for her."""
        del now
        name = facts.variants.get(step_id) or self._drawn(facts)
        return Take(name, variant=name, why=f"variant {name}")

    def _drawn(self, facts: RunFacts) -> str:
        left = share(f"split:{facts.shopper.draw}") * sum(v.weight for v in self.variants)
        for variant in self.variants:
            left -= variant.weight
            if left < 0:
                return variant.name
        return next(v.name for v in reversed(self.variants) if v.weight > 0)


class StepText(Form, frozen=True, kw_only=True):
    """One step as it is written: an id, exactly one kind, and perhaps where to go on.

    `next` is the id of another step, or "end"; without it the run goes on with the step below.
    """

    id: Word
    next: Word | None = None
    wait: Wait | None = None
    wait_until: WaitUntilTime | None = None
    wait_for: WaitFor | None = None
    if_: If | None = named(default=None, name="if")
    split: Split | None = None
    send: Send | None = None
    ladder: Ladder | None = None
    discount: Discount | None = None
    tag: TagStep | None = None
    notify: Notify | None = None
    webhook: CallWebhook | None = None
    end: EndStep | None = None

    def __post_init__(self) -> None:
        """Refuse no kind, and two."""
        if len(self._given()) != 1:
            known = ", ".join(name.rstrip("_") for name in KINDS)
            raise ValueError(f"step {self.id!r}: say exactly one of {known}")

    @property
    def step(self) -> Step:
        """What it is."""
        return self._given()[0][1]

    def spelled_out(self) -> list[StepText]:
        """The simpler steps that it stands for; itself for most kinds."""
        if self.ladder is None:
            return [self]
        parts: list[StepText] = []
        for number, (send, wait) in enumerate(self.ladder.rungs_as_steps(), 1):
            rung = self.id if number == 1 else f"{self.id}.{number}"
            if wait is not None:
                parts.append(StepText(id=f"{self.id}.wait{number}", wait=wait))
            parts.append(StepText(id=rung, send=send))
        parts[-1] = replace(parts[-1], next=self.next)
        return parts

    @property
    def kind(self) -> str:
        """How it is written: "wait", "if", …."""
        return self._given()[0][0].rstrip("_")

    @property
    def arms(self) -> Mapping[str, list[StepText]]:
        """The branches that hang on it, by the name of their exit."""
        step = self.step
        return step.arms() if isinstance(step, Branching) else {}

    def _given(self) -> list[tuple[str, Step]]:
        return [(name, value) for name in KINDS if (value := getattr(self, name)) is not None]


KINDS = tuple(name for name in StepText.__struct_fields__ if name not in {"id", "next"})
