"""Flows: the steps a merchant drew, and the pure decision what a run does next.

A flow is a list of steps and a second list for when an order arrives. Adding a kind of step
is one class and one line in READERS. The merchant's text form is documented by the library in
templates/flows/.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from connector.domain.discounts import OfferKind

MAX_WAIT = timedelta(days=90)
STEPS, ON_ORDER = "steps", "on_order"


class FlowError(ValueError):
    """A flow that cannot be run; the text names the place and the mend."""


class Since(StrEnum):
    """What a wait is counted from."""

    STEP = "step"  # when the run came to the wait
    LAST_ACTIVITY = "last_activity"  # the shopper's last change of the cart


@dataclass(frozen=True)
class Offer:
    """What a message gives: 5 means 5 %, for `valid_for` from when the code is made."""

    kind: OfferKind
    percent: Decimal
    valid_for: timedelta


@dataclass(frozen=True)
class WaitStep:
    """Let time pass."""

    id: str
    span: timedelta
    since: Since = Since.STEP


@dataclass(frozen=True)
class SendStep:
    """Write to the shopper, once; dropped when it is `within` too late."""

    id: str
    medium: str
    template: str
    transactional: bool = False
    offer: Offer | None = None
    within: timedelta = timedelta(hours=24)


Step = WaitStep | SendStep


@dataclass(frozen=True)
class Flow:
    """One version of a flow."""

    key: str
    name: str
    trigger: str
    steps: tuple[Step, ...]
    on_order: tuple[Step, ...] = ()

    def branch(self, name: str) -> tuple[Step, ...]:
        """The steps of "steps" or "on_order"."""
        return self.on_order if name == ON_ORDER else self.steps


@dataclass(frozen=True)
class RunFacts:
    """All that decides what a run does next; times are product time, UTC."""

    branch: str
    step_id: str
    entered_step_at: datetime
    last_activity_at: datetime
    ordered: bool


@dataclass(frozen=True)
class GoTo:
    """Move to a step of a branch."""

    branch: str
    step_id: str


@dataclass(frozen=True)
class WaitUntil:
    """Nothing to do before `at`."""

    at: datetime


@dataclass(frozen=True)
class Plan:
    """Plan the message of this step, then move on."""

    step: SendStep
    then: GoTo | Finish


@dataclass(frozen=True)
class Finish:
    """The run is over."""

    reason: str


Action = GoTo | WaitUntil | Plan | Finish


def decide(flow: Flow, facts: RunFacts, now: datetime) -> Action:
    """What a run does next; called again and again until it waits or finishes."""
    if facts.ordered and facts.branch == STEPS:
        return _start_of(flow, ON_ORDER, "ordered")
    branch = flow.branch(facts.branch)
    index = next((i for i, step in enumerate(branch) if step.id == facts.step_id), None)
    if index is None:
        return Finish(f"the flow has no step {facts.step_id!r}")
    after = _after(flow, facts.branch, index)
    step = branch[index]
    if isinstance(step, SendStep):
        return Plan(step, after)
    due = _counted_from(step, facts) + step.span
    return after if now >= due else WaitUntil(due)


def entry(flow: Flow) -> GoTo | Finish:
    """Where a new run begins."""
    return _start_of(flow, STEPS, "the flow has no steps")


def _counted_from(step: WaitStep, facts: RunFacts) -> datetime:
    if step.since is Since.LAST_ACTIVITY:
        return facts.last_activity_at
    return facts.entered_step_at


def _start_of(flow: Flow, branch: str, otherwise: str) -> GoTo | Finish:
    steps = flow.branch(branch)
    return GoTo(branch, steps[0].id) if steps else Finish(otherwise)


def _after(flow: Flow, branch: str, index: int) -> GoTo | Finish:
    steps = flow.branch(branch)
    if index + 1 < len(steps):
        return GoTo(branch, steps[index + 1].id)
    return Finish("all steps done")


def read(text: Mapping[str, Any]) -> Flow:
    """Turn a flow's text form into a Flow; FlowError says what is wrong and where."""
    _only(text, "the flow", {"key", "name", "trigger", STEPS, ON_ORDER})
    steps, on_order = (_steps(text.get(name) or [], name) for name in (STEPS, ON_ORDER))
    ids = [step.id for step in (*steps, *on_order)]
    twice = {name for name in ids if ids.count(name) > 1}
    if twice:
        raise FlowError(f"step {min(twice)!r} is there twice: give each its own id")
    if not steps:
        raise FlowError("steps: the flow needs at least one")
    return Flow(
        key=_word(text, "key"),
        name=_word(text, "name"),
        trigger=_word(text, "trigger"),
        steps=steps,
        on_order=on_order,
    )


def _steps(items: list[Any], place: str) -> tuple[Step, ...]:
    return tuple(_step(item, f"{place}[{index}]") for index, item in enumerate(items))


def _step(item: Mapping[str, Any], place: str) -> Step:
    kinds = [kind for kind in READERS if kind in item]
    if len(kinds) != 1:
        raise FlowError(f"{place}: say exactly one of {', '.join(READERS)}")
    _only(item, place, {"id", kinds[0]})
    return READERS[kinds[0]](_word(item, "id"), item[kinds[0]], place)


def _wait(step_id: str, body: Mapping[str, Any], place: str) -> Step:
    _only(body, place, {"hours", "since"})
    span = timedelta(hours=float(body["hours"]))
    if not timedelta() < span <= MAX_WAIT:
        raise FlowError(f"{place}: a wait is more than 0 hours and at most 90 days")
    return WaitStep(step_id, span, Since(body.get("since", Since.STEP)))


def _send(step_id: str, body: Mapping[str, Any], place: str) -> Step:
    _only(body, place, {"medium", "template", "transactional", "offer", "within_hours"})
    return SendStep(
        id=step_id,
        medium=_word(body, "medium"),
        template=_word(body, "template"),
        transactional=bool(body.get("transactional", False)),
        offer=_offer(body["offer"], place) if "offer" in body else None,
        within=timedelta(hours=float(body.get("within_hours", 24))),
    )


def _offer(body: Mapping[str, Any], place: str) -> Offer:
    _only(body, f"{place}.offer", {"percent", "valid_hours"})
    percent = Decimal(str(body["percent"]))
    if not 0 < percent <= 100:  # noqa: PLR2004 - per cent
        raise FlowError(f"{place}.offer: percent is more than 0 and at most 100")
    return Offer(OfferKind.PERCENT, percent, timedelta(hours=float(body["valid_hours"])))


def _word(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise FlowError(f"{name} is missing")
    return value


def _only(body: Mapping[str, Any], place: str, known: set[str]) -> None:
    unknown = sorted(set(body) - known)
    if unknown:
        raise FlowError(f"{place}: {unknown[0]!r} is not known; use {', '.join(sorted(known))}")


READERS: dict[str, Callable[[str, Mapping[str, Any], str], Step]] = {
    "wait": _wait,
    "send": _send,
}
