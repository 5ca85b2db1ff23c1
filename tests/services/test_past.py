"""Day one: the past is taken over, told apart, and nobody is written to about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from connector.domain.carts import CartKind, CartSnapshot, CartState
from connector.domain.money import Money
from connector.domain.people import Person
from connector.errors import NotSent
from connector.models import Cart, Chore, Contact, Order, Product, Store
from connector.ports.events import (
    CartChanged,
    ConsentChanged,
    ConsentMark,
    ConsentState,
    ContactChanged,
    OrderPlaced,
)
from connector.ports.platform import PastKind, PastSlice, ProductCard
from connector.services import past
from connector.services.desk.figures import figures
from jobs.chores import past as chore
from tests.fakes import Fakes
from tests.stage import ANA, BEN, MUG, Stage

DAY = timedelta(days=1)


def shopper(number: int) -> Person:
    return Person(email=f"p{number}@example.com", country="US")


def left(at: datetime, person: Person, name: str) -> CartChanged:
    return CartChanged(
        CartSnapshot(
            external_id=name,
            kind=CartKind.CHECKOUT,
            lines=(MUG,),
            total=Money("USD", 3600),
            person=person,
            source_at=at,
            tokens=(name,),
            recovery_url=f"https://shop.example/recover/{name}",
        )
    )


def ordered(stage: Stage, at: datetime, person: Person, name: str) -> OrderPlaced:
    placed = stage.unheard_order(person, name)
    return OrderPlaced(replace(placed.order, placed_at=at, source_at=at))


def reads(stage: Stage) -> None:
    with stage.session() as session:
        chore.ask(session, session.get_one(Store, stage.store.id), 60)
    for _ in range(30):
        stage.settle()
        with stage.session() as session:
            session.execute(
                update(Chore).where(Chore.done_at.is_(None)).values(due_at=func.clock_timestamp())
            )
            if session.scalar(select(Chore.done_at)) is not None:
                return
    raise AssertionError("the past never ends")


@pytest.fixture
def a_past(stage: Stage) -> Stage:
    """40 people left a cart, 10 of them bought within a week; one agreed, one is a crawler's."""
    begin = stage.store.installed_at - 30 * DAY
    people = [shopper(number) for number in range(40)]
    carts = [left(begin + n * DAY / 4, one, f"c{n}") for n, one in enumerate(people)]
    bots = [left(begin, Person(email="x@joonix.net"), "bot")]
    orders = [
        ordered(stage, begin + n * DAY / 4 + 2 * DAY, one, f"o{n}")
        for n, one in enumerate(people[:10])
    ]
    yes = ConsentMark("email", ConsentState.YES, begin, "account")
    Fakes.world.past = {
        PastKind.CUSTOMERS: [
            PastSlice((ContactChanged(people[0], begin, orders_count=3),), "", 2, 1),
            PastSlice((ConsentChanged(people[1], (yes,)),), "", 2, 1),
        ],
        PastKind.PRODUCTS: [
            PastSlice((), "", 1, 1, (ProductCard("11", "Enamel mug", "", "", ("7",)),))
        ],
        PastKind.ORDERS: [PastSlice(tuple(orders), "", 10, 10)],
        PastKind.CARTS: [
            PastSlice(tuple(carts[:20]), "", 41, 20),
            PastSlice((*carts[20:], *bots), "", 41, 21),
        ],
    }
    return stage


def test_the_past_is_there_and_nobody_hears_of_it(a_past: Stage) -> None:
    reads(a_past)
    a_past.after(days=40)
    assert a_past.outbox() == []
    assert a_past.runs() == []
    assert len(a_past.rows(Order)) == 10
    states = [cart.state for cart in a_past.rows(Cart)]
    assert (states.count(CartState.ORDERED), states.count(CartState.LOST)) == (10, 31)
    assert a_past.rows(Product)[0].collections == ["7"]
    assert a_past.contact("p0@example.com").shop_orders == 3


def test_what_it_says_is_told(a_past: Stage) -> None:
    reads(a_past)
    told = a_past.one(Chore).result
    assert (told["left"], told["returned"], told["percent"]) == (40, 10, 25.0)
    assert told["carts"] == {"read": 41, "kept": 41, "total": 41, "done": True}
    assert told["customers"]["read"] == 2
    (play,) = told["play"]
    assert play["entered"] > 0
    assert play["sent"]["email"] > 0


def test_reading_it_again_doubles_nothing(a_past: Stage) -> None:
    reads(a_past)
    before = len(a_past.rows(Contact)), len(a_past.rows(Cart)), len(a_past.rows(Order))
    with a_past.session() as session:
        session.execute(update(Chore).values(done_at=None))
    reads(a_past)
    assert (len(a_past.rows(Contact)), len(a_past.rows(Cart)), len(a_past.rows(Order))) == before


def test_a_shop_that_stops_in_the_middle_goes_on_where_it_was(a_past: Stage) -> None:
    with a_past.session() as session:
        chore.ask(session, session.get_one(Store, a_past.store.id), 60)
    Fakes.world.platform_error = NotSent("the shop is closed")
    a_past.settle()
    assert a_past.one(Chore).error == "the shop is closed"
    Fakes.world.platform_error = None
    with a_past.session() as session:
        session.execute(update(Chore).values(due_at=func.clock_timestamp()))
    a_past.settle()
    assert a_past.one(Chore).result["percent"] == 25.0


def test_the_figures_count_only_what_we_saw(a_past: Stage) -> None:
    reads(a_past)
    with a_past.session() as session:
        found = figures(session, a_past.store, None)
    assert (found.seen, found.abandoned, found.bots) == (0, 0, 0)


def test_an_order_of_today_is_not_swallowed_by_the_import(stage: Stage) -> None:
    """It must stop what goes on: its webhook does, an import would not."""
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=40)
    with stage.session() as session:
        store = session.get_one(Store, stage.store.id)
        assert not past.keep(session, store, stage.unheard_order(ANA), stage.now)
    assert stage.rows(Order) == []
    stage.order(ANA)
    stage.after(days=2)
    assert all(step == "thanks" for step, _, _ in stage.messages())


def test_who_comes_back_to_an_old_cart_is_a_shopper_of_today(stage: Stage) -> None:
    old = left(stage.store.installed_at - DAY, BEN, "c1")
    with stage.session() as session:
        assert past.keep(session, session.get_one(Store, stage.store.id), old, stage.now)
    stage.agrees(BEN, "email")
    stage.cart(BEN, "c1")
    cart = stage.one(Cart)
    assert (cart.state, cart.imported) == (CartState.OPEN, False)
    stage.after(hours=2)
    assert stage.outbox() == [("email", BEN.email)]


def test_of_few_carts_no_rate_is_told(stage: Stage) -> None:
    old = left(stage.store.installed_at - DAY, BEN, "c1")
    with stage.session() as session:
        store = session.get_one(Store, stage.store.id)
        past.keep(session, store, old, stage.now)
        assert past.self_return(session, store).percent is None
