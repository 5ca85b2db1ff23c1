"""What the shop counts of a shopper's life, beside what we saw ourselves; asked once a day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.domain.money import Money
from connector.domain.people import Person
from connector.errors import NotSent
from connector.models import Contact, WebhookState
from connector.ports.events import (
    ContactChanged,
    ErasureAsked,
    StoreEvent,
)
from connector.ports.platform import CustomerCard
from jobs import customers as asking
from jobs import orders as asking_orders
from jobs.webhooks import process_webhooks
from tests.factories import delivery
from tests.fakes import Fakes
from tests.stage import ANA, BEN, Stage

HELLO = "steps: [{id: hello, send: {medium: email, template: reminder}}]"
RICH = (
    "{on: checkout_abandoned, where:"
    " {all: [{total_spent: {at_least: 500}}, {orders_count: {at_least: 5}}]}}"
)


@pytest.fixture(autouse=True)
def _not_silent() -> None:
    asking._silent.clear()
    asking_orders._silent.clear()


def draw(stage: Stage, trigger: str, rules: str = "{}", steps: str = HELLO) -> None:
    stage.draws(f"key: one\nname: One\ntrigger: {trigger}\nrules: {rules}\n{steps}")


def card(orders: int | None, spent: int | None = None, *tags: str) -> CustomerCard:
    money = None if spent is None else Money("USD", spent * 100)
    return CustomerCard("7", orders, money, tags)


def shop_knows(told: CustomerCard, person: Person = ANA) -> None:
    Fakes.world.customers[person.email] = told


def webhook(stage: Stage, *events: StoreEvent) -> None:
    """The shop's delivery comes in by the job."""
    Fakes.world.events["news"] = list(events)
    row = delivery(stage, WebhookState.RECEIVED, topic="news")
    process_webhooks([(stage.store.id, row)])


# ------------------------------------------------------------------- asked, and of use


def test_who_bought_before_we_came_is_a_regular(stage: Stage) -> None:
    draw(stage, RICH)
    shop_knows(card(6, 700))
    shop_knows(card(6, 400), BEN)
    stage.cart(ANA, "c1")
    stage.cart(BEN, "c2")
    stage.after(hours=2)
    assert stage.outbox() == [("email", ANA.email)]


def test_the_shops_tag_excludes_her(stage: Stage) -> None:
    draw(stage, "checkout_abandoned", "{exclude: {tags: [Staff]}}")
    shop_knows(card(None, None, "staff"))
    stage.cart(ANA)
    stage.after(hours=2)
    assert stage.outbox() == []
    assert "Not entered “One”: excluded: tag" in stage.story()


def test_the_stores_own_exclusion_by_tag_asks_too(stage: Stage) -> None:
    draw(stage, "checkout_abandoned")
    stage.configure(exclude={"tags": ["staff"]})
    shop_knows(card(None, None, "staff"))
    stage.cart(ANA)
    stage.after(hours=2)
    assert stage.outbox() == []


def test_a_condition_on_the_way_asks_when_it_is_reached(stage: Stage) -> None:
    steps = """
steps:
  - {id: w, wait: {days: 2}}
  - id: which
    if:
      where: {orders_count: {at_least: 2}}
      yes: [{id: old, send: {medium: email, template: reminder}}]
      no: [{id: new, send: {medium: email, template: reminder}}]
"""
    draw(stage, "checkout_abandoned", steps=steps)
    stage.cart(ANA)
    stage.after(days=1, hours=12)
    shop_knows(card(3))
    stage.after(days=1)
    assert [m[0] for m in stage.messages()] == ["old"]
    assert len(Fakes.world.asked_about) == 2  # the cart, and two days later the run


def test_who_is_no_flows_business_is_not_asked_about(stage: Stage) -> None:
    draw(stage, "checkout_abandoned")
    stage.cart(ANA)
    stage.after(hours=2)
    webhook(stage, stage.unheard_order(ANA))
    assert stage.outbox()
    assert Fakes.world.asked_about == []


def test_she_is_asked_about_once_a_day(stage: Stage) -> None:
    draw(stage, RICH, "{cooldown_days: 0}")
    for number in range(4):
        stage.cart(ANA, f"c{number}")
        stage.after(hours=2)
    assert Fakes.world.asked_about == [ANA.email]
    stage.after(hours=18)
    stage.cart(ANA, "c9")
    stage.after(hours=2)
    assert Fakes.world.asked_about == [ANA.email] * 2


def test_a_shop_that_does_not_answer_stops_nothing(stage: Stage) -> None:
    draw(stage, "{on: checkout_abandoned, where: {returning: false}}")
    Fakes.world.platform_error = NotSent("away")
    stage.cart(ANA)
    stage.after(hours=1)
    assert stage.runs()
    assert stage.contact(ANA.email).shop_asked_at is None


def test_what_the_shop_says_names_nobody_in_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    draw(stage, RICH)
    Fakes.world.platform_error = NotSent(f"nothing known of {ANA.email}")
    stage.cart(ANA)
    stage.after(hours=1)
    assert "no answer about a customer" in caplog.text
    assert ANA.email not in caplog.text


def test_who_was_forgotten_is_not_looked_up(stage: Stage) -> None:
    draw(stage, "first_order")
    order = stage.unheard_order(ANA)
    stage.cart(ANA)
    stage.set_clock(stage.now + timedelta(hours=1))
    stage.tell(ErasureAsked(ANA, ()))
    webhook(stage, order)  # a delivery from before, that comes late
    stage.after(hours=2)
    assert Fakes.world.asked_about == []
    (gone,) = stage.rows(Contact)
    assert gone.erased_at


def test_who_gave_only_a_phone_is_not_looked_up(stage: Stage) -> None:
    draw(stage, RICH)
    stage.cart(Person(phone="+12125550109", country="US"))
    stage.after(hours=2)
    assert Fakes.world.asked_about == []


# ------------------------------------------------------------------- orders begin flows


@pytest.mark.parametrize(("before", "begins"), [(0, False), (1, False), (2, True), (3, False)])
def test_the_third_order_is_the_third_of_her_life(stage: Stage, before: int, begins: bool) -> None:
    """The shop is asked when the order came: its count has the order in it."""
    draw(stage, "{on: nth_order, times: 3}")
    shop_knows(card(before + 1))
    webhook(stage, stage.unheard_order(ANA))
    assert bool(stage.runs()) is begins


def test_the_third_order_after_the_shop_counted_two(stage: Stage) -> None:
    draw(stage, "{on: nth_order, times: 3}")
    stage.tell(ContactChanged(ANA, stage.now, orders_count=2))
    stage.after(minutes=5)
    stage.order(ANA, "1")
    assert stage.runs()


def test_two_orders_at_once_are_the_second_and_the_third(stage: Stage) -> None:
    draw(stage, "{on: nth_order, times: 2}")
    shop_knows(card(3))
    webhook(stage, stage.unheard_order(ANA, "late", placed_at=stage.now))
    assert not stage.runs()  # counted together, the later one is the third
    webhook(stage, stage.unheard_order(ANA, "early", placed_at=stage.now - timedelta(minutes=1)))
    assert stage.runs()


def test_a_first_order_is_none_of_a_regular(stage: Stage) -> None:
    draw(stage, "first_order")
    shop_knows(card(9))
    webhook(stage, stage.unheard_order(ANA, "1"))
    webhook(stage, stage.unheard_order(BEN, "2"))
    assert len(stage.runs()) == 1


def test_an_order_found_by_asking_is_counted_like_one_that_was_told(stage: Stage) -> None:
    draw(stage, "{on: nth_order, times: 3}")
    shop_knows(card(3))
    Fakes.world.orders = [stage.unheard_order(ANA)]
    asking_orders.refresh(stage.store.id)
    assert stage.runs()


def test_an_order_from_long_ago_asks_nobody(stage: Stage) -> None:
    draw(stage, "first_order")
    webhook(stage, stage.unheard_order(ANA, placed_at=stage.now - timedelta(days=30)))
    assert Fakes.world.asked_about == []


def test_a_new_account_of_a_wholesaler_is_excluded_by_tag(stage: Stage) -> None:
    draw(stage, "customer_created", "{exclude: {tags: [b2b]}}")
    shop_knows(card(0, 0, "b2b"))
    webhook(stage, ContactChanged(ANA, stage.now, created=True))
    webhook(stage, ContactChanged(BEN, stage.now, created=True))
    assert len(stage.runs()) == 1


@pytest.mark.parametrize("returning", [True, False])
def test_returning_asks_what_was_before_the_order(stage: Stage, returning: bool) -> None:
    draw(stage, f"{{on: order_placed, where: {{returning: {str(returning).lower()}}}}}")
    stage.order(ANA, "1")
    stage.after(minutes=1)
    first = len(stage.runs())
    stage.after(days=10)
    stage.order(ANA, "2")
    assert (first, len(stage.runs()) - first) == ((0, 1) if returning else (1, 0))


def test_who_bought_again_meanwhile_was_new_at_her_first_order(stage: Stage) -> None:
    steps = """
steps:
  - {id: w, wait: {days: 3}}
  - id: which
    if:
      where: {returning: true}
      yes: [{id: old, tag: {add: [old]}}]
      no: [{id: new, tag: {add: [new]}}]
"""
    draw(stage, "first_order", steps=steps)
    stage.order(ANA, "1")
    stage.after(days=1)
    stage.order(ANA, "2")
    stage.after(days=3)
    assert stage.contact(ANA.email).tags == ["new"]
