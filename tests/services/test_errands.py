"""What flows tell staff and other software: once in the books, repeated only where it is safe."""

from __future__ import annotations

from connector.domain.people import Person
from connector.errors import NotSent, OutcomeUnknown, Refused
from connector.models import Cart, Contact, Errand
from connector.ports.events import ErasureAsked
from tests.fakes import Fakes
from tests.stage import ANA, Stage

FLOW = """
key: telling
name: Telling
trigger: checkout_abandoned
steps:
  - {id: mark, tag: {add: [abandoner], remove: [new]}}
  - {id: staff, notify: {by: slack, text: "{name} left {total}"}}
  - {id: mail, notify: {by: email, to: staff@shop.example, text: "A cart was left"}}
  - {id: crm, webhook: {url: "https://crm.example/hook", event: cart.left}}
"""


def left_cart(stage: Stage) -> None:
    stage.draws(FLOW)
    stage.cart(ANA)
    stage.after(hours=1)


def states(stage: Stage) -> dict[str, tuple[str, int]]:
    return {row.step_id: (row.state, row.attempts) for row in stage.rows(Errand)}


def test_staff_and_software_hear_of_a_cart(stage: Stage) -> None:
    left_cart(stage)
    assert states(stage) == {"staff": ("done", 1), "mail": ("done", 1), "crm": ("done", 1)}
    assert stage.one(Contact).tags == ["abandoner"]
    slack, hook = Fakes.world.told
    assert slack.text == "Ana left 36.00 USD"
    assert hook.target == "https://crm.example/hook"
    assert hook.body["type"] == "cart.left"
    assert hook.body["data"]["cart"]["total"] == {"amount": "36.00", "currency": "USD"}
    assert hook.body["data"]["contact"]["email"] == ANA.email
    assert [(medium, to) for medium, to in stage.outbox()] == [("email", "staff@shop.example")]


def test_what_did_not_arrive_is_told_again_under_the_same_key(stage: Stage) -> None:
    Fakes.world.outlet_answers = [NotSent("busy"), OutcomeUnknown("silence"), NotSent("busy")]
    left_cart(stage)
    stage.after(hours=2)
    # Slack was busy twice; the software was silent once: both know it now.
    assert states(stage)["staff"] == ("done", 3)
    assert states(stage)["crm"] == ("done", 2)
    keys = [row.key for row in stage.rows(Errand) if row.step_id == "crm"]
    assert [n.key for n in Fakes.world.told if n.target] == [str(key) for key in keys]


def test_in_doubt_slack_is_not_told_twice(stage: Stage) -> None:
    Fakes.world.outlet_answers = [OutcomeUnknown("silence"), Refused("no such hook")]
    left_cart(stage)
    stage.after(days=3)
    assert states(stage)["staff"] == ("unknown", 1)
    assert states(stage)["crm"] == ("dead", 1)
    assert "Not told (no such hook): webhook" in stage.story()


def test_software_that_never_answers_is_given_up(stage: Stage) -> None:
    Fakes.world.outlet_answers = [Refused("slack")] + [NotSent("away")] * 8
    left_cart(stage)
    stage.after(days=3)
    assert states(stage)["crm"] == ("dead", 8)


def test_nothing_of_a_forgotten_person_is_told(stage: Stage) -> None:
    Fakes.world.outlet_answers = [NotSent("busy")] * 8
    left_cart(stage)
    Fakes.world.outlet_answers = []
    stage.tell(ErasureAsked(ANA, ()))
    stage.after(days=1)
    assert {state for state, _ in states(stage).values()} == {"cancelled", "done"}
    assert Fakes.world.told == []


def test_the_held_out_are_told_to_nobody(stage: Stage) -> None:
    stage.draws(FLOW)
    stage.hold_out("telling", 50)
    for number in range(20):
        stage.cart(Person(email=f"p{number}@x.example"), f"c{number}")
    stage.after(hours=1)
    held = [cart for cart in stage.rows(Cart) if cart.held_out]
    assert 3 < len(held) < 17
    assert len([row for row in stage.rows(Errand) if row.step_id == "crm"]) == 20 - len(held)
