"""What stops at once, and what goes on: the shop leaves, an order ends, she says no."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.domain.carts import CartKind, Payment
from connector.domain.money import Money
from connector.errors import NotSent, Refused, Scope
from connector.models import Consent, Errand, FlowState, Message, Run, RunState, Store, StoreState
from connector.ports.channel import DeliveryReport, ReportKind
from connector.ports.events import AppUninstalled, OrderCancelled, OrderRefunded
from connector.services import consents, flow_switches, reports
from tests.fakes import Fakes
from tests.stage import ANA, MUG, Stage

HOOK = "{id: hook, webhook: {url: 'https://crm.example/x'}}"
MAIL = "{id: mail, send: {medium: email, template: reminder}}"
TEXT_FIRST = "{id: text, send: {medium: [sms, email], template: reminder}}"
THANKS = "{id: thanks, send: {medium: [sms, email], template: thanks, transactional: true}}"
DAY = "{id: day, wait: {days: 1}}"


def drawn(stage: Stage, trigger: str, *steps: str, on_order: str = "", rules: str = "{}") -> None:
    text = f"key: one\nname: One\ntrigger: {trigger}\nrules: {rules}\nsteps:\n"
    text += "".join(f"  - {step}\n" for step in steps)
    stage.draws(text + (f"on_order:\n  - {on_order}\n" if on_order else ""))


def stop_reply(stage: Stage) -> None:
    """Ana answers a text with STOP."""
    report = DeliveryReport(ReportKind.STOPPED, "stop", "", address=ANA.phone)
    with stage.session() as session:
        reports.record(session, stage.store.id, "fake_text", report, stage.now)


def errands(stage: Stage) -> list[tuple[str, str]]:
    return [(row.state, row.reason) for row in stage.rows(Errand)]


# --- texts that are no marketing


def test_after_a_stop_even_a_thank_you_comes_by_mail(stage: Stage) -> None:
    drawn(stage, "checkout_abandoned", TEXT_FIRST, DAY, MAIL, on_order=THANKS)
    stage.agrees(ANA, "sms")
    stage.cart(ANA)
    stage.after(hours=1)
    stop_reply(stage)
    stage.order(ANA, cart_tokens=("c1",))
    stage.after(hours=1)
    assert stage.outbox() == [("sms", ANA.phone), ("email", ANA.email)]


def test_a_thank_you_may_be_mailed_after_an_unsubscription_but_not_to_a_bad_address(
    stage: Stage,
) -> None:
    thanks = THANKS.replace("[sms, email]", "email")
    drawn(stage, "order_placed", thanks, rules="{cooldown_days: 0}")
    stage.order(ANA, "1")
    stage.after(minutes=5)
    message_id = stage.one(Message).id
    with stage.session() as session:
        consents.unsubscribe(session, message_id, stage.now)
    Fakes.world.answers = [Refused("550 no such user", scope=Scope.ADDRESS)]
    stage.after(days=1).order(ANA, "2")
    stage.after(days=1).order(ANA, "3")
    stage.after(days=1)
    assert [(state, why) for _, state, why in stage.messages()] == [
        ("sent", ""),
        ("dead", "550 no such user"),
        ("cancelled", "nothing arrives at her e-mail address"),
    ]


def test_a_thank_you_by_text_waits_for_the_morning(stage: Stage) -> None:
    drawn(stage, "order_placed", THANKS)
    stage.after(hours=12)  # 22:00 in New York
    stage.order(ANA)
    stage.after(minutes=5)
    assert stage.messages() == [("thanks", "scheduled", "quiet hours where she is")]
    stage.after(hours=13)
    assert stage.outbox() == [("sms", ANA.phone)]


# --- the shop leaves, or pauses


def test_nothing_of_a_removed_app_wakes_up_later(stage: Stage) -> None:
    Fakes.world.outlet_answers = [NotSent("busy")] * 3
    drawn(stage, "order_placed", HOOK)
    stage.order(ANA)
    stage.after(minutes=1)
    stage.draws(
        "key: back\nname: Back\ntrigger: {on: win_back, days: 30}\n"
        f"steps:\n  - {HOOK}\n  - {MAIL}\n",
        alone=False,
    )
    stage.order(ANA, "2")
    stage.tell(AppUninstalled(stage.now))
    stage.after(days=40)
    reason = "the store removed the app"
    assert {run.state for run in stage.rows(Run)} <= {RunState.FINISHED, RunState.CANCELLED}
    assert errands(stage) == [("cancelled", reason)]
    assert (Fakes.world.told, stage.outbox()) == ([], [])


def test_what_staff_should_hear_waits_while_the_store_is_paused(stage: Stage) -> None:
    drawn(stage, "order_placed", HOOK)
    with stage.session() as session:
        stage._store(session).state = StoreState.PAUSED
    stage.order(ANA)
    stage.after(hours=2)
    assert (stage.one(Errand).state, stage.one(Errand).attempts) == ("scheduled", 0)
    with stage.session() as session:
        session.get_one(Store, stage.store.id).state = StoreState.ACTIVE
    stage.after(hours=1)
    assert (stage.one(Errand).state, len(Fakes.world.told)) == ("done", 1)


# --- an order is called off, or its money goes back


def test_nobody_is_asked_how_she_likes_what_she_never_got(stage: Stage) -> None:
    drawn(stage, "order_placed", DAY, MAIL)
    stage.order(ANA, "1")
    stage.after(hours=1)
    stage.tell(OrderCancelled("1", stage.now))
    stage.after(days=2)
    assert stage.runs() == [("cancelled", "the order was cancelled")]
    assert stage.outbox() == []


@pytest.mark.parametrize(
    ("news", "reason"),
    [
        (lambda at: OrderCancelled("1", at), "the order was cancelled"),
        (lambda at: OrderRefunded("1", at, "r1", Money("USD", 3420)), "the order was refunded"),
    ],
    ids=["cancelled", "refunded"],
)
def test_a_last_message_that_waits_for_the_morning_is_taken_back(
    stage: Stage, news: object, reason: str
) -> None:
    text = "{id: text, send: {medium: sms, template: reminder}}"
    drawn(stage, "order_placed", text, rules="{exits: [refunded]}")
    stage.agrees(ANA, "sms")
    stage.after(hours=12)  # 22:00 in New York
    stage.order(ANA, "1")
    stage.after(minutes=30)
    assert stage.one(Run).state is RunState.FINISHED
    stage.tell(news(stage.now))  # type: ignore[operator]
    stage.after(hours=14)
    assert stage.messages() == [("text", "cancelled", reason)]


# --- an order that waited for its money


def test_an_unpaid_order_that_is_paid_is_no_payment_to_ask_for(stage: Stage) -> None:
    drawn(stage, "payment_failed", DAY, MAIL, on_order=THANKS.replace("[sms, email]", "email"))
    placed_at = stage.now
    about = {"kind": CartKind.UNPAID_ORDER, "payment": Payment.FAILED}
    stage.after(minutes=10)
    stage.cart(ANA, "order:77", **about)
    stage.after(hours=2)
    paid = {"placed_at": placed_at, "source_at": stage.now, "paid_at": stage.now}
    stage.order(ANA, "77", cart_tokens=("order:77",), **paid)
    stage.after(days=2)
    assert [m[:2] for m in stage.messages()] == [("thanks", "sent")]


def test_paying_an_old_order_ends_the_wait_for_another_cart(stage: Stage) -> None:
    placed_at = stage.now - timedelta(hours=3)
    drawn(stage, "checkout_abandoned", DAY, MAIL)
    stage.cart(ANA)
    stage.after(hours=2)
    stage.order(ANA, "77", placed_at=placed_at, paid_at=stage.now)
    stage.after(days=2)
    assert stage.outbox() == []
    assert stage.runs() == [("finished", "ordered")]


def test_an_order_that_was_paid_before_stops_no_new_cart(stage: Stage) -> None:
    """Its news comes late, or cash is paid at the door: neither is a new purchase."""
    drawn(stage, "checkout_abandoned", DAY, MAIL)
    stage.order(ANA, "cash")
    placed_at = stage.now
    stage.after(hours=3)
    stage.cart(ANA)
    stage.after(hours=2)
    stage.order(ANA, "cash", placed_at=placed_at, paid_at=stage.now)
    stage.order(ANA, "late", placed_at=placed_at, paid_at=placed_at, source_at=placed_at)
    stage.after(days=2)
    assert stage.outbox() == [("email", ANA.email)]


# --- what staff and other software should hear


@pytest.fixture
def untold(stage: Stage) -> Stage:
    """The other software was away when Ana's cart was left."""
    Fakes.world.outlet_answers = [NotSent("busy")] * 3
    drawn(stage, "checkout_abandoned", HOOK, DAY, MAIL)
    stage.cart(ANA)
    stage.after(minutes=40)
    assert [state for state, _ in errands(stage)] == ["scheduled"]
    return stage


def test_nobody_is_told_of_a_cart_that_was_bought(untold: Stage) -> None:
    untold.order(ANA, cart_tokens=("c1",))
    assert errands(untold) == [("cancelled", "the person has ordered")]
    untold.after(days=2)
    assert Fakes.world.told == []


def test_nobody_is_told_for_a_flow_that_is_off(untold: Stage) -> None:
    with untold.session() as session:
        flow_switches.switch(session, untold._store(session), "one", FlowState.OFF, untold.now)
    assert errands(untold) == [("cancelled", "the flow was switched off")]
    untold.after(days=2)
    assert Fakes.world.told == []


def test_nobody_is_told_of_somebody_who_left(untold: Stage) -> None:
    untold.agrees(ANA, "email", state="no")
    assert errands(untold) == [("cancelled", "the person said no")]


def test_a_flow_that_goes_on_after_an_order_tells_of_it(stage: Stage) -> None:
    Fakes.world.outlet_answers = [NotSent("busy")] * 3
    stage.draws(
        "key: one\nname: One\ntrigger: checkout_abandoned\n"
        f"steps:\n  - {HOOK}\n  - {DAY}\n  - {MAIL}\non_order: continue\n"
    )
    stage.cart(ANA)
    stage.after(minutes=40)
    stage.order(ANA, cart_tokens=("c1",))
    stage.after(days=2)
    assert (stage.one(Errand).state, len(Fakes.world.told)) == ("done", 1)


# --- she says no at the shop


def test_a_no_that_leaves_no_way_to_her_ends_the_flow(stage: Stage) -> None:
    drawn(stage, "checkout_abandoned", MAIL, DAY, HOOK)
    stage.cart(ANA)
    stage.after(hours=2)
    stage.agrees(ANA, "email", state="no")
    stage.after(days=2)
    assert stage.runs() == [("cancelled", "the person said no")]
    assert Fakes.world.told == []


def test_a_no_to_mail_leaves_her_the_texts_she_wanted(stage: Stage) -> None:
    drawn(stage, "checkout_abandoned", DAY, TEXT_FIRST)
    stage.agrees(ANA, "sms")
    stage.cart(ANA)
    stage.after(hours=2)
    stage.agrees(ANA, "email", state="no")
    stage.after(days=1)
    assert stage.outbox() == [("sms", ANA.phone)]


def test_a_stop_ends_the_flow_of_her_who_wants_no_mail_either(stage: Stage) -> None:
    drawn(stage, "checkout_abandoned", DAY, TEXT_FIRST)
    stage.agrees(ANA, "sms")
    stage.agrees(ANA, "email", state="no")
    stage.cart(ANA)
    stage.after(hours=2)
    stop_reply(stage)
    assert stage.runs() == [("cancelled", "the person said no")]


def test_a_no_to_texts_sends_the_waiting_text_as_a_mail(stage: Stage) -> None:
    drawn(stage, "checkout_abandoned", TEXT_FIRST)
    stage.agrees(ANA, "sms", "email")
    stage.after(hours=12)  # 22:00 in New York
    stage.cart(ANA, lines=(MUG,))
    stage.after(hours=1)
    stage.agrees(ANA, "sms", state="no")
    stage.after(minutes=5)
    assert stage.outbox() == [("email", ANA.email)]


def test_of_a_yes_and_a_no_at_the_same_moment_the_no_counts(stage: Stage) -> None:
    drawn(stage, "checkout_abandoned", MAIL)
    stage.agrees(ANA, "email", state="no")
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=1)
    stage.agrees(ANA, "sms")
    stage.agrees(ANA, "sms", state="no")
    assert stage.outbox() == []
    assert [row.state for row in stage.rows(Consent)] == ["no", "no"]
