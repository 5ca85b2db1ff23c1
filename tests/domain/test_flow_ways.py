"""What is only seen along the ways through a flow: consent, waits, clicks, and codes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.flow_cases import FIVE, TEXT, choice, errors, send, wait, warnings

NO_TEXTS = {"consent": {"sms": False}}
ONLY = "send.medium: only people come here who did not agree to sms"
TAG = {"id": "t", "tag": {"add": ["x"]}}
END = {"id": "e", "end": {}}


@pytest.mark.parametrize(
    ("steps", "head", "refused"),
    [
        ([send("a", **TEXT)], {"trigger": {"on": "cart_abandoned", "where": NO_TEXTS}}, True),
        (
            [send("a", **TEXT)],
            {"trigger": {"on": "cart_abandoned", "where": {"not": {"consent": {"sms": True}}}}},
            True,
        ),
        # past `next`, past an arm that ends, and through steps between
        (
            [choice("c", NO_TEXTS, yes=[{**TAG, "next": "a"}], no=[END]), send("a", **TEXT)],
            {}, True,
        ),
        ([choice("c", {"consent": {"sms": True}}, yes=[END]), send("a", **TEXT)], {}, True),
        ([choice("c", NO_TEXTS, no=[END]), wait("w"), TAG, send("a", **TEXT)], {}, True),
        ([choice("c", {"any": [NO_TEXTS, NO_TEXTS]}, no=[END]), send("a", **TEXT)], {}, True),
        # where the ways meet, some did agree
        ([choice("c", NO_TEXTS, yes=[TAG]), send("a", **TEXT)], {}, False),
        # asked again later she has agreed since
        (
            [choice("c", NO_TEXTS, no=[END]), wait("w"),
             choice("d", {"consent": {"sms": True}}, yes=[send("a", **TEXT)])],
            {}, False,
        ),
        ([choice("c", NO_TEXTS, yes=[END]), send("a", **TEXT)], {}, False),
        ([choice("c", NO_TEXTS, no=[END]), send("a", medium=["email"])], {}, False),
    ],
)  # fmt: skip
def test_a_no_is_carried_along_every_way(
    steps: list[Any], head: dict[str, Any], refused: bool
) -> None:
    assert [one for one in errors(*steps, **head) if ONLY in one] == [
        one for one in errors(*steps, **head) if refused
    ]
    assert bool(errors(*steps, **head)) is refused


def test_a_medium_to_which_nobody_agreed_is_pointed_out_beside_one_that_works() -> None:
    steps = (choice("c", NO_TEXTS, no=[END]), send("a", medium=["sms", "email"]))
    assert errors(*steps) == []
    assert ONLY in warnings(*steps)[0]


def test_service_may_be_told_to_who_agreed_to_nothing() -> None:
    told = send("t", medium="email", template="thanks", transactional=True)
    where = {"consent": {"email": False}}
    assert errors(told, trigger={"on": "order_paid", "where": where}) == []


def tags(number: int, first: int = 0) -> list[dict[str, Any]]:
    return [{"id": f"t{n}", "tag": {"add": ["x"]}} for n in range(first, first + number)]


def test_a_run_takes_fifty_steps_in_one_go_and_no_more() -> None:
    assert errors(*tags(49), send("a")) == []
    assert errors(*tags(50), send("a")) == [
        "steps[50]: more than 50 steps follow each other without a wait — "
        "put a wait before this one"
    ]
    assert errors(*tags(49), wait("w"), *tags(48, 49), send("a")) == []
    assert "steps[99]" in errors(*tags(49), wait("w"), *tags(49, 49), send("a"))[0]


@pytest.mark.parametrize("event", ["order", "click"])
def test_what_a_wait_looks_for_may_have_happened_already(event: str) -> None:
    """It lets no time pass then, and the steps before it count on."""
    look = {"id": "w", "wait_for": {"event": event, "days": 1, "otherwise": [wait("v")]}}
    steps = (send("z"), *tags(30), look, *tags(30, 30), send("a"))
    assert "more than 50 steps" in errors(*steps, trigger="order_paid")[0]


def test_a_click_that_nothing_can_bring_is_pointed_out() -> None:
    look = {"id": "w", "wait_for": {"event": "click", "days": 1}}
    said = "nothing was sent before this that she could click — put it after a send"
    assert any(said in one for one in warnings(look, send("a")))
    assert any(said in one for one in warnings(choice("c", {"clicked": True}, yes=[send("a")])))
    assert not any(said in one for one in warnings(send("z"), look, send("a")))
    thanks = send("t", template="thanks", transactional=True)
    assert not any(said in one for one in warnings(send("z"), on_order=[look, thanks]))


def test_a_code_that_is_over_before_a_message_can_show_it_is_pointed_out() -> None:
    """It is made when the first message that shows it goes out: that one is never late."""
    make = {"id": "gift", "discount": {**FIVE, "valid_hours": 24}}
    first, again = (send(one, template="offer", code_of="gift") for one in ("b", "c"))
    over = "the code of 'gift' is over by then: it works for 24 hours — let it work longer"
    start = (make, send("a"), wait("v"), first)
    assert [one for one in warnings(*start, wait("w", hours=23), again) if over in one] == []
    assert f"steps[5].send.code_of: {over}" in " ".join(warnings(*start, wait("w"), again))
    sometimes = choice("d", {"returning": True}, yes=[wait("w")])
    assert [one for one in warnings(*start, sometimes, again) if over in one] == []


def test_a_variant_that_nobody_is_sent_to_is_pointed_out() -> None:
    arms = [{"name": "x", "weight": 0, "steps": [send("a")]}, {"name": "y", "steps": [send("b")]}]
    (said,) = warnings({"id": "s", "split": {"variants": arms}})
    assert said.startswith("steps[0]: nobody is sent to the variant 'x': its weight is 0")
