"""Mailchimp's side of the story: told of those who agreed, by difference, as often as needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from connector.domain.audiences import LAPSED_AFTER
from connector.domain.carts import CartState
from connector.errors import NotSent
from connector.models import AudienceMember, Cart, Contact
from connector.ports.audience import Member, MemberResult
from connector.ports.events import CartClosed, ErasureAsked, OrderCancelled
from connector.services import audiences
from tests.fakes import FakeAudience, Fakes
from tests.stage import ANA, BEN, Stage

MAIL = "Ana@example.com"


def test_who_agreed_is_tagged_by_what_she_did(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=31)
    assert Fakes.world.audience == {MAIL: {"cartwright-abandoned"}}
    stage.after(hours=2)
    stage.order(ANA, cart_tokens=("c1",))
    stage.settle()
    assert Fakes.world.audience == {MAIL: {"cartwright-customer", "cartwright-recovered"}}
    stage.after(days=89)
    stage.after(days=2)
    assert Fakes.world.audience == {MAIL: {"cartwright-lapsed", "cartwright-recovered"}}


def test_nobody_is_told_of_without_consent(stage: Stage) -> None:
    stage.cart(BEN)
    stage.after(days=1)
    assert Fakes.world.audience == {}
    assert stage.rows(AudienceMember) == []


def test_nothing_is_pushed_twice(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=3)
    pushes = Fakes.world.pushes
    stage.cart(ANA, source_at=stage.now)
    stage.after(hours=3)
    assert Fakes.world.pushes == pushes


def test_who_takes_her_consent_back_loses_our_tags(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=31)
    stage.agrees(ANA, "email", state="no")
    stage.settle()
    assert Fakes.world.audience == {MAIL: frozenset()}


def test_an_audience_that_does_not_answer_is_told_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(self: FakeAudience, members: object) -> list[object]:
        raise NotSent("down")

    stage.agrees(ANA, "email")
    stage.cart(ANA)
    with monkeypatch.context() as patched:
        patched.setattr(FakeAudience, "push", down)
        stage.after(minutes=31)
        assert stage.one(Contact).audience_due_at is not None
    stage.after(minutes=31)
    assert Fakes.world.audience == {MAIL: {"cartwright-abandoned"}}


def due(stage: Stage) -> None:
    """Everybody is looked at again."""
    with stage.session() as session:
        for contact in session.scalars(select(Contact)):
            contact.audience_due_at, contact.rung_until = stage.now, None
    stage.settle()


def test_the_tag_goes_when_the_cart_was_emptied_or_is_lost(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=31)
    assert Fakes.world.audience == {MAIL: {"cartwright-abandoned"}}
    stage.tell(CartClosed(("c1",), stage.now))
    stage.settle()
    assert Fakes.world.audience == {MAIL: frozenset()}
    stage.cart(ANA, token="c2")
    stage.after(minutes=31)
    assert Fakes.world.audience == {MAIL: {"cartwright-abandoned"}}
    stage.after(days=31)
    assert stage.rows(Cart)[-1].state is CartState.LOST
    assert Fakes.world.audience == {MAIL: frozenset()}


def test_an_order_that_was_called_off_makes_no_customer_and_no_recovery(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=2)
    stage.order(ANA, cart_tokens=("c1",))
    stage.settle()
    assert Fakes.world.audience == {MAIL: {"cartwright-customer", "cartwright-recovered"}}
    stage.after(minutes=5)
    stage.tell(OrderCancelled("1001", stage.now))
    due(stage)
    assert Fakes.world.audience == {MAIL: frozenset()}


def refusing(monkeypatch: pytest.MonkeyPatch) -> None:
    def push(self: FakeAudience, members: Sequence[Member]) -> list[MemberResult]:
        Fakes.world.pushes += 1
        return [MemberResult(member.ref, "looks like a made-up address") for member in members]

    monkeypatch.setattr(FakeAudience, "push", push)


def test_a_member_that_was_refused_is_tried_again_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        refusing(patched)
        stage.agrees(ANA, "email")
        stage.cart(ANA)
        stage.after(minutes=31)
        pushes = Fakes.world.pushes
        stage.after(hours=1)
        assert Fakes.world.pushes == pushes  # not at once: a refusal is not a fault of the net
        assert stage.one(AudienceMember).error == "looks like a made-up address"
    stage.after(hours=6)
    assert Fakes.world.audience == {MAIL: {"cartwright-abandoned"}}
    assert stage.one(AudienceMember).error == ""
    assert stage.one(Contact).audience_due_at is None


def test_tags_whose_removal_was_refused_are_taken_back_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=31)
    with monkeypatch.context() as patched:
        refusing(patched)
        stage.agrees(ANA, "email", state="no")
        stage.settle()
        assert stage.one(AudienceMember).tags == ["cartwright-abandoned"]
    stage.after(hours=7)
    assert Fakes.world.audience == {MAIL: frozenset()}


def test_the_address_that_she_had_before_loses_our_tags(stage: Stage) -> None:
    known = replace(ANA, customer_id="c-7")
    stage.agrees(known, "email")
    stage.cart(known)
    stage.after(minutes=31)
    moved = replace(known, email="ana@new.example")
    stage.after(minutes=1)
    stage.agrees(moved, "email")
    stage.settle()
    assert Fakes.world.audience == {
        MAIL: frozenset(),
        "ana@new.example": {"cartwright-abandoned"},
    }


def test_who_was_forgotten_loses_our_tags_and_then_her_address_is_gone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=31)
    stage.tell(ErasureAsked(ANA, ()))
    with monkeypatch.context() as patched:
        refusing(patched)
        stage.settle()
        assert stage.one(AudienceMember).email == MAIL  # it must still be told
    stage.after(hours=7)
    assert Fakes.world.audience == {MAIL: frozenset()}
    assert stage.rows(AudienceMember) == []
    assert stage.one(Contact).audience_due_at is None


def test_an_audience_that_cannot_be_told_for_a_week_keeps_no_forgotten_address(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=31)
    stage.tell(ErasureAsked(ANA, ()))
    refusing(monkeypatch)
    for _ in range(9):
        stage.after(days=1)
    assert stage.rows(AudienceMember) == []
    assert stage.one(Contact).audience_due_at is None


def test_who_was_told_of_while_she_was_being_forgotten_is_cleared_too(stage: Stage) -> None:
    """The push was underway: its result comes after the erasure."""
    stage.agrees(ANA, "email")
    ana = stage.one(Contact)
    with stage.session() as session:
        underway = audiences.plan(session, FakeAudience.kind, [ana.id], stage.now)
    stage.tell(ErasureAsked(ANA, ()))
    stage.settle()
    with stage.session() as session:
        told = replace(underway[0], tags=frozenset({"cartwright-customer"}))
        results = [MemberResult(ana.id)]
        audiences.done(session, stage.store.id, FakeAudience.kind, [told], results, stage.now)
    stage.settle()
    assert stage.rows(AudienceMember) == []
    assert Fakes.world.audience == {MAIL: frozenset()}


def test_a_lapse_between_asking_and_settling_is_not_lost(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.order(ANA)
    stage.settle()
    ana, lapses = stage.one(Contact), stage.now + LAPSED_AFTER
    with stage.session() as session:
        session.get_one(Contact, ana.id).audience_due_at = lapses - timedelta(seconds=2)
    with stage.session() as session:
        began, ended = lapses - timedelta(seconds=1), lapses + timedelta(seconds=1)
        audiences.settle(session, [ana.id], began, ended)
    assert stage.one(Contact).audience_due_at == lapses
