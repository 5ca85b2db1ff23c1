"""Who must wait for whom, and how often a thing is tried: gaps, ranks, counts, locks."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, text, update

from connector.domain.people import Person
from connector.models import Cart, Errand, FlowState, Message, Run, Store
from connector.services import flow_switches, flows, messages, orders
from jobs import dispatch
from jobs.flows import advance_runs
from tests.fakes import Fakes
from tests.stage import ANA, BEN, Stage

FLOW = "key: {key}\nname: {key}\ntrigger: checkout_abandoned\nrules: {rules}\nsteps:\n"
TEXT = "  - {id: text, send: {medium: sms, template: reminder}}\n"
MAIL = "  - {id: mail, send: {medium: email, template: reminder}}\n"


def drawn(stage: Stage, key: str, steps: str, rules: str = "{}", *, alone: bool = True) -> None:
    stage.draws(FLOW.format(key=key, rules=rules) + steps, alone=alone)


def test_a_family_with_one_phone_gets_no_two_texts_at_once(stage: Stage) -> None:
    drawn(stage, "one", TEXT)
    other = replace(BEN, phone=ANA.phone)
    stage.agrees(ANA, "sms")
    stage.agrees(other, "sms")
    stage.cart(ANA, "c1")
    stage.after(minutes=5)
    stage.cart(other, "c2")
    stage.after(minutes=50)
    second = stage.rows(Message)[-1]
    assert len(stage.outbox()) == 1
    assert second.reason == "the same flow wrote to her address just now"
    stage.after(minutes=40)
    left = [row.sent_at for row in stage.rows(Message) if row.sent_at]
    assert left[1] - left[0] == timedelta(minutes=60)


def test_nobody_waits_for_a_flow_that_is_paused(stage: Stage) -> None:
    # Ana's text of the higher flow waits for the morning, her mail of the lower one for it.
    drawn(stage, "high", TEXT, "{priority: 9}")
    stage.draws(
        "key: low\nname: low\ntrigger: order_placed\nrules: {exits: []}\nsteps:\n" + MAIL,
        alone=False,
    )
    stage.agrees(ANA, "sms", "email")
    stage.after(hours=12)  # 22:00 in New York
    stage.cart(ANA)
    stage.after(hours=1)
    stage.order(replace(ANA, email="ana@work.example"), placed_at=stage.now - timedelta(hours=2))
    stage.after(minutes=1)
    assert stage.messages()[-1][2] == "a flow of higher priority writes to her first"
    with stage.session() as session:
        flow_switches.switch(session, stage._store(session), "high", FlowState.PAUSED, stage.now)
    stage.after(minutes=16)
    assert stage.outbox() == [("email", "ana@work.example")]


@pytest.mark.parametrize(("age", "asked", "trusted"), [(15, 0, 1), (25, 1, 1), (31, 1, 0)])
def test_the_shop_is_asked_before_its_orders_are_too_old(
    stage: Stage, age: int, asked: int, trusted: int
) -> None:
    seen = func.clock_timestamp() - text(f"interval '{age} seconds'")
    with stage.session() as session:
        session.execute(update(Store).values(orders_seen_at=seen))
    with stage.session() as session:
        assert orders.picture_is_fresh(session, stage.store.id) == bool(trusted)
        stale = orders.stale_since(session, stage._store(session))
        assert (stale is not None) == bool(asked)


def test_a_text_that_cannot_be_written_was_not_at_the_wire(stage: Stage) -> None:
    drawn(stage, "one", "  - {id: w, wait: {hours: 9}}\n" + MAIL)
    stage.cart(ANA)
    stage.after(hours=9, minutes=29)
    stage.set_clock(stage.now + timedelta(hours=1))
    advance_runs([(stage.store.id, stage.one(Run).id)])
    for _ in range(3):
        assert stage.one(Message).state == "scheduled"
        with stage.session() as session:
            messages.broken(session, stage.one(Message).id, None, "KeyError", stage.now)
    message = stage.one(Message)
    assert (message.state, message.attempts, message.stumbles) == ("dead", 0, 3)


def test_a_step_that_works_ends_the_trouble_before_it(stage: Stage) -> None:
    drawn(stage, "one", "  - {id: w, wait: {hours: 9}}\n" + MAIL)
    stage.cart(ANA)
    stage.after(minutes=31)
    for _ in range(4):
        with stage.session() as session:
            flows.stumbled(session, stage.one(Run).id, "KeyError", stage.now)
    assert stage.one(Run).errors == 4
    stage.after(hours=1)
    assert (stage.one(Run).state, stage.one(Run).errors) == ("active", 0)


@pytest.mark.parametrize(("attempts", "becomes"), [(7, "scheduled"), (8, "unknown")])
def test_an_errand_on_which_workers_die_is_given_up(
    stage: Stage, attempts: int, becomes: str
) -> None:
    stage.draws(
        "key: one\nname: one\ntrigger: order_placed\n"
        "steps:\n  - {id: hook, webhook: {url: 'https://crm.example/x'}}\n"
    )
    stage.order(ANA)
    advance_runs([(stage.store.id, stage.one(Run).id)])
    with stage.session() as session:
        values = {"attempts": attempts, "state": "claimed"}
        over = func.clock_timestamp() - text("interval '1 second'")
        session.execute(update(Errand).values(lease_until=over, **values))
    dispatch._run_all(dispatch.RESCUE)
    assert stage.one(Errand).state == becomes
    assert Fakes.world.told == []


def test_carts_that_change_hands_both_ways_at_once_end_well(stage: Stage) -> None:
    """Each delivery locks both people before the cart, the lower id first."""
    drawn(stage, "one", "  - {id: w, wait: {hours: 9}}\n" + MAIL)
    people = [Person(email=f"p{number}@x.example") for number in range(8)]
    for number, person in enumerate(people):
        stage.cart(person, f"c{number}")
    stage.after(minutes=31)
    stage.set_clock(stage.now + timedelta(minutes=1))
    trouble: list[str] = []

    def handed_on(step: int) -> None:
        for number in range(8)[::step]:
            try:
                stage.cart(people[(number + step) % 8], f"c{number}")
            except Exception as error:
                trouble.append(repr(error))

    both = [threading.Thread(target=handed_on, args=(step,)) for step in (1, -1)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert trouble == []
    assert {cart.state for cart in stage.rows(Cart)} == {"open"}
    assert {run.state for run in stage.rows(Run)} == {"cancelled"}
