"""The shop never fills with dead codes: each goes when its run or its time is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from connector.errors import Disconnected, NotSent, OutcomeUnknown, Refused
from connector.models import Discount, DiscountState, Store
from connector.ports.events import CartClosed
from connector.ports.platform import DiscountMade
from connector.services import discounts
from tests.fakes import Fakes
from tests.stage import ANA, Stage

FLOW = """
key: gift
name: gift
trigger: checkout_abandoned
steps:
  - id: gift
    send: {medium: email, template: offer, offer: {percent: 5, valid_hours: 48}}
  - id: day
    wait: {hours: 24}
  - id: last
    send: {medium: email, template: reminder}
"""


@pytest.fixture
def code(stage: Stage) -> str:
    """A code that is in Ana's mailbox, while her run goes on."""
    stage.draws(FLOW)
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=31)
    (made,) = Fakes.world.made
    return made


def row(stage: Stage) -> Discount:
    return stage.one(Discount)


def test_a_code_in_her_mailbox_works_until_it_expires(stage: Stage, code: str) -> None:
    """Her run is through its steps a day before."""
    stage.after(hours=47)
    assert (row(stage).state, list(Fakes.world.codes)) == ("live", [code.lower()])
    stage.after(hours=1, minutes=2)
    assert (row(stage).state, row(stage).tidy_at, Fakes.world.codes) == ("ended", None, {})
    assert f"Took the unused code {code} away at the shop" in stage.story()


def test_when_she_buys_without_it_the_code_goes_at_once(stage: Stage, code: str) -> None:
    stage.order(ANA)
    stage.settle()
    assert (row(stage).state, Fakes.world.codes) == ("ended", {})


def test_a_code_that_an_order_used_stays_in_the_books(stage: Stage, code: str) -> None:
    stage.order(ANA, codes=(code.lower(),))
    stage.after(days=4)
    assert (row(stage).state, row(stage).tidy_at) == ("used", None)
    assert list(Fakes.world.codes) == [code.lower()]


def test_a_code_that_the_shop_saw_used_is_not_said_to_be_unused(stage: Stage, code: str) -> None:
    """Its order is not told yet."""
    Fakes.world.used_codes.add(code.lower())
    stage.after(hours=49)
    assert (row(stage).state, list(Fakes.world.codes)) == ("used", [code.lower()])


def test_a_code_that_was_being_made_when_its_run_was_stopped_goes_too(
    stage: Stage, code: str
) -> None:
    with stage.session() as session:  # as if the shop had not answered yet
        planned = session.scalars(select(Discount)).one()
        answer = DiscountMade(planned.platform_id, code, planned.expires_at, "")
        planned.state, planned.tidy_at = DiscountState.PLANNED, None
        session.commit()
    stage.tell(CartClosed(("c1",), stage.now))
    number = row(stage).id
    stage.sessions.in_store(stage.store.id, lambda s: discounts.made(s, number, answer, stage.now))
    stage.settle()
    assert (row(stage).state, Fakes.world.codes) == ("ended", {})


def test_with_its_cart_the_code_goes_at_once(stage: Stage, code: str) -> None:
    stage.tell(CartClosed(("c1",), stage.now))
    stage.settle()
    assert (row(stage).state, Fakes.world.codes) == ("ended", {})


@pytest.mark.parametrize("error", [NotSent("busy"), OutcomeUnknown("no answer"), Refused("no")])
def test_what_the_shop_did_not_do_is_asked_again(
    stage: Stage, code: str, error: NotSent | OutcomeUnknown | Refused
) -> None:
    stage.tell(CartClosed(("c1",), stage.now))
    Fakes.world.platform_error = error
    stage.settle()
    assert (row(stage).state, row(stage).tidy_tries) == ("live", 1)
    assert row(stage).tidy_at == stage.now + timedelta(minutes=5)
    assert row(stage).reason == f"still at the shop: {error.detail}"
    Fakes.world.platform_error = None
    stage.after(minutes=6)
    assert (row(stage).state, row(stage).reason, Fakes.world.codes) == ("ended", "", {})


def test_one_code_that_stays_is_given_up_and_the_merchant_is_told(stage: Stage, code: str) -> None:
    Fakes.world.stuck[f"gid/{code}"] = "locked by another app"
    stage.after(days=10)
    assert (row(stage).state, row(stage).tidy_at, row(stage).tidy_tries) == ("live", None, 10)
    (said,) = [line for line in stage.story() if "could not be taken away" in line]
    assert said.endswith("(locked by another app): delete it there")
    stage.after(days=10)
    assert row(stage).tidy_tries == 10


def test_a_store_that_must_be_connected_again_keeps_its_tries(stage: Stage, code: str) -> None:
    stage.tell(CartClosed(("c1",), stage.now))
    Fakes.world.platform_error = Disconnected("the token is gone")
    stage.settle()
    assert stage.rows(Store)[0].state == "needs_reauth"
    stage.after(hours=8)
    assert (row(stage).state, row(stage).tidy_tries) == ("live", 1)
