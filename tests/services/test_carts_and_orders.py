"""Older data never overwrites newer, orders close what they buy, credit has its evidence."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.carts import CartState, OrderState
from connector.domain.money import Money
from connector.errors import CodeTaken, Refused
from connector.models import (
    Attribution,
    Cart,
    Click,
    Contact,
    Discount,
    DiscountState,
    LinkPurpose,
    Message,
    Order,
    Run,
)
from connector.ports.events import CartChanged, CartClosed, OrderCancelled, OrderRefunded
from connector.ports.platform import DiscountMade
from connector.services import links
from tests.fakes import FakePlatform, Fakes
from tests.stage import ANA, BEN, MUG, START, Stage


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_any_order_of_arrival_ends_the_same(stage: Stage, order: tuple[int, ...]) -> None:
    first = stage.cart(ANA)
    versions = [
        replace(
            first,
            source_at=START + timedelta(minutes=minute),
            total=Money("USD", 3600 + minute),
            lines=(replace(MUG, quantity=2 + minute),),
        )
        for minute in (1, 2, 2)
    ]
    stage.set_clock(START + timedelta(minutes=5))
    stage.tell(*(CartChanged(versions[index]) for index in order))
    cart = stage.one(Cart)
    assert (cart.total_minor, cart.lines[0]["quantity"]) == (3602, 4)
    assert cart.activity_at == START + timedelta(minutes=2)


def test_a_checkout_never_reopens_after_its_order(stage: Stage) -> None:
    snapshot = stage.cart(ANA)
    stage.order(ANA, cart_tokens=("c1",))
    stage.set_clock(stage.now + timedelta(minutes=1))
    late = replace(snapshot, source_at=stage.now)
    assert stage.tell(CartChanged(late)) == ["older than what is known"]
    assert stage.one(Cart).state is CartState.ORDERED


def test_an_order_before_its_checkout_webhook_still_closes_it(stage: Stage) -> None:
    stage.order(ANA, cart_tokens=("c1",))
    stage.cart(ANA, source_at=START - timedelta(minutes=3))
    assert stage.one(Cart).state is CartState.ORDERED
    stage.after(days=2)
    assert stage.outbox() == []
    assert stage.rows(Run) == []


def test_a_new_cart_after_a_purchase_on_the_same_day_is_served(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.order(ANA, cart_tokens=("c1",))
    stage.after(hours=3)
    stage.cart(ANA, token="c2")
    stage.after(hours=2)
    assert [m.step_id for m in stage.rows(Message)] == ["reminder"]
    assert stage.outbox() == [("email", "Ana@example.com")]


def test_an_emptied_cart_is_given_up_and_its_run_with_it(stage: Stage) -> None:
    stage.cart(ANA)
    stage.after(minutes=45)
    stage.tell(CartClosed(("c1",), stage.now))
    stage.after(days=2)
    assert stage.outbox() == []
    assert stage.one(Cart).state is CartState.LOST
    assert stage.one(Run).reason == "the cart was emptied"


def test_a_cart_is_lost_after_a_month(stage: Stage) -> None:
    stage.cart(ANA)
    stage.after(days=29)
    assert stage.one(Cart).state is CartState.ABANDONED
    stage.after(days=2)
    assert stage.one(Cart).state is CartState.LOST


def test_a_cart_without_contact_is_kept_but_not_chased(stage: Stage) -> None:
    stage.cart(replace(ANA, email="", phone=""))
    stage.after(days=1)
    assert stage.one(Cart).due_at is None
    assert stage.rows(Run) == []
    assert stage.rows(Contact) == []


def clicked(stage: Stage) -> None:
    """Ana opens the link of her reminder."""
    message = stage.rows(Message)[0]
    with stage.session() as session:
        token = links.issue(session, message, LinkPurpose.RECOVER, stage.now)
    with stage.sessions.all_stores() as session:
        opened = links.find(session, token, LinkPurpose.RECOVER, stage.now)
    assert opened is not None
    with stage.session() as session:
        links.clicked(session, opened, stage.now, human=True)


@pytest.mark.parametrize(
    ("minutes", "credited"), [(0, True), (24 * 60 - 1, True), (24 * 60, False)]
)
def test_an_order_is_credited_within_the_window_after_the_click(
    stage: Stage, minutes: int, *, credited: bool
) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=1, minutes=5)
    clicked(stage)
    stage.set_clock(stage.now + timedelta(minutes=minutes))
    stage.order(ANA, cart_tokens=("c1",))
    rows = stage.rows(Attribution)
    assert bool(rows) is credited
    if credited:
        assert (rows[0].minor, rows[0].currency, rows[0].model) == (3420, "USD", "last click")
        assert rows[0].evidence["click"] == stage.one(Click).id


def test_delivery_may_be_the_anchor(stage: Stage) -> None:
    stage.configure(credit_anchor="delivery")
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=2)
    stage.order(ANA, cart_tokens=("c1",))
    assert stage.one(Attribution).model == "last delivery"


def test_money_that_goes_back_takes_the_credit_back_once(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=1, minutes=5)
    clicked(stage)
    stage.order(ANA, cart_tokens=("c1",))
    refund = OrderRefunded("1001", stage.now, "r1", Money("USD", 420))
    stage.tell(refund, refund)
    assert stage.one(Attribution).reversed_minor == 420
    stage.tell(OrderCancelled("1001", stage.now))
    assert stage.one(Attribution).reversed_minor == 3420
    assert stage.one(Order).state is OrderState.CANCELLED


def test_a_refund_that_overtakes_its_order_is_not_lost(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=1, minutes=5)
    clicked(stage)
    stage.tell(OrderRefunded("1001", stage.now, "r1", Money("USD", 420)))
    stage.order(ANA, cart_tokens=("c1",))
    assert stage.one(Attribution).reversed_minor == 420


def test_a_test_order_earns_no_credit(stage: Stage) -> None:
    stage.cart(ANA)
    stage.after(hours=1, minutes=5)
    clicked(stage)
    stage.order(ANA, cart_tokens=("c1",), test=True)
    assert stage.rows(Attribution) == []


def offered(stage: Stage) -> Discount:
    """Ana's text with a code is due."""
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(hours=26)
    return stage.one(Discount)


def test_a_code_that_exists_already_is_taken_over_not_made_twice(stage: Stage) -> None:
    discount = offered(stage)
    assert discount.state is DiscountState.LIVE
    assert Fakes.world.made == [discount.code]


def test_a_code_made_by_a_crashed_worker_is_found(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost_answer(self: FakePlatform, terms: object) -> DiscountMade:
        made = DiscountMade("gid/9", terms.code, terms.expires_at, terms.reference)  # type: ignore[attr-defined]
        Fakes.world.codes[made.code.lower()] = made
        raise CodeTaken("taken")

    monkeypatch.setattr(FakePlatform, "create_discount", lost_answer)
    assert offered(stage).platform_id == "gid/9"
    assert len(stage.outbox()) == 2


def test_a_code_that_the_platform_refuses_keeps_the_text_unsent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: FakePlatform, terms: object) -> DiscountMade:
        raise Refused("the plan allows no codes")

    monkeypatch.setattr(FakePlatform, "create_discount", refuse)
    assert offered(stage).state is DiscountState.FAILED
    assert stage.outbox() == [("email", "Ana@example.com")]
    assert stage.messages()[1] == ("offer", "dead", "no code: the plan allows no codes")


def test_old_news_of_an_emptied_cart_changes_nothing_in_either_order(stage: Stage) -> None:
    stage.cart(ANA)
    stage.tell(CartClosed(("c1",), START - timedelta(minutes=5)))
    assert stage.one(Cart).state is CartState.OPEN
    stage.tell(CartClosed(("c1",), START + timedelta(minutes=5)))
    stage.set_clock(START + timedelta(minutes=10))
    stage.cart(ANA, source_at=START + timedelta(minutes=2))
    assert stage.one(Cart).state is CartState.LOST


def test_an_order_that_was_called_off_and_paid_after_all_is_a_purchase(stage: Stage) -> None:
    stage.tell(OrderCancelled("1001", START - timedelta(minutes=30)))
    stage.order(ANA, cart_tokens=("c1",))
    assert stage.one(Order).state is OrderState.PLACED
    stage.cart(ANA, source_at=START - timedelta(minutes=3))
    stage.after(days=2)
    assert stage.outbox() == []


def test_a_reinstated_order_has_its_credit_back(stage: Stage) -> None:
    stage.cart(ANA)
    stage.after(hours=1, minutes=5)
    clicked(stage)
    placed = stage.order(ANA, cart_tokens=("c1",))
    stage.set_clock(stage.now + timedelta(minutes=1))
    stage.tell(OrderCancelled("1001", stage.now))
    assert stage.one(Attribution).reversed_minor == 3420
    stage.set_clock(stage.now + timedelta(minutes=1))
    again = replace(placed, order=replace(placed.order, source_at=stage.now))
    stage.tell(again)
    assert stage.one(Order).state is OrderState.PLACED
    assert stage.one(Attribution).reversed_minor == 0


def test_one_click_brings_one_order(stage: Stage) -> None:
    stage.cart(ANA)
    stage.after(hours=1, minutes=5)
    clicked(stage)
    stage.order(ANA, cart_tokens=("c1",))
    stage.set_clock(stage.now + timedelta(hours=2))
    stage.order(ANA, "1002")
    assert len(stage.rows(Attribution)) == 1


def test_an_order_on_another_device_buys_the_cart_whose_link_filled_it(stage: Stage) -> None:
    """Her husband opens the link on his phone and pays there, under his own address."""
    stage.agrees(ANA, "email")
    stage.cart(ANA, "c1")
    stage.after(hours=1, minutes=35)
    assert stage.outbox() == [("email", ANA.email)]
    stage.order(replace(BEN, phone=""), cart_tokens=("c9", "c1"))
    stage.after(days=3)
    cart = stage.one(Cart)
    assert (cart.state, cart.evidence["rule"]) == (CartState.RECOVERED, "named by the order")
    assert [step for step, _, _ in stage.messages()] == ["reminder", "thanks"]  # and no offer
