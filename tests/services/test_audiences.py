"""Mailchimp's side of the story: told of those who agreed, by difference, as often as needed."""

from __future__ import annotations

import pytest

from connector.errors import NotSent
from connector.models import AudienceMember, Contact
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
