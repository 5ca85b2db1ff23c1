"""The first sequence, walked: who hears what, when, and what stops it."""

from __future__ import annotations

from dataclasses import replace

from connector.domain.carts import CartState
from connector.errors import NotSent
from connector.models import Attribution, Cart, Discount, Run
from jobs import orders as asking
from tests.fakes import Fakes
from tests.stage import ANA, BEN, Stage


def test_a_walk_away_gets_a_reminder_and_a_day_later_a_text_with_a_code(stage: Stage) -> None:
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(minutes=29)
    assert stage.one(Cart).state is CartState.OPEN
    stage.after(minutes=2)
    assert stage.one(Cart).state is CartState.ABANDONED
    stage.after(minutes=28)
    assert stage.outbox() == []
    stage.after(minutes=2)
    assert stage.outbox() == [("email", "Ana@example.com")]
    assert Fakes.world.made == []  # no offer in the first message
    stage.after(hours=24)
    assert stage.outbox()[1:] == [("sms", "+12125550101")]
    assert [d.code for d in stage.rows(Discount)] == Fakes.world.made
    stage.after(days=10)
    assert len(stage.outbox()) == 2
    assert stage.one(Run).reason == "all steps done"


def test_a_recovered_cart_hears_a_thank_you_and_nothing_more(stage: Stage) -> None:
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(hours=2)
    stage.order(ANA, cart_tokens=("checkout-c1",))
    stage.after(days=3)
    assert stage.outbox() == [("email", "Ana@example.com")] * 2
    assert stage.messages()[1][0] == "thanks"
    assert stage.one(Cart).state is CartState.RECOVERED


def test_an_order_before_the_reminder_is_no_recovery(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=40)
    stage.order(ANA, cart_tokens=("c1",))
    stage.after(days=2)
    assert stage.one(Cart).state is CartState.ORDERED
    assert [step for step, _, _ in stage.messages()] == ["thanks"]
    assert stage.rows(Attribution) == []


def test_a_buyer_who_never_paused_gets_nothing(stage: Stage) -> None:
    stage.cart(ANA)
    stage.after(minutes=5)
    stage.order(ANA, cart_tokens=("c1",))
    stage.after(days=2)
    assert stage.outbox() == []
    assert stage.rows(Run) == []


def test_a_phone_typed_at_checkout_is_no_consent_to_texts(stage: Stage) -> None:
    stage.cart(BEN)
    stage.after(days=2)
    assert stage.outbox() == [("email", "ben@example.com")]
    assert ("offer", "cancelled", "no consent to texts: a phone typed at checkout is none") in (
        stage.messages()
    )
    assert Fakes.world.made == []  # no code for a text that is not sent


def test_an_order_lost_on_its_way_is_found_before_sending(stage: Stage) -> None:
    stage.cart(ANA)
    stage.after(minutes=50)
    Fakes.world.orders.append(stage.unheard_order(ANA))
    stage.after(hours=30)
    assert [step for step, state, _ in stage.messages() if state == "sent"] == ["thanks"]


def test_an_order_under_another_spelling_of_the_address_stops_it_too(stage: Stage) -> None:
    stage.cart(replace(ANA, email="ana.lee+shop@gmail.com", phone=""))
    stage.after(minutes=45)
    stage.order(replace(ANA, email="AnaLee@googlemail.com", phone=""), "1002")
    stage.after(days=2)
    assert [step for step, state, _ in stage.messages() if state == "sent"] == ["thanks"]


def test_a_store_that_cannot_be_asked_sends_nothing(stage: Stage) -> None:
    stage.cart(ANA)
    stage.after(minutes=59)
    Fakes.world.platform_error = NotSent("down")
    stage.set_clock(stage.now.replace(minute=59, second=59))
    stage.tick()
    stage.set_clock(stage.now.replace(hour=stage.now.hour + 1, minute=1))
    for _ in range(3):
        stage.tick()
    assert stage.outbox() == []
    assert stage.messages() == [
        ("reminder", "scheduled", "the store's orders must be asked for first")
    ]
    Fakes.world.platform_error = None
    asking._silent.clear()  # as if its pause were over
    stage.after(minutes=1)
    assert len(stage.outbox()) == 1


def test_shopping_again_puts_everything_off(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=55)
    stage.cart(ANA)
    stage.after(minutes=30)
    assert stage.outbox() == []
    stage.after(minutes=31)
    assert stage.outbox() == [("email", "Ana@example.com")]


def test_who_buys_after_the_last_step_is_thanked_too(stage: Stage) -> None:
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(hours=30)
    assert stage.one(Run).reason == "all steps done"
    stage.order(ANA, cart_tokens=("c1",))
    stage.after(hours=1)
    assert stage.messages()[-1][:2] == ("thanks", "sent")
    stage.order(ANA, "1002")
    stage.after(days=1)
    assert len(stage.outbox()) == 3


def test_only_the_buyer_is_thanked(stage: Stage) -> None:
    stage.cart(ANA)
    stage.cart(replace(BEN, phone=ANA.phone), token="c2")
    stage.after(minutes=45)
    stage.order(ANA, cart_tokens=("c1",))
    stage.after(hours=1)
    assert stage.outbox() == [("email", "Ana@example.com")]
    assert sorted(run.state for run in stage.rows(Run)) == ["cancelled", "finished"]
