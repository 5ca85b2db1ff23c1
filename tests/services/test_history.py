"""A dry run over a store's own past: it tells again what the service really did."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connector.domain.money import Money
from connector.domain.settings import StoreSettings
from connector.models import Contact, Message, Order
from connector.ports.events import CartClosed, ContactChanged, ErasureAsked
from connector.rehearsal.backtest import Backtest, backtest
from connector.services import flows, history
from tests.stage import ANA, BEN, START, Stage

MEDIA = frozenset({"email", "sms"})


def dry_run(stage: Stage, days: float = 7) -> Backtest:
    with stage.session() as session:
        store = stage.store
        past = history.of_store(session, store, MEDIA, stage.now)
        running = flows.running(session, store.id)
        tried = [flows.as_read(version.definition) for _, version in running]
        since = stage.now - timedelta(days=days)
        return backtest(tried, StoreSettings.of(store.settings), past, since, stage.now)


def really_left(stage: Stage) -> list[tuple[str, str, str]]:
    people = {row.id: row.email for row in stage.rows(Contact)}
    return sorted(
        (people[row.contact_id], row.step_id, f"{row.inflight_at:%d %H:%M}")
        for row in stage.rows(Message)
        if row.state == "sent"
    )


def would_leave(played: Backtest) -> list[tuple[str, str, str]]:
    writes = played.flows["cart-recovery"].writes
    return sorted(
        (write.who.partition(":")[2], write.step_id, f"{write.left_at:%d %H:%M}")
        for write in writes
        if write.left_at
    )


def test_it_tells_again_what_really_left_and_when(stage: Stage) -> None:
    people = [replace(BEN, email=f"p{n}@x.example", phone=f"+121255502{n:02}") for n in range(12)]
    for number, person in enumerate(people):
        stage.agrees(person, "email", *(["sms"] if number % 2 else []))
        stage.cart(person, f"c{number}")
        stage.after(hours=3)
    stage.order(people[2], "o1")
    stage.order(people[5], "o2", cart_tokens=("c5",))
    stage.agrees(people[7], "email", state="no")
    stage.tell(CartClosed(("c8",), stage.now))
    stage.after(days=3)
    assert len(really_left(stage)) > 12
    assert would_leave(dry_run(stage)) == really_left(stage)


def test_who_asked_to_be_forgotten_is_not_in_it(stage: Stage) -> None:
    stage.cart(ANA)
    stage.after(hours=2)
    stage.tell(ErasureAsked(ANA, ()))
    assert dry_run(stage).flows["cart-recovery"].entered == []


def test_what_came_before_the_days_begins_nothing_but_counts(stage: Stage) -> None:
    stage.order(ANA, "o1", placed_at=START - timedelta(days=20))
    stage.draws("""
key: regulars
name: Regulars
trigger: {on: checkout_abandoned, where: {orders_count: {at_least: 1}}}
steps: [{id: hello, send: {medium: email, template: reminder}}]
""")
    stage.cart(ANA, "mine")
    stage.cart(BEN, "other")
    stage.after(hours=2)
    played = dry_run(stage, days=5).flows["regulars"]
    assert [one.about for one in played.entered] == ["cart:mine"]
    assert [one.reason for one in played.refused] == ["the flow's filter does not fit"]
    assert len(stage.rows(Order)) == 1


def test_what_the_shop_counted_is_not_counted_twice(stage: Stage) -> None:
    stage.draws("""
key: thirds
name: Thirds
trigger: {on: nth_order, times: 3}
steps: [{id: hello, send: {medium: email, template: reminder}}]
""")
    stage.cart(ANA)
    stage.after(hours=1)
    stage.order(ANA, "second")  # the first came before the service did
    stage.after(hours=1)
    money = Money("USD", 9000)
    told = ContactChanged(ANA, stage.now, orders_count=2, total_spent=money, asked_at=stage.now)
    stage.tell(told)
    stage.after(hours=1)
    stage.order(ANA, "third")
    stage.after(hours=1)
    begun = [one.about for one in dry_run(stage).flows["thirds"].entered]
    assert len(begun) == len(stage.runs()) == 1
    assert "third" in begun[0]
