"""What texts cost: known before they leave, capped without exception, given back when unsent."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from connector.domain.people import Person
from connector.errors import NotSent, OutcomeUnknown, Refused
from connector.models import Budget, Cart, Message, Run
from connector.ports.channel import DeliveryReport, ReportKind
from connector.services import reports
from jobs import orders
from jobs.flows import advance_runs, watch_carts
from jobs.messages import send_messages
from tests.fakes import Fakes
from tests.stage import ANA, Stage

TEXTS = """
    key: texts
    name: Texts
    trigger: checkout_abandoned
    steps: [{id: text, send: {medium: [sms, email], template: reminder}}]
    """
PRICE = {"US": 0.01, "*": 0.05}


def texted(stage: Stage, **texts: object) -> Message:
    """Ana left a cart and is texted; a text to the US costs 10,000 millionths a segment."""
    stage.configure(texts={"price": PRICE, **texts})
    stage.draws(TEXTS)
    stage.agrees(ANA, "sms", "email")
    stage.cart(ANA)
    stage.after(minutes=31)
    return stage.rows(Message)[0]


def spent(stage: Stage) -> dict[str, int]:
    return {row.month: row.used_micros for row in stage.rows(Budget)}


def test_a_text_costs_its_segments_where_its_number_is(stage: Stage) -> None:
    message = texted(stage)
    parts = -(-len(Fakes.world.outbox[0][1].text) // 153)
    assert message.cost_micros == parts * 10_000
    assert spent(stage) == {"2026-06": parts * 10_000}


def test_mail_costs_nothing(stage: Stage) -> None:
    stage.configure(texts={"price": PRICE, "month_cap": 0})
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=2)
    assert (stage.outbox(), spent(stage)) == ([("email", ANA.email)], {})


def test_a_text_that_is_too_dear_goes_by_mail(stage: Stage) -> None:
    texted(stage, most=0.005)
    assert stage.messages() == [
        ("text", "cancelled", "it would cost more than a text may"),
        ("text", "sent", ""),
    ]
    assert (stage.outbox(), spent(stage)) == ([("email", ANA.email)], {})


def test_a_cap_that_is_used_up_lets_no_text_through(stage: Stage) -> None:
    texted(stage, month_cap=0.005)
    assert stage.messages()[0][2] == "the month's cap for texts is used up"
    assert [medium for medium, _ in stage.outbox()] == ["email"]


@pytest.mark.parametrize(
    ("answer", "held"),
    [(NotSent("busy", after=7200), False), (Refused("no"), False), (OutcomeUnknown("?"), True)],
    ids=["not sent", "refused", "unknown"],
)
def test_what_may_have_left_keeps_its_reservation(
    stage: Stage, answer: Exception, held: bool
) -> None:
    Fakes.world.answers = [answer]
    message = texted(stage)
    assert bool(message.cost_micros) is held
    assert bool(spent(stage)["2026-06"]) is held


def test_a_text_that_did_not_arrive_is_paid_for_all_the_same(stage: Stage) -> None:
    message = texted(stage)
    report = DeliveryReport(ReportKind.FAILED, "e", message.provider_id, detail="30003")
    with stage.session() as session:
        reports.record(session, stage.store.id, "fake_text", report, stage.now)
    assert spent(stage) == {"2026-06": message.cost_micros}


def test_the_month_is_the_stores_own(stage: Stage) -> None:
    stage.set_clock(stage.now.replace(month=7, day=1, hour=1))  # 21:00 on 30 June in New York
    stage.configure(quiet={}, texts={"price": PRICE})
    stage.draws(TEXTS)
    seoul = Person(email="soo@example.de", phone="+4915112345678", country="DE")
    stage.agrees(seoul, "sms")
    stage.cart(seoul)
    stage.after(minutes=31)
    assert list(spent(stage)) == ["2026-06"]


@pytest.mark.parametrize("affordable", [0, 7])
def test_a_cap_is_hard_however_many_send_at_once(stage: Stage, affordable: int) -> None:
    """Thirty people, four threads a batch, six batches at once: never one text too many."""
    stage.configure(texts={"price": PRICE})
    stage.draws(TEXTS.replace("[sms, email]", "sms"))
    people = [Person(email=f"p{n}@example.com", phone=f"+1212555{n:04}") for n in range(30)]
    for number, person in enumerate(people):
        stage.agrees(person, "sms")
        stage.cart(person, token=f"c{number}")
    stage.set_clock(stage.now + timedelta(minutes=31))
    watch_carts([(stage.store.id, cart.id) for cart in stage.rows(Cart)])
    advance_runs([(stage.store.id, run.id) for run in stage.rows(Run)])
    orders.refresh(stage.store.id)
    waiting = [message.id for message in stage.rows(Message)]
    assert len(waiting) == 30
    each = _cost_of_one(stage, waiting.pop())
    stage.configure(texts={"price": PRICE, "month_cap": (affordable + 1) * each / 1_000_000})
    batches = [[(stage.store.id, m) for m in waiting[n::6]] for n in range(6)]
    senders = [threading.Thread(target=send_messages, args=(batch,)) for batch in batches]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(stage.outbox()) == affordable + 1
    assert spent(stage) == {"2026-06": (affordable + 1) * each}


def _cost_of_one(stage: Stage, message_id: int) -> int:
    send_messages([(stage.store.id, message_id)])
    return next(m.cost_micros for m in stage.rows(Message) if m.id == message_id)
