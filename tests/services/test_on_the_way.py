"""Runs keep their own time, and their own words: outages, pauses, newer carts, measurements."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connector.domain.carts import CartKind, Payment
from connector.domain.flows.holdout import Arm
from connector.domain.money import Money
from connector.models import Assignment, Cart, FlowState, Message, Run
from connector.services import flow_switches
from tests.stage import ANA, BEN, Stage

HELLO = """
steps:
  - {id: hello, send: {medium: email, template: reminder}}
"""
SERIES = """
steps:
  - {id: hour, wait: {hours: 1}}
  - {id: first, send: {medium: email, template: reminder}}
  - {id: day, wait: {hours: 24}}
  - {id: second, send: {medium: email, template: benefits}}
  - {id: next-day, wait: {hours: 24}}
  - {id: third, send: {medium: email, template: objections, within_hours: 72}}
"""


def flow(trigger: str, key: str = "one", steps: str = HELLO) -> str:
    return f"key: {key}\nname: {key}\ntrigger: {trigger}\n{steps}"


def sent(stage: Stage) -> list[str]:
    return [step for step, state, _ in stage.messages() if state == "sent"]


def switch(stage: Stage, state: FlowState) -> None:
    with stage.session() as session:
        flow_switches.switch(session, stage.store, "one", state, stage.now)


def left_cart(stage: Stage, steps: str) -> None:
    stage.draws(flow("checkout_abandoned", steps=steps))
    stage.cart(ANA)
    stage.after(minutes=40)


def test_an_outage_neither_stacks_steps_nor_makes_one_early(stage: Stage) -> None:
    left_cart(stage, SERIES)
    stage.set_clock(stage.now + timedelta(hours=31))  # the second step is late, the third not due
    stage.settle()
    assert sent(stage) == ["second"]
    stage.after(hours=60)
    assert sent(stage) == ["second", "third"]
    third = stage.rows(Message)[-1]
    assert third.planned_for - stage.one(Run).started_at == timedelta(hours=49.5)


def test_a_step_that_a_pause_made_late_is_dropped(stage: Stage) -> None:
    left_cart(stage, SERIES)
    switch(stage, FlowState.PAUSED)
    stage.after(days=10)
    switch(stage, FlowState.ON)
    stage.after(hours=1)
    assert stage.outbox() == []


def test_thanks_for_one_cart_do_not_swallow_the_next(stage: Stage) -> None:
    left_cart(
        stage,
        HELLO
        + """
on_order:
  - {id: thanks, send: {medium: email, template: thanks, transactional: true}}
  - {id: fortnight, wait: {days: 14}}
  - {id: review, send: {medium: email, template: review, transactional: true}}
""",
    )
    stage.order(ANA, cart_tokens=("c1",))
    stage.after(days=1)
    stage.cart(ANA, "next")
    stage.after(days=14)
    assert sent(stage) == ["hello", "thanks", "hello", "review"]


def test_a_newer_cart_is_not_spoken_of_in_another_carts_words(stage: Stage) -> None:
    day = """
steps:
  - {id: day, wait: {days: 1}}
  - {id: pay, send: {medium: email, template: payment_failed}}
"""
    stage.draws(flow("payment_failed", "pay", day))
    stage.draws(flow("checkout_abandoned", "cart"), alone=False)
    stage.cart(ANA, "order:1", kind=CartKind.UNPAID_ORDER, payment=Payment.FAILED)
    stage.after(hours=3)
    stage.cart(ANA, "c2")
    stage.after(days=2)
    assert stage.runs()[0] == ("cancelled", "a newer cart took its place")
    assert sent(stage) == ["hello"]


def test_waiting_for_an_order_hears_it_in_any_flow(stage: Stage) -> None:
    steps = """
steps:
  - id: again
    wait_for:
      event: order
      days: 10
      happened: [{id: good, send: {medium: email, template: thanks, transactional: true}}]
      otherwise: [{id: back, send: {medium: email, template: win_back}}]
"""
    stage.draws(flow("first_order", steps=steps))
    stage.order(ANA, "1")
    stage.after(days=2)
    stage.order(ANA, "2")
    stage.after(minutes=1)
    assert sent(stage) == ["good"]


def test_who_does_nothing_in_a_split_is_counted_too(stage: Stage) -> None:
    steps = """
steps:
  - id: test
    split:
      variants:
        - {name: mail, weight: 0, steps: [{id: hello, send: {medium: email, template: reminder}}]}
        - {name: nothing}
"""
    left_cart(stage, steps)
    assert stage.one(Run).variants == {"test": "nothing"}


def test_treated_once_is_treated_always(stage: Stage) -> None:
    stage.draws("rules: {cooldown_days: 0}\n" + flow("checkout_abandoned"))
    for number, percent in enumerate((100, 0, 100)):
        stage.hold_out("one", percent)
        stage.cart(ANA, f"c{number}")
        stage.after(days=2)
    assert [run.arm for run in stage.rows(Run)] == [Arm.HELD_OUT, Arm.TREATED, Arm.TREATED]
    assert [row.arm for row in stage.rows(Assignment)] == [Arm.HELD_OUT, Arm.TREATED]


def test_a_cart_that_a_filter_leaves_out_is_free_for_other_flows(stage: Stage) -> None:
    dear = "{on: checkout_abandoned, where: {cart_value: {at_least: 30}}}"
    stage.draws("rules: {priority: 5}\n" + flow(dear, "dear"))
    stage.draws(flow("checkout_abandoned", "all"), alone=False)
    stage.hold_out("dear", 100)
    stage.cart(BEN, "dear")
    stage.after(hours=2)
    stage.cart(BEN, "cheap", total=Money("USD", 1000))
    stage.after(hours=2)
    assert [cart.held_out for cart in stage.rows(Cart)] == [True, False]
    assert stage.outbox() == [("email", BEN.email)]
    stage.cart(replace(BEN), "dear again")  # she rests from the flow that leaves her alone
    stage.after(hours=2)
    assert stage.rows(Cart)[2].held_out
    assert len(stage.outbox()) == 1
