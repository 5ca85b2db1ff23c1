"""Who enters which flow, on PostgreSQL: triggers, filters, priorities, measurements."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector.domain.carts import CartKind, Payment
from connector.domain.flows.holdout import Arm
from connector.domain.money import Money
from connector.domain.people import Person
from connector.models import Assignment, Cart, FlowState, Order, Run
from connector.ports.events import ContactChanged, OrderRefunded
from connector.services import flow_switches
from tests.stage import ANA, BEN, MUG, Stage

STEPS = """
steps:
  - id: hello
    send: {medium: email, template: reminder}
"""


def flow(trigger: str, key: str = "one", rules: str = "{}", steps: str = STEPS) -> str:
    return f"key: {key}\nname: {key}\ntrigger: {trigger}\nrules: {rules}\n{steps}"


def entered(stage: Stage) -> int:
    return len([run for run in stage.rows(Run) if run.state != "cancelled"])


@pytest.mark.parametrize(
    ("trigger", "kind", "payment"),
    [
        ("checkout_abandoned", CartKind.CHECKOUT, Payment.NONE),
        ("cart_abandoned", CartKind.CART, Payment.NONE),
        ("order_unpaid", CartKind.UNPAID_ORDER, Payment.WAITING),
        ("payment_failed", CartKind.UNPAID_ORDER, Payment.FAILED),
    ],
)
def test_each_kind_of_cart_begins_its_own_flow(
    stage: Stage, trigger: str, kind: CartKind, payment: Payment
) -> None:
    stage.draws(flow(trigger))
    others = {
        (CartKind.CHECKOUT, Payment.NONE),
        (CartKind.CART, Payment.NONE),
        (CartKind.UNPAID_ORDER, Payment.WAITING),
        (CartKind.UNPAID_ORDER, Payment.FAILED),
    } - {(kind, payment)}
    stage.cart(ANA, "mine", kind=kind, payment=payment)
    for number, (other, how) in enumerate(sorted(others)):
        person = replace(BEN, email=f"b{number}@example.com", phone="")
        stage.cart(person, f"other{number}", kind=other, payment=how)
    stage.after(hours=1)
    assert [run.entry_key for run in stage.rows(Run)] == [f"cart:{stage.rows(Cart)[0].id}"]


def test_orders_begin_flows_once_each(stage: Stage) -> None:
    for number, trigger in enumerate(("order_placed", "order_paid", "order_fulfilled")):
        stage.draws(flow(trigger, trigger.replace("_", "-")), alone=not number)
    stage.order(ANA, "1", source_at=stage.now)
    assert entered(stage) == 1
    stage.after(minutes=1)
    stage.order(ANA, "1", placed_at=stage.now, paid_at=stage.now)
    stage.after(minutes=1)
    stage.order(ANA, "1", paid_at=stage.now, fulfilled_at=stage.now)
    stage.after(minutes=1)
    stage.order(ANA, "1", paid_at=stage.now, fulfilled_at=stage.now)
    assert [run.entry_key.split(":")[2] for run in stage.rows(Run)] == [
        "order_placed",
        "order_paid",
        "order_fulfilled",
    ]


def test_the_first_and_the_third_order(stage: Stage) -> None:
    stage.draws(flow("first_order", "first"))
    stage.draws(flow("{on: nth_order, times: 3}", "third"), alone=False)
    for number in range(4):
        stage.order(ANA, f"{number}")
        stage.after(hours=80)
    assert [(run.flow_id, run.entry_key) for run in stage.rows(Run)] == [
        (stage.rows(Run)[0].flow_id, f"order:{stage.rows(Order)[0].id}:order_placed"),
        (stage.rows(Run)[1].flow_id, f"order:{stage.rows(Order)[2].id}:order_placed"),
    ]


def test_a_refund_and_a_new_account_begin_flows(stage: Stage) -> None:
    stage.draws(flow("order_refunded", "refund"))
    stage.draws(flow("customer_created", "account"), alone=False)
    stage.order(ANA, "1")
    stage.tell(OrderRefunded("1", stage.now, "r1", Money("USD", 100)))
    stage.tell(ContactChanged(BEN, stage.now, created=True))
    stage.tell(ContactChanged(BEN, stage.now, created=True))
    assert [run.entry_key.split(":")[0] for run in stage.rows(Run)] == ["order", "customer"]


def test_what_a_store_tells_of_its_past_begins_nothing(stage: Stage) -> None:
    stage.draws(flow("order_placed"))
    stage.order(ANA, "1", placed_at=stage.now - timedelta(days=3))
    assert stage.rows(Run) == []


def test_win_back_waits_for_the_person_to_lapse(stage: Stage) -> None:
    stage.draws(flow("{on: win_back, days: 30}"))
    stage.order(ANA, "1")
    stage.after(days=20)
    stage.order(ANA, "2")  # she came back by herself: the days count anew
    assert stage.runs() == [("cancelled", "the person has ordered"), ("pending", "")]
    stage.after(days=29)
    assert stage.outbox() == []
    stage.after(days=2)
    assert stage.outbox() == [("email", ANA.email)]


def test_yesterdays_carts_at_eleven(stage: Stage) -> None:
    stage.draws(flow('{on: checkout_abandoned, at: "11:00"}'))
    stage.cart(ANA)  # 10:00 in New York
    stage.after(hours=24)
    assert stage.outbox() == []
    stage.after(hours=1)
    assert stage.outbox() == [("email", ANA.email)]


def test_a_filter_by_value_product_country_and_history(stage: Stage) -> None:
    where = "{cart_value: {at_least: 36}, products: ['11'], country: [US], returning: false}"
    stage.draws(flow(f"{{on: checkout_abandoned, where: {where}}}"))
    stage.cart(ANA, "fits")
    stage.cart(BEN, "cheap", total=Money("USD", 3599))
    stage.cart(
        replace(BEN, email="c@x.example", phone=""), "other", lines=(replace(MUG, product_id="12"),)
    )
    abroad = replace(BEN, email="d@x.example", phone="", country="DE")
    stage.cart(abroad, "abroad")
    stage.after(hours=1)
    assert [run.contact_id for run in stage.rows(Run)] == [stage.contact(ANA.email).id]
    assert "Not entered “one”: the flow's filter does not fit" in stage.story()


def test_a_cart_in_another_currency_has_no_known_worth(stage: Stage) -> None:
    stage.draws(flow("{on: checkout_abandoned, where: {cart_value: {at_least: 1}}}"))
    stage.cart(ANA, total=Money("EUR", 9900))
    stage.after(hours=1)
    assert stage.rows(Run) == []


def test_the_highest_priority_takes_a_cart_and_no_other_does(stage: Stage) -> None:
    stage.draws(flow("checkout_abandoned", "low"))
    high = stage.draws(flow("checkout_abandoned", "high", "{priority: 5}"), alone=False)
    stage.cart(ANA)
    stage.after(hours=1)
    assert [run.flow_id for run in stage.rows(Run)] == [high.id]


def test_exclusions_by_mailbox_domain_country_role_tag_and_ip(stage: Stage) -> None:
    stage.draws(flow("checkout_abandoned"))
    stage.configure(
        exclude={
            "emails": ["ana@example.com"],
            "domains": ["Staff.example"],
            "ips": ["192.0.2.0/24"],
            "countries": ["FR"],
            "roles": ["wholesale"],
            "tags": ["VIP"],
        }
    )
    people: list[tuple[Person, dict[str, Any]]] = [
        (replace(ANA, email="ANA+shop@example.com"), {}),
        (replace(BEN, email="x@staff.example", phone=""), {}),
        (replace(BEN, email="y@x.example", phone=""), {"ip": "192.0.2.9"}),
        (replace(BEN, email="z@x.example", phone="", country="FR"), {}),
        (replace(BEN, email="r@x.example", phone=""), {"roles": ("Wholesale",)}),
    ]
    for number, (person, extra) in enumerate(people):
        stage.cart(person, f"c{number}", **extra)
    tagged = replace(BEN, email="t@x.example", phone="")
    stage.tell(ContactChanged(tagged, stage.now, tags=("vip",)))
    stage.cart(tagged, "tagged")
    stage.after(hours=1)
    assert stage.rows(Run) == []
    reasons = {line.split("excluded: ")[1] for line in stage.story() if "excluded: " in line}
    assert reasons == {"e-mail address", "e-mail domain", "IP address", "country", "role", "tag"}


def test_carts_of_one_person_merge_and_the_newest_wins(stage: Stage) -> None:
    stage.draws(
        flow(
            "checkout_abandoned",
            steps="""
steps:
  - {id: first, send: {medium: email, template: reminder}}
  - {id: day, wait: {hours: 24}}
  - {id: second, send: {medium: email, template: reminder}}
""",
        )
    )
    stage.cart(ANA, "old")
    stage.after(hours=2)
    stage.cart(ANA, "new")
    stage.after(hours=40)
    carts = {cart.external_id: cart.id for cart in stage.rows(Cart)}
    assert stage.one(Run).cart_id == carts["new"]
    assert len(stage.outbox()) == 2


def test_a_cool_down_and_none_after_an_order(stage: Stage) -> None:
    stage.draws(flow("checkout_abandoned", rules="{cooldown_days: 2}"))
    stage.cart(ANA, "one")
    stage.after(hours=3)
    stage.cart(ANA, "two")
    stage.after(hours=3)
    assert entered(stage) == 1
    assert any("cool-down" in line for line in stage.story())
    stage.order(ANA)
    stage.after(hours=1)
    stage.cart(ANA, "three")
    stage.after(hours=1)
    assert entered(stage) == 2


def test_everyone_eligible_has_an_arm_also_while_nobody_is_held_out(stage: Stage) -> None:
    stage.draws(flow("checkout_abandoned"))
    stage.cart(ANA)
    stage.after(hours=1)
    row = stage.one(Assignment)
    assert (row.arm, row.percent) == (Arm.TREATED, 0)


def test_the_held_out_hear_nothing_from_any_flow(stage: Stage) -> None:
    stage.draws(flow("checkout_abandoned", "first", "{priority: 1}"))
    stage.draws(flow("checkout_abandoned", "second"), alone=False)
    stage.hold_out("first", 50)
    for number in range(40):
        stage.cart(replace(BEN, email=f"p{number}@x.example", phone=""), f"c{number}")
    stage.after(hours=1)
    arms = {row.contact_id: row.arm for row in stage.rows(Assignment)}
    held = {contact for contact, arm in arms.items() if arm is Arm.HELD_OUT}
    assert len(arms) == 40
    assert 8 < len(held) < 32
    assert len(stage.outbox()) == 40 - len(held)
    assert {cart.contact_id for cart in stage.rows(Cart) if cart.held_out} == held
    assert {run.state for run in stage.rows(Run) if run.contact_id in held} == {"held_out"}
    # During the cool-down of the first flow the second does not write to them either.
    for number in range(40):
        stage.cart(replace(BEN, email=f"p{number}@x.example", phone=""), f"d{number}")
    before = len(stage.outbox())
    stage.after(hours=1)
    written = {to for _, to in stage.outbox()[before:]}
    mine = {stage.contact(to).id for to in written}
    assert not mine & held


def test_an_arm_is_kept_and_follows_her_names(stage: Stage) -> None:
    stage.draws(flow("checkout_abandoned", rules="{cooldown_days: 0}"))
    stage.hold_out("one", 50)
    stage.cart(ANA, "one")
    stage.after(hours=1)
    first = stage.one(Assignment).arm
    stage.hold_out("one", 0 if first is Arm.HELD_OUT else 50)
    stage.cart(replace(ANA, email="other@example.com"), "two")  # the same phone
    stage.after(hours=1)
    arms = [row.arm for row in stage.rows(Assignment)]
    assert arms == [first, Arm.TREATED]


def test_a_paused_flow_waits_and_goes_on_and_one_that_is_off_ends(stage: Stage) -> None:
    row = stage.draws(
        flow(
            "checkout_abandoned",
            steps="""
steps:
  - {id: hour, wait: {hours: 1}}
  - {id: hello, send: {medium: email, template: reminder}}
""",
        )
    )
    stage.cart(ANA)
    stage.after(hours=1)
    switch(stage, row.key, FlowState.PAUSED)
    stage.after(hours=5)
    assert stage.outbox() == []
    switch(stage, row.key, FlowState.ON)
    stage.after(hours=1)
    assert stage.outbox() == [("email", ANA.email)]
    stage.cart(BEN, "other")
    stage.after(hours=1)
    switch(stage, row.key, FlowState.OFF)
    stage.after(hours=5)
    assert stage.runs()[1] == ("cancelled", "the flow was switched off")
    assert len(stage.outbox()) == 1


def switch(stage: Stage, key: str, state: FlowState) -> None:
    with stage.session() as session:
        flow_switches.switch(session, stage.store, key, state, stage.now)
