"""Offers: codes as promised, one or two, never more than the guard allows, never a lie."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from connector.domain.discounts import OfferKind
from connector.domain.money import Money
from connector.domain.people import Person
from connector.errors import NotSent, Refused
from connector.models import Discount, LinkPurpose, Message
from connector.services import drafts, links
from connector.web import links as pages
from jobs.runtime import runtime
from tests.fakes import Fakes
from tests.stage import ANA, BEN, START, Stage


def flow(offer: str, key: str = "gift", more: str = "") -> str:
    return f"""
        key: {key}
        name: {key}
        trigger: checkout_abandoned
        steps:
          - id: gift
            send: {{medium: email, template: offer, offer: {{{offer}}}}}
          {more}
        """


def left_a_cart(stage: Stage, offer: str = "percent: 5", **span: float) -> None:
    stage.draws(flow(offer))
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(**(span or {"minutes": 31}))


def context(stage: Stage) -> dict[str, object]:
    """What the template of the only message may say of its offer."""
    with stage.session() as session:
        message = session.get_one(Message, stage.one(Message).id)
        origin = drafts.Origin("https://cart.example", b"s" * 32)
        draft = drafts.write(session, stage._store(session), message, origin, stage.now)
    offer: dict[str, object] = draft.context["offer"]
    return offer


def test_a_percentage_as_it_was_drawn(stage: Stage) -> None:
    left_a_cart(stage, "percent: 12.5, valid_hours: 48, minimum: 20, products: ['11']")
    (terms,) = Fakes.world.terms
    assert (terms.kind, terms.percent) == (OfferKind.PERCENT, Decimal("12.5"))
    assert terms.minimum == Money("USD", 2000)
    assert (terms.product_ids, terms.combines) == (("11",), False)
    assert terms.expires_at - terms.starts_at == timedelta(hours=48)
    assert (terms.email, terms.customer_id) == (ANA.email, "")
    assert terms.code in Fakes.world.outbox[0][1].text


def test_an_amount_in_the_stores_currency_that_is_bound_to_nobody(stage: Stage) -> None:
    left_a_cart(stage, "amount: 5.5, personal: false, collections: ['7']")
    (terms,) = Fakes.world.terms
    assert (terms.kind, terms.amount) == (OfferKind.FIXED, Money("USD", 550))
    assert (terms.email, terms.collection_ids) == ("", ("7",))
    assert context(stage)["amount"] == "$5.50"


def test_two_codes_that_work_together(stage: Stage) -> None:
    left_a_cart(stage, "percent: 5, free_shipping: true, minimum: 10, products: ['11']")
    percent, shipping = sorted(Fakes.world.terms, key=lambda t: t.kind != OfferKind.PERCENT)
    assert (percent.combines, shipping.combines) == (True, True)
    assert (percent.product_ids, shipping.product_ids) == (("11",), ())
    assert percent.code != shipping.code
    offer = context(stage)
    assert offer["codes"] == [percent.code, shipping.code]
    assert (offer["code"], offer["percent"]) == (percent.code, "5")
    assert (offer["free_shipping"], offer["minimum"], offer["amount"]) == (True, "$10.00", "")
    assert sum("Made the code" in line for line in stage.story()) == 2


def test_the_link_carries_all_codes_that_still_work(stage: Stage) -> None:
    left_a_cart(stage, "percent: 5, free_shipping: true, valid_hours: 10")
    codes = ",".join(str(code) for code in context(stage)["codes"])  # type: ignore[attr-defined]
    with stage.session() as session:
        message = session.get_one(Message, stage.one(Message).id)
        target = pages._target(session, stage._store(session), message)
        assert target == f"https://shop.example/cart/111:2?discount={codes}"
        stage.set_clock(stage.now + timedelta(hours=11))
        late = pages._target(session, stage._store(session), message)
    assert late == "https://shop.example/recover/c1"


def test_a_code_is_made_once_and_shown_by_every_message_of_its_step(stage: Stage) -> None:
    stage.draws("""
        key: ladder
        name: Ladder
        trigger: checkout_abandoned
        steps:
          - {id: code, discount: {percent: 10, valid_hours: 30}}
          - {id: first, send: {medium: email, template: offer, code_of: code}}
          - {id: day, wait: {hours: 24}}
          - {id: last, send: {medium: email, template: offer, code_of: code}}
        """)
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=25)
    assert len(Fakes.world.made) == 1
    assert [Fakes.world.made[0] in sent.text for _, sent in Fakes.world.outbox] == [True, True]
    assert stage.one(Discount).step_id == "code"


def test_a_code_that_has_run_out_is_not_shown(stage: Stage) -> None:
    stage.draws("""
        key: ladder
        name: Ladder
        trigger: checkout_abandoned
        steps:
          - {id: code, discount: {percent: 10, valid_hours: 5, otherwise: reminder}}
          - {id: first, send: {medium: email, template: offer, code_of: code}}
          - {id: day, wait: {hours: 24}}
          - {id: last, send: {medium: email, template: offer, code_of: code}}
        """)
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=25)
    last = stage.rows(Message)[-1]
    assert (last.template, last.no_offer) == ("reminder", "its code has run out")
    assert Fakes.world.made[0] not in Fakes.world.outbox[-1][1].text


@pytest.mark.parametrize("otherwise", [True, False])
def test_who_had_her_share_gets_no_code(stage: Stage, otherwise: bool) -> None:
    stage.configure(offers={"per_person": 1}, caps={"per_day": 0, "per_week": 0})
    left_a_cart(stage)
    stage.draws(flow("percent: 10" + (", otherwise: reminder" if otherwise else ""), "second"))
    stage.order(ANA, cart_tokens=("c1",))
    stage.after(days=4)
    stage.cart(ANA, token="c2")
    stage.after(hours=1)
    second = stage.rows(Message)[-1]
    assert len(Fakes.world.made) == 1
    assert second.no_offer == "she had 1 offers in 90 days, which is the most"
    assert (second.state, second.has_offer) == ("sent" if otherwise else "cancelled", False)
    assert second.template == ("reminder" if otherwise else "offer")


def test_who_abandons_carts_for_offers_gets_none(stage: Stage) -> None:
    stage.configure(offers={"serial_carts": 3})
    stage.draws(flow("percent: 5, otherwise: reminder"))
    stage.agrees(ANA, "email")
    for number in range(2):
        stage.cart(ANA, token=f"old{number}")
        stage.after(minutes=35)
        stage.order(ANA, f"o{number}", cart_tokens=(f"old{number}",))
        stage.after(days=8)
    stage.cart(ANA, token="new")
    stage.after(minutes=35)
    assert stage.rows(Message)[-1].no_offer == "she abandoned 3 carts in 60 days"
    assert len(Fakes.world.made) == 2


def test_two_flows_at_once_give_each_person_one_offer(stage: Stage) -> None:
    """Counted under the locks: both looked before either had given anything."""
    stage.configure(offers={"per_person": 1}, caps={"per_day": 0, "per_week": 0})
    for key in ("one", "two"):
        text = flow("percent: 5, otherwise: reminder", key)
        text = text.replace("checkout_abandoned", "order_placed")
        stage.draws(text, alone=key == "one")
    people = [Person(email=f"p{n}@example.com", country="US") for n in range(8)]
    for number, person in enumerate(people):
        stage.agrees(person, "email")
        stage.order(person, f"o{number}")
    stage.after(minutes=5)
    assert len(stage.outbox()) == 16
    gave = [message.contact_id for message in stage.rows(Message) if message.has_offer]
    assert (len(gave), len(set(gave))) == (8, 8)


def test_a_code_that_the_platform_will_not_have(stage: Stage) -> None:
    Fakes.world.code_errors = [Refused("no free shipping here")]
    left_a_cart(stage, "percent: 5, otherwise: reminder")
    message = stage.one(Message)
    assert (message.state, message.template) == ("sent", "reminder")
    assert message.no_offer == "no code: no free shipping here"


def test_a_promise_that_cannot_be_kept_is_not_sent(stage: Stage) -> None:
    Fakes.world.code_errors = [Refused("no")]
    left_a_cart(stage)
    assert stage.messages() == [("gift", "dead", "no code: no")]


def test_a_platform_that_is_busy_makes_the_code_later(stage: Stage) -> None:
    Fakes.world.code_errors = [NotSent("429")]
    left_a_cart(stage, minutes=35)
    assert stage.messages() == [("gift", "sent", "")]
    assert len(Fakes.world.made) == 1


def test_no_code_is_made_for_who_may_not_be_written_to(stage: Stage) -> None:
    stage.draws(flow("percent: 5"))
    stage.agrees(BEN, "email", state="no")
    stage.cart(BEN)
    stage.after(hours=1)
    assert (Fakes.world.made, stage.rows(Discount)) == ([], [])


def test_an_offer_is_never_sent_blind(stage: Stage) -> None:
    """Mail without an offer may go while the store does not answer, if its merchant wants so."""
    stage.configure(email_blind="send")
    stage.draws(flow("percent: 5"))
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=29)
    Fakes.world.platform_error = NotSent("503")
    with stage.session() as session:
        stage._store(session).orders_seen_at = None
    stage.after(minutes=5)
    assert stage.messages() == [("gift", "scheduled", "the store's orders must be asked for first")]


def test_a_reminder_may_be_sent_blind_where_the_merchant_wants_so(stage: Stage) -> None:
    stage.configure(email_blind="send")
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=59)
    Fakes.world.platform_error = NotSent("503")
    with stage.session() as session:
        stage._store(session).orders_seen_at = None
    stage.after(minutes=5)
    assert stage.messages() == [("reminder", "sent", "")]


def test_a_link_is_the_same_when_a_message_is_written_again(stage: Stage) -> None:
    left_a_cart(stage)
    message, secret = stage.one(Message), runtime().code_secret
    with stage.session() as session:
        token = links.issue(session, message, LinkPurpose.RECOVER, START, secret)
    assert f"/r/{token}" in Fakes.world.outbox[0][1].text
