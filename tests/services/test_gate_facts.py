"""What the gate knows when it decides: of her, her other messages, the flow and the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import event, text, update

from connector.models import Cart, Contact, Flow, FlowState, Message, Run
from connector.services import contacts, gate
from jobs import orders
from jobs.flows import advance_runs, watch_carts
from jobs.messages import send_messages
from tests.stage import ANA, BEN, Stage


def flow(key: str, trigger: str, more: str = "") -> str:
    return f"""
        key: {key}
        name: {key}
        trigger: {trigger}
        rules: {{cooldown_days: 0{more}}}
        steps: [{{id: mail, send: {{medium: email, template: reminder}}}}]
        """


def planned(stage: Stage) -> None:
    """Ana's message is due, and nobody has looked at it yet."""
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.set_clock(stage.now + timedelta(minutes=30))
    watch_carts([(stage.store.id, stage.one(Cart).id)])
    advance_runs([(stage.store.id, stage.one(Run).id)])
    orders.refresh(stage.store.id)


def sent_now(stage: Stage) -> tuple[str, str]:
    send_messages([(stage.store.id, stage.one(Message).id)])
    message = stage.one(Message)
    return message.state, message.reason


def test_the_gate_asks_three_questions(stage: Stage) -> None:
    stage.draws(flow("one", "checkout_abandoned"))
    planned(stage)
    message = stage.one(Message)
    with stage.session() as session:
        store, kin = stage._store(session), contacts.kin(session, message.contact_id)
        with counted(stage) as asked:
            gate.judge(session, store, message, "fake_mail", stage.now, kin=kin)
    assert len(asked) == 3


@contextmanager
def counted(stage: Stage) -> Iterator[list[str]]:
    """Every statement that the app's role sends meanwhile."""
    asked: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(stage.sessions.app, "before_cursor_execute", note)
    yield asked
    event.remove(stage.sessions.app, "before_cursor_execute", note)


def test_the_whole_way_of_a_message_takes_few_statements(stage: Stage) -> None:
    stage.draws(flow("one", "checkout_abandoned"))
    planned(stage)
    with counted(stage) as asked:
        assert sent_now(stage) == ("sent", "")
    ours = [one for one in asked if "set_config" not in one]
    assert len(ours) <= 40, len(ours)


def test_an_excluded_tag_stops_what_was_planned(stage: Stage) -> None:
    stage.draws(flow("one", "checkout_abandoned", ", exclude: {tags: [VIP]}"))
    planned(stage)
    with stage.session() as session:
        session.execute(update(Contact).values(shop_tags=["vip"]))
    assert sent_now(stage) == ("cancelled", "excluded: tag")


def test_the_stores_own_exclusions_count_in_every_flow(stage: Stage) -> None:
    stage.draws(flow("one", "checkout_abandoned"))
    planned(stage)
    stage.configure(exclude={"domains": ["example.com"]})
    assert sent_now(stage) == ("cancelled", "excluded: e-mail domain")


def test_a_held_out_cart_reaches_no_channel(stage: Stage) -> None:
    stage.draws(flow("one", "checkout_abandoned"))
    planned(stage)
    with stage.session() as session:
        session.execute(update(Cart).values(held_out=True))
    assert sent_now(stage) == ("cancelled", "left alone, to measure what messages bring")


def test_a_flow_that_is_paused_waits_and_one_that_is_off_does_not(stage: Stage) -> None:
    stage.draws(flow("one", "checkout_abandoned"))
    planned(stage)
    with stage.session() as session:
        session.execute(update(Flow).values(state=FlowState.PAUSED))
    assert sent_now(stage) == ("scheduled", "the flow is paused")
    with stage.session() as session:
        session.execute(update(Flow).values(state=FlowState.OFF))
        session.execute(text("update messages set due_at = planned_for"))
    assert sent_now(stage) == ("cancelled", "the flow was switched off")


def test_other_flows_count_under_all_her_names(stage: Stage) -> None:
    stage.draws(flow("bought", "order_placed"))
    stage.draws(flow("left", "checkout_abandoned"), alone=False)
    also_ana = replace(BEN, phone=ANA.phone)
    stage.agrees(ANA, "email")
    stage.agrees(also_ana, "email")
    stage.order(ANA)
    stage.after(minutes=5)
    stage.cart(also_ana, token="c2")
    stage.after(hours=1)
    waits = stage.rows(Message)[-1]
    assert (waits.state, waits.reason) == (
        "scheduled",
        "other flows wrote to her: 1 a day is the cap",
    )
    stage.after(hours=23)
    assert [to for _, to in stage.outbox()] == [ANA.email, BEN.email]


def test_a_flow_of_higher_priority_goes_first(stage: Stage) -> None:
    stage.draws(flow("low", "order_placed"))
    stage.draws(flow("high", "order_placed", ", priority: 5"), alone=False)
    stage.agrees(ANA, "email")
    stage.order(ANA)
    advance_runs([(stage.store.id, run.id) for run in stage.rows(Run)])
    orders.refresh(stage.store.id)
    high, low = sorted(stage.rows(Message), key=lambda message: -message.priority)
    send_messages([(stage.store.id, low.id)])
    waits = next(m for m in stage.rows(Message) if m.id == low.id)
    assert waits.reason == "a flow of higher priority writes to her first"
    send_messages([(stage.store.id, high.id)])
    assert next(m for m in stage.rows(Message) if m.id == high.id).state == "sent"


def test_two_messages_of_one_flow_keep_apart(stage: Stage) -> None:
    stage.draws("""
        key: pair
        name: Pair
        trigger: checkout_abandoned
        steps:
          - {id: first, send: {medium: email, template: reminder, within_hours: 48}}
          - {id: wait, wait: {hours: 3}}
          - {id: second, send: {medium: email, template: reminder, within_hours: 48}}
        """)
    stage.configure(caps={"gap_minutes": 120})
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=29)
    with stage.session() as session:
        stage._store(session).state = "paused"  # type: ignore[assignment]
    stage.after(hours=2)
    with stage.session() as session:
        stage._store(session).state = "active"  # type: ignore[assignment]
    stage.after(hours=3)
    first, second = stage.rows(Message)
    assert first.inflight_at is not None
    assert second.inflight_at is not None
    assert second.inflight_at - first.inflight_at >= timedelta(hours=2)
    assert second.inflight_at - second.planned_for > timedelta()
