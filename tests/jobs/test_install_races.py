"""Installing, removing and erasing at the same moment: one waits for the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from connector.errors import NotSent
from connector.models import Chore, Flow, Order, Store, StoreState
from connector.ports.events import ConsentChanged, ConsentMark, ConsentState, StoreEvent
from connector.ports.listing import Interrupted
from connector.ports.platform import StoreInfo
from connector.services import chores, consents, contacts, installs, past, privacy
from connector.services.installs import NewStore
from jobs import connecting
from jobs import orders as order_jobs
from jobs.adapters import webhook_secrets
from jobs.runtime import runtime
from tests.fakes import FakePlatform
from tests.stage import ANA, Stage

HOUR = timedelta(hours=1)
_HEAD_START_S = 0.5  # for the other one to come to the lock


@contextmanager
def slow(stage: Stage) -> Iterator[Session]:
    """A transaction of the store that is not over yet."""
    with Session(runtime().sessions.app, expire_on_commit=False) as session, session.begin():
        session.execute(
            text("select set_config('app.store', :s, true)"), {"s": str(stage.store.id)}
        )
        yield session


def meanwhile(work: Callable[[], Any]) -> Thread:
    """Another process does this; it may have to wait."""
    other = Thread(target=work)
    other.start()
    other.join(_HEAD_START_S)
    return other


def uninstalled(session: Session, stage: Stage, at: datetime) -> Store:
    store = session.get_one(Store, stage.store.id)
    assert installs.disconnect(session, store, at, at) == ""
    return store


def again(stage: Stage, at: datetime) -> None:
    """The merchant installs the app once more."""
    new = NewStore(stage.store.platform, stage.store.domain, {"access_token": "new"})
    info = StoreInfo("Shop", "USD", "America/New_York", "https://shop.example", "", "US")
    with Session(runtime().sessions.app, expire_on_commit=False) as session, session.begin():
        installs.connect(session, runtime().vault, new, info, at, stage.store.id)


def test_a_secret_from_before_the_removal_signs_nothing_any_more(stage: Stage) -> None:
    """A shop's managers can read the secrets of its webhooks, and one may have gone since."""
    vault = runtime().vault
    again(stage, stage.now)
    first = webhook_secrets(vault, stage.one(Store))
    again(stage, stage.now + HOUR)
    second = webhook_secrets(vault, stage.one(Store))
    assert second[1] == first[0]  # what is underway still comes in
    with stage.session() as session:
        uninstalled(session, stage, stage.now + 2 * HOUR)
    assert webhook_secrets(vault, stage.one(Store)) == second  # late requests for erasure too
    again(stage, stage.now + 3 * HOUR)
    third = webhook_secrets(vault, stage.one(Store))
    assert len(third) == 1
    assert third[0] not in second


def test_a_refused_call_does_not_undo_the_removal(stage: Stage) -> None:
    """Tokens die at once: calls are refused in the very moments in which we are removed."""
    sessions, store_id = runtime().sessions, stage.store.id
    with slow(stage) as session:
        uninstalled(session, stage, stage.now + HOUR)
        other = meanwhile(
            lambda: sessions.in_store(store_id, lambda s: installs.needs_reauth(s, store_id))
        )
    other.join()
    assert stage.one(Store).state is StoreState.UNINSTALLED


def test_a_new_installation_outlasts_the_old_removal(stage: Stage) -> None:
    with slow(stage) as session:
        uninstalled(session, stage, stage.now + HOUR)
        other = meanwhile(lambda: again(stage, stage.now + 2 * HOUR))
    other.join()
    store = stage.one(Store)
    assert (store.state, store.uninstalled_at) == (StoreState.ACTIVE, None)


def test_erasing_spares_a_store_that_came_back(stage: Stage) -> None:
    stage.cart(ANA)
    with stage.session() as session:
        uninstalled(session, stage, stage.now + HOUR)
    with slow(stage) as session:
        store = session.get_one(Store, stage.store.id)  # as it was
        again(stage, stage.now + 2 * HOUR)
        assert privacy.erase_store(session, store, stage.now, stage.now)
    assert stage.contact(ANA.email).email == ANA.email
    assert len(stage.rows(Flow)) == 1


def test_chores_wake_up_with_a_store_that_comes_back(stage: Stage) -> None:
    store_id = stage.store.id
    stage.sessions.in_store(store_id, lambda s: chores.ensure(s, store_id, ["orders"]))
    with stage.session() as session:
        uninstalled(session, stage, stage.now + HOUR)
    stage.settle()
    assert stage.one(Chore).due_at is None
    again(stage, stage.now + 2 * HOUR)
    connecting.connect_store(
        NewStore(stage.store.platform, stage.store.domain, {"access_token": "n"}), {}
    )
    assert next(row for row in stage.rows(Chore) if row.kind == "orders").due_at is not None


def test_more_orders_in_a_minute_than_one_reading_may_fetch(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shop whose budget allows 100 a reading, and an app that touched 250 of them at once."""
    placed = [
        stage.unheard_order(
            replace(ANA, email=f"a{n}@example.com", phone=""),
            str(n),
            source_at=stage.now + timedelta(milliseconds=100 * n),
        )
        for n in range(250)
    ]
    stage.set_clock(stage.now + HOUR)

    def since(self: FakePlatform, at: datetime) -> list[StoreEvent]:
        found: list[StoreEvent] = [one for one in placed if one.order.source_at >= at]
        if len(found) > 100:
            raise Interrupted(NotSent("the budget is used up", 1.0), found[:100])
        return found

    monkeypatch.setattr(FakePlatform, "orders_since", since)
    for _ in range(4):
        with stage.session() as session:
            session.execute(update(Store).values(orders_seen_at=None))
        try:
            order_jobs.catch_up(stage.store.id)
        except Interrupted:
            continue
    with stage.session() as session:
        assert session.scalar(select(func.count(Order.id))) == 250


def test_the_past_brings_nothing_to_a_store_that_left(stage: Stage) -> None:
    old = stage.unheard_order(ANA, "77", placed_at=stage.now - 10 * HOUR)
    with stage.session() as session:
        store = uninstalled(session, stage, stage.now + HOUR)
        assert not past.keep(session, store, old, stage.now + HOUR)


def test_a_yes_of_the_past_lifts_nothing_that_she_said_to_us(stage: Stage) -> None:
    """Shopify dates it by her account's last change, where it has no better time."""
    with stage.session() as session:
        contacts.suppress(session, stage.store.id, "email", ANA.email, "unsubscribed", stage.now)
        yes = ConsentMark("email", ConsentState.YES, stage.now + HOUR, "account")
        store = session.get_one(Store, stage.store.id)
        assert not past.keep(session, store, ConsentChanged(ANA, (yes,)), stage.now + HOUR)
        assert contacts.is_suppressed(session, stage.store.id, "email", ANA.email)


def test_a_tick_that_is_told_again_and_again_undoes_no_unsubscription(stage: Stage) -> None:
    """A cart tells its ticked box with every change; only the first time was it said."""
    first = ConsentMark("email", ConsentState.YES, stage.now, "checkout", repeated=True)
    stage.tell(ConsentChanged(ANA, (first,)))
    stage.set_clock(stage.now + HOUR)
    with stage.session() as session:
        ana = stage.contact(ANA.email)
        contacts.suppress(session, stage.store.id, "email", ANA.email, "unsubscribed", stage.now)
        no = ConsentMark("email", ConsentState.NO, stage.now, "unsubscribe link")
        consents.say(session, session.get_one(type(ana), ana.id), no, stage.now)
    stage.set_clock(stage.now + HOUR)
    stage.tell(ConsentChanged(ANA, (replace(first, at=stage.now),)))
    with stage.session() as session:
        assert contacts.is_suppressed(session, stage.store.id, "email", ANA.email)
        assert contacts.consent(session, ana.id, "email") == "no"
    stage.tell(ConsentChanged(ANA, (replace(first, at=stage.now, repeated=False),)))
    with stage.session() as session:  # she herself, anew
        assert not contacts.is_suppressed(session, stage.store.id, "email", ANA.email)


def test_opening_the_app_again_makes_no_order_of_today_the_past(stage: Stage) -> None:
    stage.set_clock(stage.now + HOUR)
    placed = stage.unheard_order(ANA)
    again(stage, stage.now + HOUR)
    with stage.session() as session:
        store = session.get_one(Store, stage.store.id)
        assert not past.keep(session, store, placed, stage.now + 2 * HOUR)
