"""Flows that are not sound, and money that is not the store's: refused with place and mend."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from connector.domain.flows import read_text
from connector.domain.flows.checks import problems, says
from connector.domain.flows.source import with_lines
from tests.domain.flow_cases import FIVE, MEANS, choice, errors, found, send, wait
from tests.domain.flow_strategies import flows, of_its_own


def test_a_sound_flow_has_no_problems() -> None:
    assert found(wait("w"), send("a"), wait("v"), send("b", template="offer", offer=FIVE)) == []


def test_the_steps_must_not_go_in_a_circle() -> None:
    """The step that leads back is named, not the last one of the arm that falls out of it."""
    again = choice("ask", {"returning": True}, yes=[send("b")])
    assert errors(wait("w"), send("a"), {**again, "next": "w"}) == [
        "steps[2].next: the steps go in a circle: w → a → ask → w — "
        "let `next` lead to a later step, or to end"
    ] or errors(wait("w"), send("a"), {**again, "next": "w"})[0].startswith("steps[2].next")
    assert errors({**send("a"), "next": "a"})[0].startswith(
        "steps[0].next: the steps go in a circle"
    )


@pytest.mark.parametrize(
    ("steps", "place", "what"),
    [
        ([send("a"), wait("w")], "steps[1]", "nothing happens after this wait"),
        (
            [send("a"), {"id": "w", "wait_until": {"time": "10:00"}}, {"id": "e", "end": {}}],
            "steps[1]", "nothing happens after this wait",
        ),
        (
            [send("a"), {"id": "w", "wait_for": {"event": "click", "hours": 1}}],
            "steps[1]", "nothing happens after this wait",
        ),
        (
            [send("a"), choice("c", {"returning": True})],
            "steps[1]", "nothing happens after this choice",
        ),
        (
            [send("a"), {"id": "c", "split": {"variants": [{"name": "x"}, {"name": "y"}]}}],
            "steps[1]", "nothing happens after this choice",
        ),
        (
            [choice("c", {"returning": True}, yes=[send("a")], no=[wait("w")])],
            "steps[0].if.no[0]", "nothing happens after this wait",
        ),
        ([{"id": "e", "end": {}}], "steps", "nothing ever happens in this flow"),
        ([wait("w")], "steps", "nothing ever happens in this flow"),
    ],
)  # fmt: skip
def test_a_dead_end_is_refused(steps: list[Any], place: str, what: str) -> None:
    assert any(said.startswith(f"{place}: {what}") for said in errors(*steps))


def test_an_arm_may_be_empty_when_something_follows_below() -> None:
    assert errors(choice("c", {"returning": True}, yes=[send("a")])) == []
    assert errors(choice("c", {"returning": True}, yes=[wait("w")]), send("a")) == []


def test_steps_that_nobody_comes_to_are_refused() -> None:
    said = errors({**send("a"), "next": "end"}, wait("w"), send("b"))
    assert [one for one in said if "no run can come" in one] == [
        "steps[1]: no run can come to step 'w' — "
        "take it out, or let the `next` of a step lead to it"
    ]
    assert "no run can come to step 'b'" in " ".join(errors({"id": "e", "end": {}}, send("b")))


def test_an_on_order_branch_needs_a_flow_that_an_order_ends() -> None:
    thanks = [send("t", template="thanks", transactional=True)]
    head: dict[str, Any] = {"trigger": "order_paid", "on_order": thanks}
    assert "on_order: an order does not end this flow" in errors(send("a"), **head)[0]
    assert errors(send("a"), rules={"exits": ["order"]}, **head) == []


def test_a_wait_for_an_order_has_nothing_to_add_where_an_order_ends_the_steps() -> None:
    bought = {"event": "order", "days": 1, "happened": [send("t", template="thanks")]}
    steps = ({"id": "w", "wait_for": bought}, send("a"))
    assert errors(*steps) == [
        "steps[0].wait_for.happened: an order ends these steps: nobody comes here — "
        "put it under on_order, or write `on_order: continue`"
    ]
    assert errors(*steps, on_order="continue") == []
    assert errors(*steps, trigger="order_refunded") == []


def test_ninety_days_are_the_limit_of_all_waits_together() -> None:
    assert errors(wait("u", days=45), send("a"), wait("v", days=45), send("b")) == []
    assert errors(wait("u", days=45), send("a"), wait("v", days=46), send("b")) == [
        "steps[2]: a run can take 91 days to get past here — "
        "shorten the waits: 90 days at most from the first step on"
    ]


def test_the_longest_arm_counts() -> None:
    slow = choice("c", {"returning": True}, yes=[wait("u", days=60)], no=[wait("v", days=1)])
    assert "a run can take 91 days" in errors(slow, wait("w", days=31), send("a"))[0]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            choice("c", {"cart_value": {"at_least": 500, "currency": "EUR"}}, yes=[send("a")]),
            "steps[0].if.where.cart_value.at_least: this amount is in EUR; the store uses USD"
            " — write it in USD",
        ),
        (
            choice("c", {"any": [{"not": {"total_spent": {"exactly": 5.555}}}]}, yes=[send("a")]),
            "steps[0].if.where.any[0].not.total_spent.exactly: 5.555 has more digits than USD"
            " — write 5.56",
        ),
        (
            choice("c", {"cart_value": {"at_least": 5, "currency": "UDS"}}, yes=[send("a")]),
            "there is no currency UDS",
        ),
        (
            choice("c", {"cart_value": {"at_least": 1e15}}, yes=[send("a")]),
            "not an amount: 1000000000000000.0 — write less",
        ),
    ],
)
def test_money_is_the_stores(step: dict[str, Any], said: str) -> None:
    assert said in errors(step)[0]


def test_won_have_no_decimals() -> None:
    korean = replace(MEANS, currency="KRW")
    offer = {"amount": 5.5, "minimum": 100, "otherwise": "reminder"}
    steps = (send("a"), wait("w"), send("b", template="offer", offer=offer))
    assert errors(*steps, means=korean) == [
        "steps[2].send.offer.amount: 5.5 has more digits than KRW — write 6"
    ]
    assert errors(*steps) == []


def test_a_flow_that_names_two_currencies_is_refused_without_a_store() -> None:
    where = {"cart_value": {"at_least": 5, "currency": "EUR"},
             "total_spent": {"at_least": 5, "currency": "USD"}}  # fmt: skip
    said = errors(choice("c", where, yes=[send("a")]), means=replace(MEANS, currency=""))
    assert "this amount is in USD; elsewhere the flow names EUR" in said[0]


def test_what_money_means_is_said() -> None:
    text = {"key": "k", "name": "n", "trigger": "cart_abandoned", "steps": [
        choice("c", {"cart_value": {"at_least": 500}}, yes=[send("a")])]}  # fmt: skip
    flow = read_text(json.dumps(text))
    assert says(flow, "USD") == [
        "steps[0].if.where.cart_value.at_least: 500 means $500.00, the store's currency"
    ]
    assert "500 means ₩500" in says(flow, "KRW")[0]


def test_problems_come_with_their_lines() -> None:
    source = (
        "key: k\nname: n\ntrigger: cart_abandoned\nsteps:\n"
        "  - id: up\n    ladder:\n      medium: email\n      rungs:\n"
        "        - template: reminder\n        - {template: offer, percent: 5}\n"
        "  - id: late\n    send:\n      medium: email\n      template: nothing\n"
    )
    (one,) = (p for p in with_lines(source, problems(read_text(source), MEANS)) if not p.warning)
    assert (one.line, one.place) == (14, "steps[1].send.template")


@given(flows)
def test_whatever_is_drawn_is_judged(made: dict[str, Any]) -> None:
    """Every problem names a place and, if it is an error, a mend."""
    flow = read_text(json.dumps(of_its_own(made)))
    assert all(one.place and one.what and one.mend for one in problems(flow, MEANS))
