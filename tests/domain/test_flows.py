"""Flows as text, and what a run does next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.flows import (
    Finish,
    Flow,
    FlowError,
    GoTo,
    Plan,
    RunFacts,
    WaitUntil,
    decide,
    entry,
    read,
)
from jobs.connecting import library_flow

NOW = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
FIRST = read(library_flow("cart-recovery"))


def facts(step: str, branch: str = "steps", *, ordered: bool = False, ago: float = 0) -> RunFacts:
    """A run that came to a step some hours ago."""
    then = NOW - timedelta(hours=ago)
    return RunFacts(branch, step, then, then, ordered)


def test_the_first_sequence_reads_like_its_picture() -> None:
    path: list[str] = []
    where = entry(FIRST)
    while isinstance(where, GoTo):
        path.append(where.step_id)
        action = decide(FIRST, facts(where.step_id, where.branch, ago=100), NOW)
        where = action.then if isinstance(action, Plan) else action  # type: ignore[assignment]
    assert path == ["calm", "reminder", "day", "offer"]
    assert where == Finish("all steps done")


def test_a_wait_is_counted_from_the_last_activity_or_from_its_own_beginning() -> None:
    assert decide(FIRST, facts("calm", ago=0.5), NOW) == WaitUntil(NOW + timedelta(minutes=30))
    assert decide(FIRST, facts("day", ago=0.5), NOW) == WaitUntil(NOW + timedelta(hours=23.5))
    assert decide(FIRST, facts("calm", ago=1), NOW) == GoTo("steps", "reminder")


def test_an_order_takes_the_run_to_its_own_branch_from_anywhere() -> None:
    for step in ("calm", "reminder", "day", "offer"):
        assert decide(FIRST, facts(step, ordered=True), NOW) == GoTo("on_order", "thanks")
    thanks = decide(FIRST, facts("thanks", "on_order", ordered=True), NOW)
    assert isinstance(thanks, Plan)
    assert thanks.step.transactional


def test_a_step_that_is_no_more_ends_the_run() -> None:
    assert decide(FIRST, facts("gone"), NOW) == Finish("the flow has no step 'gone'")


def flow(**changes: Any) -> dict[str, Any]:
    """A small flow's text."""
    text: dict[str, Any] = {
        "key": "k", "name": "n", "trigger": "cart_abandoned",
        "steps": [{"id": "a", "wait": {"hours": 1}}],
    }  # fmt: skip
    return {**text, **changes}


SEND = {"medium": "email", "template": "reminder"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (flow(steps=[]), "at least one"),
        (flow(colour="red"), "'colour' is not known"),
        (flow(steps=[{"id": "a"}]), "exactly one of wait, send"),
        (flow(steps=[{"id": "a", "wait": {"hours": 1}, "send": SEND}]), "exactly one"),
        (flow(steps=[{"id": "a", "wait": {"hours": 0}}]), "more than 0 hours"),
        (flow(steps=[{"id": "a", "wait": {"hours": 91 * 24}}]), "at most 90 days"),
        (flow(steps=[{"id": "a", "wait": {"hours": 1}}] * 2), "there twice"),
        (flow(steps=[{"wait": {"hours": 1}}]), "id is missing"),
        (
            flow(
                steps=[{"id": "a", "send": {**SEND, "offer": {"percent": 101, "valid_hours": 1}}}]
            ),
            "at most 100",
        ),
        (flow(steps=[{"id": "a", "send": {"medium": "email"}}]), "template is missing"),
    ],
)
def test_a_flow_that_cannot_run_is_refused_with_the_place(text: dict[str, Any], says: str) -> None:
    with pytest.raises(FlowError, match=says):
        read(text)


@given(
    st.lists(st.sampled_from(["wait", "send"]), min_size=1, max_size=8),
    st.booleans(),
    st.floats(0, 3000),
)
def test_a_run_always_comes_to_rest(kinds: list[str], ordered: bool, ago: float) -> None:
    bodies = {"wait": {"hours": 2}, "send": SEND}
    steps = [{"id": str(i), kind: bodies[kind]} for i, kind in enumerate(kinds)]
    drawn: Flow = read(flow(steps=steps))
    where: Any = entry(drawn)
    for _ in range(len(kinds) * 2 + 2):
        if not isinstance(where, GoTo):
            break
        action = decide(drawn, facts(where.step_id, where.branch, ordered=ordered, ago=ago), NOW)
        where = action.then if isinstance(action, Plan) else action
    assert isinstance(where, Finish | WaitUntil)
