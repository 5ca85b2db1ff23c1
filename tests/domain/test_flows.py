"""What a run does next: through waits, choices, splits, ladders, orders, to its end."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.flows import (
    STEPS,
    Do,
    Errand,
    Facts,
    Finish,
    Flow,
    GoTo,
    RunFacts,
    Tag,
    WaitUntil,
    Write,
    begin,
    decide,
    read_text,
)
from connector.services.flow_texts import library_text
from tests.domain.flow_cases import choice, send, wait
from tests.domain.flow_strategies import flows, of_its_own

START = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
FRESH = RunFacts(STEPS, "", START, START, START, START, ordered=False)


def drawn(*steps: Any, **head: Any) -> Flow:
    """A small flow."""
    text = {"key": "k", "name": "n", "trigger": "cart_abandoned", "steps": list(steps), **head}
    return read_text(json.dumps(text))


@dataclass
class Walk:
    """One run, walked from wait to wait; `told` is what it did: (hours since its start, what)."""

    flow: Flow
    facts: RunFacts = FRESH
    told: list[tuple[float, str]] = field(default_factory=list)
    now: datetime = START
    reason: str = ""

    def __post_init__(self) -> None:
        self._take(begin(self.flow, STEPS, "empty"))

    def until(self, hours: float) -> Walk:
        """Let the time come to be so many hours after the start."""
        end = START + timedelta(hours=hours)
        while not self.reason:
            action = decide(self.flow, self.facts, self.now)
            if isinstance(action, WaitUntil):
                if action.at > end:
                    break
                self.now = max(action.at, self.now)
            else:
                self._take(action)
        self.now = end
        return self

    def knows(self, **changes: Any) -> Walk:
        """Something becomes true of the run."""
        self.facts = replace(self.facts, **changes)
        return self

    def orders(self) -> Walk:
        """She orders now."""
        return self.knows(ordered=True)

    def _take(self, action: GoTo | Do | Finish) -> None:
        match action:
            case Finish(reason):
                self.reason = reason
            case GoTo(branch, step_id, variant):
                if variant:
                    known = {**self.facts.variants, self.facts.step_id: variant}
                    self.knows(variants=known)
                self.knows(branch=branch, step_id=step_id, entered_step_at=self.now)
            case Do(what, then):
                hours = (self.now - START) / timedelta(hours=1)
                self.told.append((hours, said(what)))
                self._take(then)


def said(what: Write | Tag | Errand) -> str:
    """What is done, in a word or two."""
    match what:
        case Write(message):
            return f"{message.media[0]} {message.template}"
        case Tag(add, remove):
            return " ".join([*(f"+{one}" for one in add), *(f"-{one}" for one in remove)])
        case Errand(outlet):
            return f"tell {outlet}"


def test_the_first_sequence_reads_like_its_picture() -> None:
    run = Walk(read_text(library_text("cart-recovery")))
    assert run.until(0.5).told == []
    assert run.until(24).told == [(1, "email reminder")]
    assert run.until(25).told == [(1, "email reminder"), (25, "sms offer")]
    assert run.reason == "all steps done"


@pytest.mark.parametrize("hours", [0.5, 1, 12])
def test_an_order_takes_the_run_to_its_own_branch_from_anywhere(hours: float) -> None:
    run = Walk(read_text(library_text("cart-recovery"))).until(hours).orders().until(100)
    assert run.told[-1] == (hours, "email thanks")
    assert "sms offer" not in dict(run.told).values()


def test_without_a_branch_for_orders_an_order_ends_it() -> None:
    run = Walk(drawn(wait("w", hours=1), send("a"))).orders().until(9)
    assert (run.told, run.reason) == ([], "ordered")


def test_a_flow_that_stays_on_its_way_knows_that_she_ordered() -> None:
    asked = choice("c", {"ordered": True}, [send("y", template="yes")], [send("n", template="no")])
    flow = drawn(wait("w", hours=1), asked, on_order="continue")
    assert Walk(flow).orders().knows(shopper=Facts("USD", ordered=True)).until(2).told == [
        (1, "email yes")
    ]
    assert Walk(flow).until(2).told == [(1, "email no")]


def test_an_order_is_no_exit_where_it_began_the_flow() -> None:
    flow = drawn(wait("w", hours=1), send("a"), trigger="order_paid")
    assert Walk(flow).orders().until(2).told == [(1, "email reminder")]


def test_waits_count_from_their_step_her_last_activity_or_the_abandonment() -> None:
    earlier = START - timedelta(minutes=30)
    for since, due in (("step", 2), ("last_activity", 1.5), ("abandoned", 2)):
        run = Walk(drawn(wait("w", hours=2, since=since), send("a")))
        assert run.knows(last_activity_at=earlier).until(9).told == [(due, "email reminder")]


def test_a_wait_for_a_time_of_day_is_by_her_clock() -> None:
    ten = {"id": "w", "wait_until": {"time": "10:00"}}
    seoul = Walk(drawn(ten, send("a"))).knows(zone="Asia/Seoul")  # it is 23:00 there
    assert seoul.until(48).told == [(11, "email reminder")]
    monday = {"id": "w", "wait_until": {"time": "10:00", "days": [1]}}
    paris = Walk(drawn(monday, send("a"))).knows(zone="Europe/Paris")  # Tuesday, 16:00
    assert paris.until(200).told == [(5 * 24 + 18, "email reminder")]


def test_a_wait_for_a_click_goes_on_as_soon_as_it_is_seen_or_when_time_is_over() -> None:
    waits = {
        "id": "w",
        "wait_for": {
            "event": "click",
            "hours": 6,
            "happened": [send("y", template="yes")],
            "otherwise": [send("n", template="no")],
        },
    }
    assert Walk(drawn(waits)).until(9).told == [(6, "email no")]
    ((at, what),) = Walk(drawn(waits)).until(2.01).knows(clicked=True).until(9).told
    assert what == "email yes"
    assert 2 < at <= 2.2


def test_a_choice_goes_one_way_and_both_go_on_below() -> None:
    asked = choice("c", {"returning": True}, yes=[send("y", template="again")])
    flow = drawn(asked, send("a"))
    new, old = Facts("USD"), Facts("USD", orders_count=1)
    assert Walk(flow).knows(shopper=new).until(1).told == [(0, "email reminder")]
    assert Walk(flow).knows(shopper=old).until(1).told == [
        (0, "email again"), (0, "email reminder"),
    ]  # fmt: skip


SPLIT = {
    "id": "ab",
    "split": {
        "variants": [
            {"name": "a", "weight": 3, "steps": [send("x", template="a"), wait("w", hours=1)]},
            {"name": "b", "steps": [send("y", template="b")]},
        ]
    },
}


def test_a_split_keeps_its_weights() -> None:
    flow = drawn(SPLIT, send("z"))
    runs = [Walk(flow).knows(shopper=Facts("USD", draw=str(n))).until(2) for n in range(2000)]
    shares = Counter(run.facts.variants["ab"] for run in runs)
    assert shares["a"] / 2000 == pytest.approx(0.75, abs=0.03)
    assert all(run.told[-1][1] == "email reminder" for run in runs)


def test_a_variant_is_hers_for_good() -> None:
    for variant in ("a", "b"):
        run = Walk(drawn(SPLIT, send("z"))).knows(variants={"ab": variant}).until(2)
        assert run.told[0] == (0, f"email {variant}")


def test_a_ladder_is_message_after_message_each_giving_more() -> None:
    ladder = {
        "id": "up",
        "ladder": {
            "medium": "sms",
            "every_hours": 24,
            "rungs": [
                {"template": "reminder"},
                {"template": "offer", "percent": 5},
                {"template": "offer", "percent": 10},
            ],
        },
    }
    flow = drawn(wait("w", hours=1), ladder, send("a"))
    assert Walk(flow).until(100).told == [
        (1, "sms reminder"), (25, "sms offer"), (49, "sms offer"), (49, "email reminder"),
    ]  # fmt: skip
    assert flow.offer_at("up") is None
    given = [flow.offer_at(step) for step in ("up.2", "up.3")]
    assert [(one[0], one[1].percent, one[1].otherwise) for one in given if one] == [
        ("up.2", 5, "reminder"), ("up.3", 10, "reminder"),
    ]  # fmt: skip


def test_a_message_may_show_the_code_of_a_discount_step() -> None:
    flow = drawn(
        {"id": "gift", "discount": {"percent": 5, "free_shipping": True}},
        send("a"),
        send("b", code_of="gift"),
    )
    assert Walk(flow).until(0).told == [(0, "email reminder"), (0, "email reminder")]
    assert flow.offer_at("a") is None
    owner, offer = flow.offer_at("b") or ("", None)
    assert owner == "gift"
    assert offer is not None
    assert [kind.value for kind in offer.kinds()] == ["free_shipping", "percent"]


def test_others_are_told_and_tags_are_put_on() -> None:
    flow = drawn(
        {"id": "t", "tag": {"add": ["vip"], "remove": ["new"]}},
        {"id": "n", "notify": {"by": "email", "text": "A big cart"}},
        {"id": "s", "notify": {"by": "slack", "text": "A big cart"}},
        {"id": "h", "webhook": {"url": "https://crm.example/"}},
        {"id": "e", "end": {"reason": "enough"}},
        send("never"),
    )
    run = Walk(flow).until(0)
    assert [what for _, what in run.told] == [
        "+vip -new", "tell staff_email", "tell slack", "tell webhook",
    ]  # fmt: skip
    assert run.reason == "enough"


def test_next_leads_elsewhere() -> None:
    flow = drawn({**send("a"), "next": "c"}, send("b", template="b"), send("c", template="c"))
    assert [what for _, what in Walk(flow).until(0).told] == ["email reminder", "email c"]


def test_a_step_that_is_no_more_ends_the_run() -> None:
    assert Walk(drawn(send("a"))).knows(step_id="gone").until(1).reason == (
        "the flow has no step 'gone'"
    )


@given(flows, st.booleans(), st.booleans(), st.integers(0, 5))
def test_every_run_comes_to_rest(
    made: dict[str, Any], ordered: bool, clicked: bool, orders_count: int
) -> None:
    run = Walk(read_text(json.dumps(of_its_own(made))))
    shopper = Facts("USD", draw="x", orders_count=orders_count, country="KR")
    run.knows(ordered=ordered, clicked=clicked, shopper=shopper).until(90 * 24 * 60)
    assert run.reason
    assert [hours for hours, _ in run.told] == sorted(hours for hours, _ in run.told)
