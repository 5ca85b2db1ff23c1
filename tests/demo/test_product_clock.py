"""The product's time may be shifted while nobody real lives in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from connector import clock
from connector.errors import ConfigError
from connector.models import Store
from connector.services import orders, product_clock
from connector.session import Sessions
from tests.stage import START, make_store


def sandbox(service: Sessions, *, yes: bool) -> Store:
    store = make_store(service, "a.example", START)
    with service.store(store.id) as session:
        session.execute(update(Store).values(sandbox=yes))
    return store


def test_everyone_follows_the_shift(service: Sessions) -> None:
    sandbox(service, yes=True)
    later = START + timedelta(days=3)
    with service.all_stores() as session:
        product_clock.shift(session, START)
        made = product_clock.shift(session, later, rate=60)
    with service.all_stores() as session:
        known = product_clock.read(session)
    assert known == made
    assert made.at(made.real + timedelta(seconds=1)) == later + timedelta(minutes=1)


def test_the_real_time_comes_back(service: Sessions) -> None:
    with service.all_stores() as session:
        product_clock.shift(session, START)
        product_clock.clear(session)
        assert product_clock.read(session) is None


def test_a_real_store_keeps_the_real_time(service: Sessions) -> None:
    sandbox(service, yes=False)
    with pytest.raises(ConfigError, match="real store"), service.all_stores() as session:
        product_clock.shift(session, START)


def test_after_a_jump_the_orders_must_be_asked_for_again(service: Sessions) -> None:
    store = sandbox(service, yes=True)
    with service.store(store.id) as session:
        orders.seen(session, store.id, clock.now(), None)
        assert orders.picture_is_fresh(session, store.id)
        product_clock.forget_pictures(session, store.id)
        assert not orders.picture_is_fresh(session, store.id)
