"""Where the shop itself reminded her, our first mail stays away; the later steps do not."""

from __future__ import annotations

import pytest

from connector.errors import Disconnected, NotSent, Refused
from connector.models import Cart, Store
from tests.fakes import Fakes
from tests.stage import ANA, Stage

FLOW = """
key: three
name: three
trigger: checkout_abandoned
steps:
  - id: first
    send: {medium: email, template: offer, offer: {percent: 5, valid_hours: 48}}
  - id: day
    wait: {hours: 24}
  - id: second
    send: {medium: email, template: reminder}
"""


@pytest.fixture
def drawn(stage: Stage) -> Stage:
    stage.draws(FLOW)
    stage.agrees(ANA, "email")
    return stage


def wrote(stage: Stage) -> None:
    """The shop writes about Ana's cart by itself."""
    Fakes.world.reminders["checkout-c1"] = stage.now


def test_the_first_mail_is_held_back_and_no_code_made(drawn: Stage) -> None:
    drawn.cart(ANA)
    wrote(drawn)
    drawn.after(hours=2)
    assert drawn.outbox() == []
    assert drawn.messages() == [("first", "cancelled", "the shop's own reminder went out")]
    assert Fakes.world.made == []
    assert drawn.one(Cart).platform_mail_at is not None
    assert drawn.story().count("The shop's own reminder went out") == 1


def test_the_second_mail_goes_on(drawn: Stage) -> None:
    drawn.cart(ANA)
    wrote(drawn)
    drawn.after(hours=26)
    assert len(drawn.outbox()) == 1
    assert drawn.messages()[1][:2] == ("second", "sent")


def test_a_shop_that_did_not_write_holds_nothing_up(drawn: Stage) -> None:
    drawn.cart(ANA)
    drawn.after(hours=2)
    assert len(drawn.outbox()) == 1


def test_a_merchant_may_want_both(drawn: Stage) -> None:
    drawn.configure(own_mail="ignore")
    drawn.cart(ANA)
    wrote(drawn)
    drawn.after(hours=2)
    assert len(drawn.outbox()) == 1


def test_a_shop_that_never_tells_holds_nothing_up(
    drawn: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.fakes import FakePlatform

    def refuses(*_: object) -> None:
        raise Refused("not for this app")

    monkeypatch.setattr(FakePlatform, "reminded", refuses)
    drawn.cart(ANA)
    drawn.after(hours=2)
    assert len(drawn.outbox()) == 1


@pytest.mark.parametrize("error", [NotSent("busy"), Disconnected("the token is gone")])
def test_while_it_cannot_be_asked_the_mail_waits(
    drawn: Stage, monkeypatch: pytest.MonkeyPatch, error: NotSent | Disconnected
) -> None:
    from tests.fakes import FakePlatform

    def fails(*_: object) -> None:
        raise error

    drawn.cart(ANA)
    with monkeypatch.context() as patch:
        patch.setattr(FakePlatform, "reminded", fails)
        drawn.after(minutes=40)
        assert drawn.outbox() == []
        assert "whether the shop wrote first" in drawn.messages()[0][2] or isinstance(
            error, Disconnected
        )
    with drawn.session() as session:
        session.get_one(Store, drawn.store.id).state = "active"  # type: ignore[assignment]
    drawn.after(hours=1)
    assert len(drawn.outbox()) == 1
