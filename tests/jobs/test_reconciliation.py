"""What no webhook told is found in time, once, and counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from connector.domain.carts import CartKind, CartSnapshot
from connector.domain.money import Money
from connector.domain.people import Person
from connector.errors import NotSent
from connector.models import Cart, CartToken, Chore, Order, Run, Store, Webhook
from connector.models.webhooks import WebhookState
from connector.ports.events import CartChanged, StoreEvent
from connector.ports.listing import Interrupted
from connector.services import chores
from jobs.chores import regular
from tests.fakes import FakePlatform, Fakes
from tests.stage import ANA, Stage

TEN = timedelta(minutes=10)


def begin(stage: Stage, *kinds: str) -> None:
    stage.sessions.in_store(stage.store.id, lambda s: chores.ensure(s, stage.store.id, kinds))


def again(stage: Stage) -> None:
    """The chores' time comes round, and the store was not asked for a while."""
    with stage.session() as session:
        session.execute(update(Chore).values(due_at=func.clock_timestamp()))
        session.execute(update(Store).values(orders_seen_at=None))
    stage.settle()


def chore(stage: Stage, kind: str) -> Chore:
    with stage.session() as session:
        return session.scalars(select(Chore).where(Chore.kind == kind)).one()


def listed(stage: Stage, token: str = "c1", person: Person = ANA, **changes: Any) -> CartChanged:
    """The same checkout as `stage.cart`, as the platform's list tells it."""
    whole = CartSnapshot(
        external_id=f"checkout-{token}",
        kind=CartKind.CHECKOUT,
        lines=(),
        total=Money("USD", 3600),
        person=person,
        source_at=stage.now,
        tokens=(f"checkout-{token}",),
        listed=True,
    )
    return CartChanged(replace(whole, **changes))


def test_both_chores_come_by_themselves_where_the_platform_has_them(stage: Stage) -> None:
    assert {"orders", "checkouts"} <= set(regular("fake"))
    assert "orders" in regular("woocommerce")
    assert "checkouts" not in regular("woocommerce")
    assert "checkouts" in regular("shopify")


def test_an_order_that_no_webhook_told_is_found_counted_and_not_doubled(stage: Stage) -> None:
    lost = stage.unheard_order(name="1001")
    heard = stage.order(name="1002")
    Fakes.world.orders = [lost, heard]
    stage.set_clock(stage.now + TEN)
    begin(stage, "orders")
    stage.settle()
    assert sorted(order.external_id for order in stage.rows(Order)) == ["1001", "1002"]
    found = chore(stage, "orders").result
    assert (found["found"], found["lost"]) == (2, 1)
    assert found["last_at"]
    again(stage)
    assert len(stage.rows(Order)) == 2
    assert chore(stage, "orders").result["lost"] == 1
    assert Fakes.world.polls == 2


def test_news_of_a_moment_ago_is_not_called_lost(stage: Stage) -> None:
    """Its webhook may be on its way."""
    Fakes.world.orders = [stage.unheard_order()]
    begin(stage, "orders")
    stage.settle()
    assert chore(stage, "orders").result == {"found": 1, "lost": 0}


def test_while_deliveries_wait_for_us_nothing_is_called_lost(stage: Stage) -> None:
    Fakes.world.orders = [stage.unheard_order()]
    stage.set_clock(stage.now + TEN)
    with stage.session() as session:
        later = stage.now + TEN
        session.add(
            Webhook(
                store_id=stage.store.id,
                topic="orders/create",
                dedup_key="1",
                body=b"{}",
                state=WebhookState.RECEIVED,
                received_at=later,
                happened_at=later,
                retry_at=datetime(2100, 1, 1, tzinfo=stage.now.tzinfo),
            )
        )
    begin(stage, "orders")
    stage.settle()
    assert chore(stage, "orders").result["lost"] == 0


def test_the_cursor_moves_on_success_only(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    before = stage.rows(Store)[0].orders_cursor
    Fakes.world.platform_error = NotSent("the shop is closed")
    stage.set_clock(stage.now + TEN)
    Fakes.world.orders = [stage.unheard_order()]
    begin(stage, "orders")
    stage.settle()
    row = chore(stage, "orders")
    assert (row.failures, row.error) == (1, "the shop is closed")
    assert stage.rows(Store)[0].orders_cursor == before
    Fakes.world.platform_error = None
    again(stage)
    assert (chore(stage, "orders").failures, len(stage.rows(Order))) == (0, 1)
    assert stage.rows(Store)[0].orders_cursor == stage.now


def test_a_list_that_is_interrupted_goes_on_where_it_stopped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[datetime] = []
    first = stage.unheard_order(name="1")
    stage.set_clock(stage.now + timedelta(hours=1))
    second = stage.unheard_order(name="2")

    def orders_since(self: FakePlatform, since: datetime) -> list[StoreEvent]:
        asked.append(since)
        if len(asked) == 1:
            raise Interrupted(NotSent("a pause", after=0.0), [first])
        return [second]

    monkeypatch.setattr(FakePlatform, "orders_since", orders_since)
    begin(stage, "orders")
    stage.settle()
    assert [order.external_id for order in stage.rows(Order)] == ["1", "2"]
    assert asked[1] == first.order.source_at  # with the overlap it would begin where it began
    assert chore(stage, "orders").failures == 0


def test_a_checkout_whose_webhook_was_lost_begins_its_run(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    Fakes.world.left = [[listed(stage, recovery_url="https://shop.example/recover/c1")]]
    stage.set_clock(stage.now + TEN)
    begin(stage, "checkouts")
    stage.settle()
    found = chore(stage, "checkouts").result
    assert (found["found"], found["lost"]) == (1, 1)
    stage.after(hours=2)
    assert stage.outbox() == [("email", "Ana@example.com")]


def test_a_checkout_known_from_its_webhook_is_no_second_cart(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart()
    Fakes.world.left = [[listed(stage)]]
    begin(stage, "checkouts")
    stage.after(hours=2)
    again(stage)
    stage.after(hours=1)
    (cart,) = stage.rows(Cart)
    assert cart.lines  # the delivery, which tells more, stays
    assert (cart.state, len(stage.rows(Run)), len(stage.outbox())) == ("abandoned", 1, 1)
    assert chore(stage, "checkouts").result["lost"] == 0


def test_a_late_webhook_of_what_the_list_told_begins_nothing_anew(stage: Stage) -> None:
    """Shopify repeats for four hours: by then the first mail has left."""
    stage.agrees(ANA, "email")
    at = stage.now
    Fakes.world.left = [[listed(stage)]]
    begin(stage, "checkouts")
    stage.after(hours=3)
    assert len(stage.outbox()) == 1
    stage.cart(source_at=at)
    (cart,) = stage.rows(Cart)
    assert (cart.state, bool(cart.lines)) == ("abandoned", True)
    stage.after(hours=1)
    assert (len(stage.rows(Run)), len(stage.outbox())) == (1, 1)


def test_a_cart_that_a_list_told_apart_from_its_checkout_becomes_one(stage: Stage) -> None:
    """Without its address a listed checkout does not say whose cart it was."""
    stage.cart(Person(), "cart", kind=CartKind.CART, tokens=("cart",), recovery_url="")
    Fakes.world.left = [[listed(stage, "x")]]
    begin(stage, "checkouts")
    stage.settle()
    assert len(stage.rows(Cart)) == 2
    stage.cart(token="cart", tokens=("cart", "checkout-x"), source_at=stage.now + TEN)
    open_ones = [cart for cart in stage.rows(Cart) if cart.state == "open"]
    assert len(open_ones) == 1
    assert {row.cart_id for row in stage.rows(CartToken)} == {open_ones[0].id}


def test_pages_are_read_one_slice_at_a_time(stage: Stage) -> None:
    Fakes.world.left = [[listed(stage, str(n))] for n in range(3)]
    begin(stage, "checkouts")
    stage.settle()
    assert len(stage.rows(Cart)) == 3
    row = chore(stage, "checkouts")
    assert (row.cursor, row.result["known_to"]) == ({}, stage.now.isoformat())


def test_a_completed_checkout_is_chased_by_nobody(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart()
    Fakes.world.left = [[listed(stage, source_at=stage.now + TEN, completed_at=stage.now + TEN)]]
    stage.set_clock(stage.now + TEN)
    begin(stage, "checkouts")
    stage.after(hours=3)
    assert (stage.one(Cart).state, stage.outbox()) == ("ordered", [])
