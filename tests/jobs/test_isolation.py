"""Trouble stays where it is: one row, one store, one vendor; and passes when it is ours."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from connector.errors import ConfigError, Disconnected, NotSent
from connector.models import Cart, Message, Run, RunState, Store, StoreState, Webhook, WebhookState
from connector.ports.events import CartChanged, OrderPlaced
from connector.ports.platform import RawWebhook
from connector.services import events, messages_plan, webhooks
from jobs import dispatch
from jobs import orders as asking
from jobs.flows import advance_runs
from jobs.webhooks import process_webhooks
from tests.fakes import FakePlatform, Fakes
from tests.stage import ANA, BEN, Stage, make_store


@pytest.fixture
def both(stage: Stage) -> tuple[Stage, Stage]:
    """Two stores at the same clock."""
    other = Stage(stage.sessions, make_store(stage.sessions, "second.example", stage.now))
    return stage, other


def test_one_order_that_cannot_be_kept_holds_up_its_own_store_alone(
    both: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = both
    first.cart(ANA)
    second.cart(BEN)
    bad = first.unheard_order(replace(ANA, first_name="nul\x00"))

    def orders_of(self: FakePlatform, since: datetime) -> list[OrderPlaced]:
        return [bad] if self.account.domain == "oscars.example" else []

    monkeypatch.setattr(FakePlatform, "orders_since", orders_of)
    first.after(hours=1, minutes=2)
    assert first.outbox() == [("email", "ben@example.com")]
    assert first.rows(Message)[0].reason == "the store's orders must be asked for first"


def test_one_flow_that_is_broken_holds_up_its_own_store_alone(both: tuple[Stage, Stage]) -> None:
    first, second = both
    with first.session() as session:
        session.execute(text("update flow_versions set definition = '{}'"))
    first.cart(ANA)
    second.cart(BEN)
    first.after(minutes=45)
    assert second.one(Cart).state == "abandoned"
    assert (first.one(Cart).due_at or first.now) > first.now  # and is looked at again
    assert any("could not be decided" in line for line in first.story())


def test_a_message_that_cannot_even_be_judged_is_given_up_with_the_reason(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=59, seconds=59)
    with stage.session() as session:
        stage._store(session).state = StoreState.PAUSED
    stage.after(minutes=1)
    with stage.session() as session:
        stage._store(session).state = StoreState.ACTIVE
        session.execute(text("update flow_versions set definition = '{}'"))
    stage.after(hours=2)
    message = stage.one(Message)
    assert (message.state, message.reason) == ("dead", "it could not be written (FlowError)")


def test_a_database_that_goes_away_ends_no_run(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.cart(ANA)
    stage.after(minutes=59)
    run = stage.one(Run)

    def gone(*args: Any) -> None:
        raise OperationalError("insert", {}, Exception("terminating connection"))

    with monkeypatch.context() as patched:
        patched.setattr(messages_plan, "plan", gone)
        stage.set_clock(stage.now + timedelta(minutes=2))
        advance_runs([(stage.store.id, run.id)])
    assert stage.one(Run).state is RunState.ACTIVE
    stage.after(minutes=1)
    assert stage.outbox() == [("email", "Ana@example.com")]


def test_a_missing_key_of_ours_kills_no_delivery(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_key(*args: Any) -> None:
        raise ConfigError("set CARTWRIGHT_SECRET_KEY")

    with stage.sessions.all_stores() as session:
        raw = RawWebhook("t", b"{}", "", "k")
        webhooks.keep(session, [webhooks.row(stage.store.id, raw, stage.now)])
    monkeypatch.setattr(FakePlatform, "parse", no_key)
    for _ in range(10):
        process_webhooks([(stage.store.id, stage.one(Webhook).id)])
    row = stage.one(Webhook)
    assert (row.state, row.attempts) == (WebhookState.RECEIVED, 0)


def test_a_store_that_hangs_holds_up_itself_alone(
    both: tuple[Stage, Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = both
    first.cart(ANA)
    second.cart(BEN)
    first.after(minutes=59, seconds=59)
    asked: list[str] = []

    def slow(self: FakePlatform, since: datetime) -> list[Any]:
        asked.append(self.account.domain)
        if self.account.domain == "oscars.example":
            threading.Event().wait(2)
            raise NotSent("no answer")
        return []

    monkeypatch.setattr(FakePlatform, "orders_since", slow)
    began = time.monotonic()
    left: dict[str, float] = {}
    monkeypatch.setattr(
        Fakes.world, "outbox", _Stamped(lambda to: left.setdefault(to, time.monotonic() - began))
    )
    first.after(seconds=2)
    assert left["ben@example.com"] < 1.5
    first.after(seconds=45)
    assert asked.count("oscars.example") == 1  # not asked again at once


class _Stamped(list[Any]):
    """An outbox that notes when something is put in."""

    def __init__(self, note: Any) -> None:
        super().__init__()
        self._note = note

    def append(self, item: Any) -> None:
        self._note(item[1].to)
        super().append(item)


def test_a_store_that_answers_again_is_active_again(stage: Stage) -> None:
    Fakes.world.platform_error = Disconnected("401")
    stage.cart(ANA)
    stage.after(hours=1)
    assert stage.one(Store).state is StoreState.NEEDS_REAUTH
    Fakes.world.platform_error = None
    asking._silent.clear()
    stage.after(hours=1)
    assert stage.one(Store).state is StoreState.ACTIVE
    assert stage.outbox() == [("email", "Ana@example.com")]


@pytest.mark.parametrize("error", [NoConnection("pool"), RuntimeError("a bug")])
def test_nothing_stops_the_dispatcher(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(now: datetime) -> int:
        raise error

    monkeypatch.setattr(dispatch, "tick", broken)
    assert dispatch._tick_safely(1) == 1.0


def test_a_service_that_was_away_sends_nothing_late(stage: Stage) -> None:
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(minutes=31)
    stage.set_clock(stage.now + timedelta(days=5))
    stage.settle()
    stage.after(days=2)
    assert stage.outbox() == []
    assert {reason for _, _, reason in stage.messages()} == {
        "overtaken by the next step",
        "too late: its time had passed",
    }


def test_a_cart_of_last_week_is_kept_and_not_written_about(stage: Stage) -> None:
    stage.cart(ANA, source_at=stage.now - timedelta(days=7))
    stage.after(hours=3)
    assert stage.one(Cart).state == "abandoned"
    assert stage.rows(Run) == []


def test_an_uninstalled_store_hears_no_more_of_carts(stage: Stage) -> None:
    with stage.session() as session:
        stage._store(session).state = StoreState.UNINSTALLED
    snapshot = stage.cart(ANA)
    assert stage.rows(Cart) == []
    with stage.session() as session:
        said = events.record(session, stage._store(session), CartChanged(snapshot), stage.now)
    assert said == "the store removed the app"
