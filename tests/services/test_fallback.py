"""The next medium: only when it is certain that nothing went out by the one before."""

from __future__ import annotations

import pytest

from connector.domain.people import Person
from connector.errors import NotSent, OutcomeUnknown, Refused, Scope
from connector.models import Message
from connector.ports.channel import DeliveryReport, ReportKind
from connector.services import reports
from tests.fakes import Fakes
from tests.stage import ANA, Stage

FLOW = """
    key: two
    name: Two ways
    trigger: checkout_abandoned
    steps:
      - {id: first, send: {medium: [sms, email], template: reminder}}
      - {id: day, wait: {hours: 20}}
      - {id: second, send: {medium: email, template: reminder}}
    """


def left_a_cart(stage: Stage, *said_yes: str) -> None:
    stage.draws(FLOW)
    stage.agrees(ANA, *said_yes)
    stage.cart(ANA)
    stage.after(minutes=31)


def ways(stage: Stage) -> list[tuple[str, str, str]]:
    return [(m.medium, m.state, m.reason) for m in stage.rows(Message) if m.step_id == "first"]


def report(stage: Stage, kind: ReportKind, provider_id: str, key: str = "e") -> None:
    told = DeliveryReport(kind, key, provider_id, detail="30003", at=stage.now)
    with stage.session() as session:
        reports.record(session, stage.store.id, "fake_text", told, stage.now)


def test_who_never_agreed_to_texts_gets_a_mail(stage: Stage) -> None:
    left_a_cart(stage, "email")
    assert ways(stage) == [
        ("sms", "cancelled", "no consent to texts: a phone typed at checkout is none"),
        ("email", "sent", ""),
    ]
    first, second = stage.rows(Message)
    assert (first.planned_for, first.expires_at) == (second.planned_for, second.expires_at)


def test_the_story_says_why_the_other_way_was_taken(stage: Stage) -> None:
    left_a_cart(stage, "email")
    assert any("instead of sms (no consent to texts" in line for line in stage.story())


def test_a_number_that_the_vendor_refuses(stage: Stage) -> None:
    Fakes.world.answers = [Refused("21614 no mobile", Scope.ADDRESS)]
    left_a_cart(stage, "sms", "email")
    assert ways(stage) == [("sms", "dead", "21614 no mobile"), ("email", "sent", "")]


def test_a_text_that_did_not_arrive(stage: Stage) -> None:
    left_a_cart(stage, "sms", "email")
    report(stage, ReportKind.FAILED, stage.rows(Message)[0].provider_id)
    stage.after(minutes=1)
    assert ways(stage) == [("sms", "failed", "not delivered (30003)"), ("email", "sent", "")]


def test_a_report_comes_twice_and_after_a_delivery(stage: Stage) -> None:
    left_a_cart(stage, "sms", "email")
    told = stage.rows(Message)[0].provider_id
    report(stage, ReportKind.DELIVERED, told)
    for key in ("f1", "f1", "f2"):
        report(stage, ReportKind.FAILED, told, key)
    stage.after(minutes=1)
    assert ways(stage) == [("sms", "sent", "")]


def test_nothing_is_tried_after_a_doubt(stage: Stage) -> None:
    Fakes.world.answers = [OutcomeUnknown("no answer")]
    left_a_cart(stage, "sms", "email")
    stage.after(hours=3)
    assert [(medium, state) for medium, state, _ in ways(stage)] == [("sms", "unknown")]


def test_a_doubt_that_a_report_ends(stage: Stage) -> None:
    Fakes.world.answers = [OutcomeUnknown("no answer")]
    left_a_cart(stage, "sms", "email")
    key = stage.rows(Message)[0].key
    told = DeliveryReport(ReportKind.FAILED, "e", "SM9", detail="30003", at=stage.now)
    with stage.session() as session:
        reports.record(session, stage.store.id, "fake_text", told, stage.now, key)
    stage.after(minutes=1)
    assert [(medium, state) for medium, state, _ in ways(stage)] == [
        ("sms", "failed"),
        ("email", "sent"),
    ]


def test_a_busy_vendor_is_waited_for(stage: Stage) -> None:
    Fakes.world.answers = [NotSent("429")]
    left_a_cart(stage, "sms", "email")
    stage.after(minutes=5)
    assert ways(stage) == [("sms", "sent", "")]


def test_a_purchase_ends_it_for_all_media(stage: Stage) -> None:
    left_a_cart(stage, "sms", "email")
    stage.order(ANA, cart_tokens=("c1",))
    report(stage, ReportKind.FAILED, stage.rows(Message)[0].provider_id)
    stage.after(hours=1)
    assert [(medium, state) for medium, state, _ in ways(stage)] == [("sms", "failed")]


def test_a_failure_that_is_told_too_late(stage: Stage) -> None:
    left_a_cart(stage, "sms", "email")
    stage.after(hours=21)  # the next step's message has gone out
    report(stage, ReportKind.FAILED, stage.rows(Message)[0].provider_id)
    stage.after(hours=1)
    assert [(medium, state) for medium, state, _ in ways(stage)] == [("sms", "failed")]


def test_nobody_can_be_reached_at_all(stage: Stage) -> None:
    stage.draws(FLOW)
    stage.cart(Person(phone=ANA.phone))
    stage.after(minutes=31)
    assert ways(stage) == [
        ("sms", "cancelled", "no consent to texts: a phone typed at checkout is none"),
        ("email", "cancelled", "no e-mail address is known"),
    ]


@pytest.mark.parametrize("said", ["no", "stop"])
def test_a_no_to_one_medium_leaves_the_other(stage: Stage, said: str) -> None:
    stage.draws(FLOW)
    stage.agrees(ANA, "sms", "email")
    stage.after(minutes=1)
    if said == "no":
        stage.agrees(ANA, "sms", state="no")
    else:
        stop = DeliveryReport(ReportKind.STOPPED, "s", "", address=ANA.phone)
        with stage.session() as session:
            reports.record(session, stage.store.id, "fake_text", stop, stage.now)
    stage.cart(ANA)
    stage.after(minutes=31)
    assert stage.outbox() == [("email", ANA.email)]


def test_steps_never_stack(stage: Stage) -> None:
    """The first message is held up over the time of the second: it is taken back."""
    Fakes.world.answers = [NotSent("down", after=3600)] * 30
    stage.draws(FLOW.replace("template: reminder}}", "template: reminder, within_hours: 40}}"))
    stage.agrees(ANA, "sms", "email")
    stage.cart(ANA)
    stage.after(hours=22)
    assert ways(stage) == [("sms", "cancelled", "overtaken by the next step")]


def test_a_message_that_was_at_the_wire_meanwhile_is_overtaken_too(stage: Stage) -> None:
    left_a_cart(stage, "sms", "email")
    with stage.session() as session:
        late = session.get_one(Message, stage.rows(Message)[0].id)
        row = {c.key: getattr(late, c.key) for c in Message.__mapper__.column_attrs}
    stage.after(hours=21)
    unsent = {"state": "scheduled", "provider_id": "", "step_id": "older", "id": 1, "key": None}
    unsent |= {"due_at": stage.now, "expires_at": stage.now.replace(year=2027), "sent_at": None}
    row = {name: value for name, value in (row | unsent).items() if name != "key"}
    with stage.session() as session:
        session.add(Message(**row))
    stage.after(minutes=1)
    assert ("older", "cancelled", "overtaken by the next step") in stage.messages()
