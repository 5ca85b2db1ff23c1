"""The dispatcher and real workers on a real Redis: the row is the truth."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import text

from connector.models import Cart, Message, Run, Webhook, WebhookState
from connector.ports.events import CartChanged, Ignored
from connector.ports.platform import RawWebhook
from connector.services import webhooks
from jobs import dispatch
from jobs.dispatch import DUE, RESCUE, mark
from jobs.flows import watch_carts
from jobs.runtime import QUEUES, runtime
from jobs.worker import work
from tests.fakes import Fakes
from tests.stage import ANA, Stage


def deliver(stage: Stage, topic: str, key: str = "") -> int:
    """A delivery is in the inbox."""
    raw = RawWebhook(topic, b"{}", "", key or topic)
    with stage.sessions.all_stores() as session:
        webhooks.keep(session, [webhooks.row(stage.store.id, raw, stage.now)])
    return stage.rows(Webhook)[-1].id


def run_workers() -> None:
    """Every queue is worked empty, once."""
    for queue in QUEUES:
        work(queue, burst=True)


def test_the_whole_way_through_redis(stage: Stage) -> None:
    snapshot = stage.cart(ANA)
    Fakes.world.events["cart"] = [CartChanged(snapshot)]
    stage.agrees(ANA, "email")
    for step in (0, 31, 31):
        stage.set_clock(stage.now + timedelta(minutes=step))
        for _ in range(3):
            dispatch.tick(stage.now)
            run_workers()
    assert stage.outbox() == [("email", "Ana@example.com")]


def test_redis_may_be_flushed_at_any_moment(stage: Stage, redis_url: str) -> None:
    stage.cart(ANA)
    stage.set_clock(stage.now + timedelta(minutes=31))
    assert dispatch.tick(stage.now) > 0
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    run_workers()
    assert stage.rows(Run) == []
    _thirty_seconds_later(stage)
    dispatch.tick(stage.now)
    run_workers()
    assert len(stage.rows(Run)) == 1


def _thirty_seconds_later(stage: Stage) -> None:
    with stage.sessions.all_stores() as session:
        session.execute(text("update carts set rung_until = rung_until - interval '31 seconds'"))


def test_what_was_rung_is_not_rung_again_at_once(stage: Stage) -> None:
    stage.cart(ANA)
    stage.set_clock(stage.now + timedelta(minutes=31))
    assert dispatch.tick(stage.now) == 1
    assert dispatch.tick(stage.now) == 0


def test_two_dispatchers_share_the_work(stage: Stage) -> None:
    for number in range(200):
        stage.cart(ANA, token=f"c{number}")
    due = next(item for item in DUE if item.table == "carts")
    later = stage.now + timedelta(hours=1)
    found: list[list[tuple[int, int]]] = []

    def look() -> None:
        with stage.sessions.all_stores() as session:
            found.append(mark(session, due, later))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rung = [ref for refs in found for ref in refs]
    assert len(rung) == len(set(rung)) == 200


def test_it_stops_ringing_where_nobody_listens(stage: Stage) -> None:
    stage.cart(ANA)
    for _ in range(20):
        runtime().queue("flows").enqueue(watch_carts, [])
    stage.set_clock(stage.now + timedelta(minutes=31))
    dispatch.tick(stage.now)
    assert runtime().queue("flows").count == 20


def test_a_poisonous_delivery_stops_nobody_and_ends(stage: Stage) -> None:
    bad = deliver(stage, "no such topic, so that the fake raises")
    Fakes.world.events["good"] = [Ignored("of no use")]
    good = deliver(stage, "good")
    for _ in range(6):
        stage.tick()
        with stage.sessions.all_stores() as session:
            session.execute(text("update webhooks set retry_at = null where state = 'received'"))
    rows = {row.id: row for row in stage.rows(Webhook)}
    assert rows[good].state is WebhookState.IGNORED
    assert rows[good].reason == "of no use"
    assert (rows[bad].state, rows[bad].attempts, rows[bad].reason) == (
        WebhookState.DEAD,
        5,
        "KeyError",
    )


def test_a_dead_delivery_can_be_read_again(stage: Stage) -> None:
    webhook_id = deliver(stage, "later understood")
    with stage.session() as session:
        webhooks.dead(session, webhook_id, "not understood")
    Fakes.world.events["later understood"] = [CartChanged(stage.cart(ANA, token="c9"))]
    with stage.session() as session:
        assert webhooks.replay(session, webhook_id)
        assert not webhooks.replay(session, webhook_id)
    stage.tick()
    assert stage.rows(Webhook)[0].state in {WebhookState.DONE, WebhookState.IGNORED}


@pytest.mark.parametrize(("attempts", "becomes"), [(1, "received"), (5, "dead")])
def test_a_worker_that_dies_on_a_delivery(stage: Stage, attempts: int, becomes: str) -> None:
    webhook_id = deliver(stage, "x")
    with stage.session() as session:
        webhooks.claim(session, webhook_id)
        session.execute(
            text("update webhooks set attempts = :n, lease_until = now() - interval '1 s'"),
            {"n": attempts},
        )
    with stage.sessions.all_stores() as session:
        for statement in RESCUE:
            session.execute(text(statement))
    assert stage.one(Webhook).state == becomes


def test_a_run_whose_step_crashes_is_marked_and_others_go_on(stage: Stage) -> None:
    stage.cart(ANA)
    stage.after(minutes=31)
    with stage.session() as session:
        session.execute(text("update flow_versions set definition = '{}'"))
    stage.after(hours=1)
    run = stage.one(Run)
    assert (run.state, run.reason) == ("failed", "a step failed (FlowError)")
    assert stage.rows(Message) == []
    assert stage.one(Cart).state == "abandoned"


def test_bodies_are_removed_when_their_time_is_over(stage: Stage) -> None:
    deliver(stage, "old", "a")
    deliver(stage, "new", "b")
    with stage.session() as session:
        session.execute(
            text("update webhooks set received_at = now() - interval '8 days' where topic = 'old'")
        )
    dispatch._run_all(dispatch.TIDY)
    assert [row.body for row in stage.rows(Webhook)] == [b"{}", b"{}"]  # neither is read yet
    with stage.session() as session:
        session.execute(text("update webhooks set state = 'done'"))
    dispatch._run_all(dispatch.TIDY)
    assert [row.body for row in stage.rows(Webhook)] == [None, b"{}"]
