"""A store's flows as versioned text: applied, planned, switched; runs keep their version."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from connector.domain.carts import CartKind
from connector.domain.flows import FlowError, TriggerKind, read_text
from connector.errors import ConfigError, NotFound
from connector.models import (
    Flow,
    FlowState,
    FlowVersion,
    Message,
    MessageState,
    Run,
    RunState,
    Store,
)
from connector.services import flow_plans, flow_switches, flow_texts
from connector.services.flow_plans import Plan
from connector.services.flow_switches import Switched
from connector.services.flow_texts import Applied
from jobs import flow_means
from tests.stage import ANA, BEN, START, Stage

RECOVERY = "cart-recovery"
GENTLE = """# Oscar's own words
key: gentle
name: Gentle
trigger: order_placed
steps:
  - id: soon
    wait: {hours: 2}
  - id: ask
    send: {medium: email, template: reminder}
"""


def own(stage: Stage, session: Session) -> Store:
    return session.get_one(Store, stage.store.id)


def apply(stage: Stage, source: str, state: FlowState = FlowState.ON) -> Applied:
    with stage.session() as session:
        store = own(stage, session)
        means = flow_means.of_store(session, store)
        return flow_texts.apply(session, store, source, means, stage.now, state)


def plan(stage: Stage, source: str) -> Plan:
    with stage.session() as session:
        store = own(stage, session)
        means = flow_means.of_store(session, store)
        return flow_plans.plan(session, store, source, means, stage.now)


def switch(stage: Stage, key: str, state: FlowState) -> Switched:
    with stage.session() as session:
        return flow_switches.switch(session, own(stage, session), key, state, stage.now)


def export(stage: Stage, key: str) -> str:
    with stage.session() as session:
        return flow_texts.export(session, own(stage, session), key)


def flow(stage: Stage, key: str) -> Flow:
    return next(one for one in stage.rows(Flow) if one.key == key)


def slower(hours: int) -> str:
    """Oscar's own form of the flow that his store began with."""
    return f"""key: {RECOVERY}
name: Slower
trigger: checkout_abandoned
steps:
  - id: calm
    wait: {{hours: {hours}}}
  - id: reminder
    send: {{medium: email, template: reminder}}
"""


def test_a_text_is_applied_and_exported_as_it_was_written(stage: Stage) -> None:
    done = apply(stage, GENTLE)
    assert (done.version, done.created, done.flow.state) == (1, True, FlowState.ON)
    assert export(stage, "gentle") == GENTLE
    assert "The flow “Gentle” is at version 1 now" in stage.story()


def test_the_same_again_makes_no_version_and_keeps_the_newest_comments(stage: Stage) -> None:
    apply(stage, GENTLE)
    commented = GENTLE.replace("# Oscar's own words", "# Nobody's words")
    done = apply(stage, commented)
    assert (done.version, done.created) == (1, False)
    assert export(stage, "gentle") == commented


def test_a_change_is_a_new_version_and_takes_effect_on_name_and_priority(stage: Stage) -> None:
    apply(stage, GENTLE, FlowState.OFF)
    done = apply(stage, GENTLE.replace("name: Gentle", "name: Gentler\nrules: {priority: 7}"))
    assert (done.version, done.flow.name, done.flow.priority) == (2, "Gentler", 7)
    assert done.flow.state is FlowState.OFF
    assert [v.version for v in stage.rows(FlowVersion) if v.flow_id == done.flow.id] == [1, 2]


def test_a_flow_without_its_text_is_exported_from_what_it_does(stage: Stage) -> None:
    """The first flow of a store is installed without a file."""
    exported = export(stage, RECOVERY)
    with stage.session() as session:
        same = flow_texts.diff(session, own(stage, session), exported)
    assert same == ""
    assert read_text(exported).key == RECOVERY


def test_runs_keep_the_version_that_they_began_with(stage: Stage) -> None:
    stage.cart(BEN)
    stage.after(hours=1)
    apply(stage, slower(48))
    stage.after(minutes=10)
    planned = plan(stage, slower(72))
    assert (planned.change, planned.version, planned.stay_behind) == ("changed", 3, {1: 1})
    assert "-      hours: 48" in planned.diff
    assert "+      hours: 72" in planned.diff
    old, new = stage.rows(FlowVersion)[:2]
    assert stage.one(Run).version_id == old.id
    stage.cart(ANA, "c2")
    stage.after(hours=1)
    assert [run.version_id for run in stage.rows(Run)] == [old.id, new.id]


def test_a_text_that_is_refused_says_all_that_is_wrong_and_changes_nothing(stage: Stage) -> None:
    wrong = GENTLE.replace("template: reminder", "template: remind, pictures: true")
    with pytest.raises(FlowError) as refused:
        apply(stage, wrong)
    assert [str(problem) for problem in refused.value.problems] == [
        "line 9, steps[1].send.pictures: this needs pictures in messages, which is not there yet"
        " — take it out until it is",
        "line 9, steps[1].send.template: there is no email template 'remind' — use reminder",
    ]
    assert [one.key for one in stage.rows(Flow)] == [RECOVERY]


def test_the_stores_own_means_are_asked(stage: Stage) -> None:
    """Oscar has Slack, sells in dollars, and never said where his staff reads mail."""
    tell = GENTLE + "  - id: tell\n    notify: {by: email, text: An order}\n"
    with pytest.raises(FlowError, match="the store has no address for its staff"):
        apply(stage, tell)
    assert apply(stage, tell.replace("by: email", "by: slack")).created
    where = "trigger: {on: order_placed, where: {cart_value: {at_least: 5, currency: EUR}}}"
    with pytest.raises(FlowError, match=r"this amount is in EUR; the store uses USD"):
        apply(stage, GENTLE.replace("trigger: order_placed", where))


def test_a_plan_says_who_would_have_entered(stage: Stage) -> None:
    stage.cart(BEN, kind=CartKind.CART)
    stage.cart(ANA, "c2")
    stage.after(hours=1)
    stage.order(ANA, "1001")
    stage.order(ANA, "1002")
    kinds = "[order_placed, first_order, nth_order, cart_abandoned, checkout_abandoned]"
    source = GENTLE.replace("order_placed", f"{{on: {kinds}, times: 2}}")
    found = plan(stage, source)
    assert found.change == "new"
    assert found.would_enter == {
        TriggerKind.CART_ABANDONED: 1,
        TriggerKind.CHECKOUT_ABANDONED: 1,
        TriggerKind.FIRST_ORDER: 1,
        TriggerKind.NTH_ORDER: 1,
        TriggerKind.ORDER_PLACED: 2,
    }
    assert stage.rows(Flow)[-1].key == RECOVERY


def test_people_who_lapsed_are_counted_for_a_win_back(stage: Stage) -> None:
    stage.order(ANA, "1001")
    stage.order(BEN, "1002")
    stage.after(days=50)
    stage.order(BEN, "1003")
    stage.after(days=20)
    source = GENTLE.replace("order_placed", "{on: win_back, days: 60}")
    assert plan(stage, source).would_enter == {TriggerKind.WIN_BACK: 1}


def test_a_plan_warns_of_another_flow_with_the_same_beginning(stage: Stage) -> None:
    apply(stage, GENTLE)
    rival = GENTLE.replace("key: gentle", "key: harsh")
    assert "line 4, trigger: the flow 'gentle' begins with order_placed too" in str(
        plan(stage, rival).problems[0]
    )
    switch(stage, "gentle", FlowState.OFF)
    assert plan(stage, rival).problems == []


def test_off_cancels_all_that_has_not_left_each_with_the_reason(stage: Stage) -> None:
    stage.cart(BEN)
    stage.cart(ANA, "c2")
    stage.after(minutes=45)
    stage.set_clock(stage.now + timedelta(minutes=20))  # the reminders fall due
    ended = switch(stage, RECOVERY, FlowState.OFF)
    assert ended.runs == 2
    stage.after(days=3)
    assert stage.outbox() == []
    reason = "the flow was switched off"
    assert {(run.state, run.reason) for run in stage.rows(Run)} == {(RunState.CANCELLED, reason)}
    assert {m.state for m in stage.rows(Message)} <= {MessageState.CANCELLED}
    assert stage.story().count(f"The flow ended: {reason}") == 2


def test_paused_runs_wait_and_go_on(stage: Stage) -> None:
    stage.cart(BEN)
    stage.after(minutes=45)
    switch(stage, RECOVERY, FlowState.PAUSED)
    stage.after(hours=3)
    assert stage.outbox() == []
    assert stage.one(Run).state is RunState.ACTIVE
    switch(stage, RECOVERY, FlowState.ON)
    stage.after(hours=1)
    assert len(stage.outbox()) == 1


def test_switching_to_where_it_is_does_nothing(stage: Stage) -> None:
    before = stage.story()
    assert switch(stage, RECOVERY, FlowState.ON).runs == 0
    assert stage.story() == before
    with pytest.raises(NotFound, match="has no flow 'nothing': it has cart-recovery"):
        switch(stage, "nothing", FlowState.OFF)


def hold_out(stage: Stage, percent: int | None = None, days: int | None = None) -> Flow:
    with stage.session() as session:
        store = own(stage, session)
        return flow_switches.holdout(session, store, RECOVERY, stage.now, percent, days)


def test_a_new_measurement_draws_anew_and_a_running_one_keeps_whom_it_has(stage: Stage) -> None:
    first = hold_out(stage, percent=10)
    assert (first.holdout_percent, len(first.holdout_salt)) == (10, 16)
    more = hold_out(stage, percent=20, days=14)
    assert more.holdout_salt == first.holdout_salt
    assert more.calibrating_until == START + timedelta(days=14)
    assert more.holdout.percent_at(START) == 50
    ended = hold_out(stage, percent=0, days=0)
    assert (ended.holdout.percent_at(START), ended.holdout_salt) == (0, first.holdout_salt)
    assert hold_out(stage, days=7).holdout_salt != first.holdout_salt


@pytest.mark.parametrize(("percent", "days"), [(51, None), (-1, None), (None, 61)])
def test_a_holdout_out_of_bounds_is_refused(
    stage: Stage, percent: int | None, days: int | None
) -> None:
    with pytest.raises(ConfigError):
        hold_out(stage, percent, days)


def test_flows_are_listed_with_those_who_are_in_them(stage: Stage) -> None:
    apply(stage, GENTLE.replace("name: Gentle", "name: Gentle\nrules: {priority: 3}"))
    stage.cart(BEN)
    stage.after(minutes=45)
    with stage.session() as session:
        found = flow_switches.standings(session, own(stage, session))
        ending = flow_switches.going_on(session, own(stage, session), RECOVERY)
    assert [(one.flow.key, one.active, one.pending) for one in found] == [
        ("gentle", 0, 0),
        (RECOVERY, 1, 0),
    ]
    assert ending == 1


def test_two_who_apply_at_once_make_two_versions(stage: Stage) -> None:
    """The flow's row is locked: neither overwrites the other."""
    texts = [GENTLE.replace("hours: 2", f"hours: {n}") for n in range(2, 8)]
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda text: apply(stage, text), texts))
    assert sorted(one.version for one in done) == [1, 2, 3, 4, 5, 6]
    assert flow(stage, "gentle").version == 6


def test_the_products_templates_are_known_by_what_they_are_about() -> None:
    means = flow_means.product()
    assert means.known_media >= {"email", "sms"}
    for medium in ("email", "sms"):
        assert (medium, "offer") in means.show_offer & means.ask_to_buy
        assert (medium, "reminder") in means.ask_to_buy - means.need_offer
        assert (medium, "thanks") in means.templates - means.ask_to_buy
