"""A yes is for one address; a no follows the person; nobody hears of a stranger's cart."""

from __future__ import annotations

from dataclasses import replace

from connector.errors import OutcomeUnknown
from connector.models import Cart, Contact, Message, Run
from connector.ports.channel import DeliveryReport, ReportKind
from connector.services import consents, contacts, reports
from tests.fakes import Accepted, Fakes
from tests.stage import ANA, BEN, START, Stage


def test_a_number_that_never_agreed_gets_no_text(stage: Stage) -> None:
    stage.agrees(ANA, "email", "sms")
    stage.after(minutes=1)
    stage.cart(replace(ANA, phone="+12125559999"))
    stage.after(days=2)
    assert [medium for medium, _ in stage.outbox()] == ["email"]


def test_a_no_for_a_mailbox_counts_whoever_s_account_it_is_under(stage: Stage) -> None:
    stage.agrees(replace(ANA, customer_id="1"), "email", state="no")
    stage.cart(replace(ANA, customer_id="1"))
    stage.after(days=1)
    assert stage.outbox() == []


def test_who_types_a_stranger_s_number_does_not_get_her_cart(stage: Stage) -> None:
    stage.cart(replace(ANA, email=""))
    stage.cart(replace(BEN, email="mallory@evil.example", phone=ANA.phone), token="c2")
    assert {(c.email, c.phone) for c in stage.rows(Contact)} == {
        ("", ANA.phone),
        ("mallory@evil.example", ANA.phone),
    }
    stage.after(days=1)
    carts = {cart.external_id: cart.id for cart in stage.rows(Cart)}
    assert [m.cart_id for m in stage.rows(Message) if m.state == "sent"] == [carts["c2"]]


def test_a_cart_whose_owner_becomes_known_is_hers_alone(stage: Stage) -> None:
    stage.cart(replace(ANA, email=""))
    stage.after(minutes=45)
    stage.cart(ANA, source_at=stage.now)
    stage.after(days=2)
    assert [run.state for run in stage.rows(Run)] == ["cancelled", "finished"]
    assert [to for _, to in stage.outbox()] == [ANA.email]


def test_an_unsubscription_takes_back_the_text_that_waits_for_the_morning(stage: Stage) -> None:
    stage.set_clock(START.replace(hour=23, minute=30))  # 19:30 in New York
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(hours=25, minutes=5)
    reminder, offer = stage.rows(Message)
    assert (offer.state, stage.one(Run).state) == ("scheduled", "finished")
    with stage.session() as session:
        consents.unsubscribe(session, reminder.id, stage.now)
    assert stage.rows(Message)[1].state == "cancelled"
    stage.after(days=1)
    assert len(stage.outbox()) == 1


def test_an_unsubscription_is_about_the_address_that_was_written_to(stage: Stage) -> None:
    account = replace(ANA, customer_id="7")
    stage.cart(account)
    stage.after(hours=1)
    stage.cart(replace(account, email="new@example.com"), token="c2", source_at=stage.now)
    with stage.session() as session:
        consents.unsubscribe(session, stage.rows(Message)[0].id, stage.now)
        for address in (ANA.email, "new@example.com"):
            assert contacts.is_suppressed(session, stage.store.id, "email", address)


def test_start_lifts_what_the_vendor_told_us_of_her_stop(stage: Stage) -> None:
    stage.agrees(ANA, "sms")
    with stage.session() as session:
        why = "opted out at the vendor"
        contacts.suppress(session, stage.store.id, "sms", ANA.phone, why, stage.now)
    stage.after(hours=1)
    start = DeliveryReport(ReportKind.STARTED, "s", "", address=ANA.phone)
    with stage.session() as session:
        reports.record(session, stage.store.id, "fake_text", start, stage.now)
        assert not contacts.is_suppressed(session, stage.store.id, "sms", ANA.phone)


def test_a_report_finds_the_message_whose_receipt_was_never_read(stage: Stage) -> None:
    stage.cart(ANA)
    Fakes.world.answers = [Accepted(OutcomeUnknown("cut off"))]
    stage.after(hours=1)
    message = stage.one(Message)
    assert message.state == "unknown"
    report = DeliveryReport(ReportKind.DELIVERED, "e", "SM77", at=stage.now)
    with stage.session() as session:
        reports.record(session, stage.store.id, "fake_mail", report, stage.now, message.key)
    found = stage.one(Message)
    assert (found.state, found.provider_id, found.delivered_at) == ("sent", "SM77", stage.now)
