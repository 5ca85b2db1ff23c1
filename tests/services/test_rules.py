"""Consent, hours, one text a cart, unsubscribe, uninstall: what keeps people unbothered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connector.domain.people import Person
from connector.models import Cart, Contact, LinkPurpose, Message, Run, Store, StoreState
from connector.ports.events import AppUninstalled, ErasureAsked, OrderCancelled
from connector.services import consents, contacts, links
from tests.fakes import Fakes
from tests.stage import ANA, BEN, START, Stage

SEOUL = Person(email="soo@example.kr", phone="+821012345678", first_name="Soo", country="KR")


def test_mail_needs_a_yes_where_the_law_says_so(stage: Stage) -> None:
    stage.cart(SEOUL)
    stage.after(hours=2)
    assert stage.messages() == [
        ("reminder", "cancelled", "no consent to e-mail, which is needed there")
    ]


def test_the_merchant_may_ask_for_a_yes_everywhere(stage: Stage) -> None:
    stage.configure(email_to="consented")
    stage.cart(BEN)
    stage.after(hours=2)
    assert stage.outbox() == []


def test_a_no_takes_back_what_has_not_left(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=45)
    stage.agrees(ANA, "email", state="no")
    stage.after(days=2)
    assert stage.outbox() == []


def test_texts_wait_for_the_morning_where_she_is(stage: Stage) -> None:
    evening = START.replace(hour=23)  # 19:00 in New York; the text is due at 20:00 the next day
    stage.set_clock(evening)
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(hours=25, minutes=1)
    assert [m for m in stage.messages() if m[0] == "offer"] == [
        ("offer", "scheduled", "quiet hours where she is")
    ]
    stage.after(hours=14)
    text = next(m for m in stage.rows(Message) if m.step_id == "offer")
    assert text.sent_at == datetime(2026, 6, 11, 14, 0, tzinfo=UTC)  # 10:00: her state is unknown
    (medium, sent) = Fakes.world.outbox[-1]
    assert (medium, sent.valid_for_s) == ("sms", 10 * 3600)


def test_us_numbers_get_one_text_a_cart(stage: Stage) -> None:
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(hours=26)
    with stage.session() as session:
        first = session.get_one(Message, stage.rows(Message)[1].id)
        again = Message(
            **{
                column.key: getattr(first, column.key)
                for column in Message.__mapper__.column_attrs
                if column.key not in {"id", "step_id", "state", "provider_id", "key", "sent_at"}
            },
            step_id="again",
        )
        session.add(again)
    stage.after(minutes=1)
    assert stage.messages()[-1] == ("again", "cancelled", "US numbers get one text a cart")


def test_one_click_ends_the_whole_sequence_and_repeating_it_is_no_error(stage: Stage) -> None:
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(hours=1)
    reminder = stage.rows(Message)[0]
    for _ in range(2):
        with stage.session() as session:
            consents.unsubscribe(session, reminder.id, stage.now)
    stage.after(days=3)
    assert len(stage.outbox()) == 1
    assert stage.one(Run).reason == "the person unsubscribed"
    stage.cart(ANA, token="c2")
    stage.after(days=1)
    assert len(stage.outbox()) == 1


def test_a_later_yes_at_the_shop_lifts_her_own_unsubscribe(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=1)
    with stage.session() as session:
        consents.unsubscribe(session, stage.rows(Message)[0].id, stage.now)
    stage.after(days=30)
    stage.agrees(ANA, "email")
    with stage.session() as session:
        assert not contacts.is_suppressed(session, stage.store.id, "email", "ana@example.com")


def test_uninstalling_stops_everything_and_a_late_retry_changes_nothing(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=45)
    assert stage.tell(AppUninstalled(START - timedelta(days=1))) == ["older than the installation"]
    stage.tell(AppUninstalled(stage.now))
    stage.after(days=2)
    assert stage.outbox() == []
    store = stage.one(Store)
    assert (store.state, store.credentials) == (StoreState.UNINSTALLED, b"")


def test_a_forgotten_person_leaves_no_name_and_stays_unbothered(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=45)
    for _ in range(2):
        stage.tell(ErasureAsked(ANA, ()))
    stage.after(days=2)
    assert stage.outbox() == []
    assert all(c.email == "" and c.phone == "" for c in stage.rows(type(stage.contact(""))))
    with stage.session() as session:
        assert contacts.is_suppressed(session, stage.store.id, "email", "ana@example.com")


def test_a_paused_store_keeps_runs_waiting(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    with stage.session() as session:
        stage._store(session).state = StoreState.PAUSED
    stage.after(hours=3)
    assert stage.outbox() == []
    with stage.session() as session:
        stage._store(session).state = StoreState.ACTIVE
    stage.after(hours=1)
    assert stage.outbox() == [("email", "Ana@example.com")]


def test_links_open_only_what_they_are_for_and_only_in_their_time(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(hours=1)
    message = stage.rows(Message)[0]
    with stage.session() as session:
        token = links.issue(session, message, LinkPurpose.RECOVER, stage.now)
    later = stage.now + timedelta(days=29)
    with stage.sessions.all_stores() as session:
        assert links.find(session, token, LinkPurpose.RECOVER, later) is not None
        assert links.find(session, token, LinkPurpose.UNSUBSCRIBE, later) is None
        assert links.find(session, token, LinkPurpose.RECOVER, later + timedelta(days=2)) is None
        for broken in (token[:-1], token[::-1], token + "x", "", "é" * 22):
            assert links.find(session, broken, LinkPurpose.RECOVER, later) is None
    assert len(token) == 22


def test_an_unpaid_order_that_the_shop_closes_is_still_a_cart(stage: Stage) -> None:
    stage.agrees(ANA, "email")
    stage.cart(ANA, token="order:7", tokens=("order:7",))
    stage.after(minutes=40)
    stage.tell(OrderCancelled("7", stage.now))
    stage.after(days=1)
    assert stage.outbox() == [("email", "Ana@example.com")]
    assert stage.one(Cart).recovery_url == ""  # the link to pay leads nowhere now


def test_two_people_with_one_phone_stay_two_but_a_purchase_stops_both(stage: Stage) -> None:
    stage.cart(ANA)
    stage.cart(replace(BEN, phone=ANA.phone), token="c2")
    stage.after(minutes=45)
    stage.order(ANA, cart_tokens=("c1",))
    stage.after(hours=1)
    sent = [(m.step_id, m.state) for m in stage.rows(Message)]
    assert ("reminder", "sent") not in sent
    assert {c.email for c in stage.rows(Contact)} == {ANA.email, BEN.email}
