"""The rehearsal counts purchases like the service: the same stories told to both."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector.domain.flows import Facts
from connector.domain.money import Money
from connector.models import Contact, Order
from connector.ports.events import (
    ContactChanged,
    OrderCancelled,
    OrderPlaced,
    OrderRefunded,
    StoreEvent,
)
from connector.rehearsal.engine import Engine
from connector.rehearsal.rows import Shop
from connector.rehearsal.vendors import Reliable
from connector.services import shoppers
from tests.rehearsal.cast import order
from tests.stage import ANA, START, Stage

_MINUTE = timedelta(minutes=1)


def _order(name: str, minute: int, **more: Any) -> OrderPlaced:
    made = order(ANA, START + minute * _MINUTE, name, of=name)
    return OrderPlaced(replace(made, **more))


def _counted(minute: int, orders: int | None, spent: int | None, asked: bool) -> ContactChanged:
    at = START + minute * _MINUTE
    money = None if spent is None else Money("USD", spent)
    asked_at = at if asked else None
    return ContactChanged(ANA, at, orders_count=orders, total_spent=money, asked_at=asked_at)


def _refunded(name: str, minute: int) -> OrderRefunded:
    return OrderRefunded(name, START + minute * _MINUTE, "r1", Money("USD", 1000))


STORIES: dict[str, list[StoreEvent]] = {
    "nothing told": [_order("1", 1), _order("2", 2)],
    "counted before": [_counted(1, 4, 90_000, True), _order("1", 2), _order("2", 3)],
    "counted after": [_order("1", 1), _order("2", 2), _counted(3, 6, 90_000, True)],
    "counted between": [_order("1", 1), _counted(2, 3, 50_000, True), _order("2", 3)],
    "counted twice": [_counted(1, 2, 0, True), _order("1", 2), _counted(3, 3, 100, True)],
    "an older answer": [_counted(5, 7, 9000, True), _counted(4, 2, 100, True), _order("1", 6)],
    "told unasked": [_counted(1, 2, None, False), _order("1", 2)],
    "nobody known": [_counted(1, 5, 5000, True), _order("1", 2), _counted(3, None, None, True)],
    "no sum": [_counted(1, 5, None, True), _order("1", 2)],
    "fewer than we saw": [_order("1", 1), _order("2", 2), _counted(3, 0, 0, True)],
    "another currency": [_counted(1, 3, 100, True), _order("1", 2, total=Money("EUR", 500))],
    "a test": [_counted(1, 3, 100, True), _order("1", 2, test=True), _order("2", 3)],
    "cancelled": [
        _counted(1, 3, 100, True),
        _order("1", 2),
        _order("2", 3),
        OrderCancelled("1", START + 4 * _MINUTE),
    ],
    "refunded": [_counted(1, 3, 100, True), _order("1", 2), _refunded("1", 3)],
    "at once": [_order("1", 1), _order("2", 1), _counted(1, 2, 7000, True)],
}


@pytest.mark.parametrize("story", STORIES)
def test_the_rehearsal_counts_alike(stage: Stage, story: str) -> None:
    engine = Engine(Shop("shop", "USD", "America/New_York", "US"), Reliable(), START)
    for minute, event in enumerate(STORIES[story], 1):
        stage.set_clock(START + 10 * minute * _MINUTE)
        stage.tell(event)
        engine.tell(event, stage.now)
        assert _of_rows(stage) == _of_memory(engine)


def _of_rows(stage: Stage) -> list[tuple[Any, ...]]:
    with stage.session() as session:
        (ana,) = stage.rows(Contact)
        known = session.get_one(Contact, ana.id)
        facts = [
            shoppers.facts(session, stage.store, known, None, session.get_one(Order, order.id))
            for order in stage.rows(Order)
        ]
        alone = shoppers.facts(session, stage.store, known, None)
        nth = [
            shoppers.which_purchase(session, stage.store, known, session.get_one(Order, one.id))
            for one in stage.rows(Order)
        ]
    return [*map(_bought, (alone, *facts)), (nth,)]


def _of_memory(engine: Engine) -> list[tuple[Any, ...]]:
    (ana,) = engine.shoppers.values()
    orders = list(engine.orders.values())
    facts = [engine.facts(ana, None, order) for order in orders]
    nth = [engine.which_purchase(ana, order) for order in orders]
    return [*map(_bought, (engine.facts(ana, None), *facts)), (nth,)]


def _bought(facts: Facts) -> tuple[Any, ...]:
    return facts.orders_count, facts.orders_since, facts.total_spent
