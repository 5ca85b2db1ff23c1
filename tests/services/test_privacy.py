"""Being forgotten: all that is hers goes, nothing that is somebody else's does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from connector.domain.people import Person
from connector.models import (
    Cart,
    ChannelAccount,
    Contact,
    ContactIdentity,
    Flow,
    JournalEntry,
    Message,
    MessageState,
    Order,
    PrivacyRequest,
    RequestKind,
    Run,
    RunState,
    Webhook,
    WebhookState,
)
from connector.ports.events import AppUninstalled, ErasureAsked
from connector.services import contacts, privacy_marks
from tests import factories
from tests.fakes import Fakes
from tests.stage import ANA, BEN, Stage

HERS = b'{"customer": {"id": 207119551, "email": "Ana+shop@Example.com"}}'
JOANAS = b'{"email": "joana@example.com", "id": 2071195510}'


def bodies(stage: Stage) -> list[bytes | None]:
    return [row.body for row in stage.rows(Webhook)]


def forgotten(stage: Stage) -> list[str]:
    """The ids of those who have no data any more, by the order of their coming."""
    return [str(contact.id) for contact in stage.rows(Contact) if contact.erased_at is not None]


@pytest.mark.parametrize(
    "body",
    [
        HERS,
        b'{"email":"ana@example.com"}',
        b'{"landing_site": "/?email=ana%40example.com&x=1"}',
        b'{"billing": {"phone": "(212) 555-0101"}}',
        b'{"phone": "+12125550101"}',
        b'{"customer_id":"c-7"}',
        b'{"customer":{"id":"c-7","first_name":"A"}}',
        b"\xff\x00 ana@example.com \xe9",
    ],
)
def test_deliveries_that_name_her_lose_their_text(stage: Stage, body: bytes) -> None:
    factories.delivery(stage, WebhookState.DEAD, body=body)
    stage.tell(ErasureAsked(replace(ANA, customer_id="c-7"), ()))
    assert bodies(stage) == [None]


@pytest.mark.parametrize(
    "body",
    [
        JOANAS,
        b'{"email": "ana@example.com.au"}',
        b'{"email": "ana@example.community"}',
        b'{"id": 7, "customer_id": 77, "line_items": [{"id": 7}]}',
        b'{"customer": {"id": 70}}',
        b'{"phone": "+121255501019"}',
        b'{"id": 9121255501012}',
    ],
)
@pytest.mark.parametrize("state", [WebhookState.DEAD, WebhookState.RECEIVED])
def test_other_people_s_deliveries_are_kept(stage: Stage, body: bytes, state: WebhookState) -> None:
    factories.delivery(stage, state, body=body)
    stage.tell(ErasureAsked(replace(ANA, customer_id="7"), ()))
    row = stage.one(Webhook)
    assert (row.body, row.state) == (body, state)


def test_the_request_s_own_text_goes_with_it(stage: Stage) -> None:
    """It is claimed while it is being read."""
    Fakes.world.events["redact"] = [ErasureAsked(ANA, ())]
    factories.delivery(stage, WebhookState.RECEIVED, "redact", body=HERS)
    stage.settle()
    row = stage.one(Webhook)
    assert (row.state, row.body) == (WebhookState.DONE, None)


def test_what_was_not_read_yet_is_put_away_with_the_reason(stage: Stage) -> None:
    """An empty text would be read as a broken one."""
    factories.delivery(stage, WebhookState.RECEIVED, body=HERS)
    stage.tell(ErasureAsked(ANA, ()))
    row = stage.one(Webhook)
    assert (row.state, row.reason) == (WebhookState.IGNORED, "the person asked to be forgotten")


def test_the_phone_of_a_family_wipes_nothing_that_must_still_be_read(stage: Stage) -> None:
    shared = b'{"email": "ben@example.com", "phone": "+12125550101"}'
    stage.cart(ANA)
    stage.cart(replace(BEN, phone=ANA.phone), token="c2")
    for state in (WebhookState.DEAD, WebhookState.RECEIVED, WebhookState.DONE):
        factories.delivery(stage, state, f"of-{state}", body=shared)
    stage.tell(ErasureAsked(ANA, ()))
    assert bodies(stage) == [shared, shared, None]


def test_who_only_shares_her_phone_is_not_forgotten(stage: Stage) -> None:
    stage.cart(ANA)
    stage.cart(replace(BEN, phone=ANA.phone), token="c2")
    stage.tell(ErasureAsked(ANA, ()))
    ana, ben = stage.rows(Contact)
    assert (ana.email, ana.phone) == ("", "")
    assert (ben.email, ben.erased_at) == (BEN.email, None)
    with stage.session() as session:
        assert not contacts.is_suppressed(session, stage.store.id, "email", BEN.email)
        assert contacts.is_suppressed(session, stage.store.id, "email", ANA.email)


def test_a_phone_alone_means_only_those_who_have_no_other_name(stage: Stage) -> None:
    only_a_phone = Person(phone=ANA.phone)
    stage.cart(only_a_phone)
    stage.cart(ANA, token="c2")
    nameless, ana = stage.rows(Contact)
    stage.tell(ErasureAsked(only_a_phone, ()))
    assert forgotten(stage) == [str(nameless.id)]
    assert stage.contact(ANA.email).id == ana.id


def test_her_orders_name_her_where_nothing_else_does(stage: Stage) -> None:
    stage.order(ANA, "1001")
    stage.order(replace(BEN, phone=ANA.phone), "1002")
    stage.tell(ErasureAsked(replace(ANA, phone=""), ("1001", "1002")))
    assert stage.contact(BEN.email).erased_at is None
    stage.tell(ErasureAsked(Person(), ("1002",)))
    assert len(forgotten(stage)) == 2


def test_a_message_that_waits_behind_a_finished_run_is_cancelled(stage: Stage) -> None:
    stage.set_clock(stage.now.replace(hour=23))
    stage.agrees(ANA, "email", "sms")
    stage.cart(ANA)
    stage.after(hours=25, minutes=1)
    stage.tell(ErasureAsked(ANA, ()))
    assert stage.messages()[-1] == ("offer", "cancelled", "the person asked to be forgotten")


def test_old_news_of_a_forgotten_person_is_known_as_such(stage: Stage) -> None:
    known = replace(ANA, customer_id="c-7")
    stage.cart(known)
    stage.tell(ErasureAsked(Person(customer_id="c-7"), ()))
    before, after = stage.now - timedelta(seconds=1), stage.now + timedelta(seconds=1)
    with stage.session() as session:

        def erased(person: Person, store_id: int = stage.store.id) -> bool:
            assert not privacy_marks.is_erased(session, store_id, person, after)
            return privacy_marks.is_erased(session, store_id, person, before)

        assert erased(Person(email="ANA+x@example.com"))  # a name that the request did not give
        assert erased(Person(customer_id="c-7"))
        assert erased(Person(phone=ANA.phone))
        assert not erased(replace(BEN, phone=ANA.phone))  # the family's phone says nothing
        assert not erased(ANA, stage.store.id + 1)


def test_who_was_never_seen_is_remembered_too(stage: Stage) -> None:
    """The request may overtake the deliveries that it is about."""
    stage.tell(ErasureAsked(BEN, ()))
    with stage.session() as session:
        old = stage.now - timedelta(hours=1)
        assert privacy_marks.is_erased(session, stage.store.id, BEN, old)
        assert contacts.is_suppressed(session, stage.store.id, "email", BEN.email)


def test_old_news_of_her_cart_brings_no_goods_back(stage: Stage) -> None:
    stage.cart(ANA)
    stage.after(minutes=5)
    late = stage.now
    stage.after(minutes=5)
    stage.tell(ErasureAsked(ANA, ()))
    stage.cart(ANA, source_at=late)
    cart = stage.one(Cart)
    assert (cart.lines, cart.recovery_url, cart.due_at) == ([], "", None)


MANY = 2_000


def fill(stage: Stage) -> None:
    """A store of MANY shoppers, each with three names, a cart, a run and a waiting message."""
    stage.agrees(ANA, "email")
    stage.cart(ANA)
    stage.after(minutes=45)
    with stage.session() as session:
        for statement in FILL:
            session.execute(text(statement), {"store": stage.store.id, "many": MANY})


FILL = (
    "insert into contacts (store_id, email, phone, customer_id, first_name, last_name, locale,"
    " country, province, source_at, created_at) select :store, 'p' || n || '@example.com', '',"
    " 'k' || n, 'P', 'Q', '', 'US', '', now(), now() from generate_series(1, :many) n",
    "insert into contact_identities (store_id, contact_id, kind, value)"
    " select store_id, id, 'email', email from contacts where first_name = 'P'"
    " union all select store_id, id, 'customer', customer_id from contacts where first_name = 'P'"
    " union all select store_id, id, 'phone', '+1212' || id from contacts where first_name = 'P'",
    "insert into carts (store_id, external_id, kind, state, contact_id, lines, currency,"
    " total_minor, locale, recovery_url, source_at, body_hash, created_at, activity_at, evidence,"
    " due_at) with c as materialized (select * from carts) select k.store_id, 'x' || k.id, c.kind,"
    " c.state, k.id, c.lines, c.currency, 1, '', c.recovery_url, now(), c.body_hash,"
    " now(), now(), '{}', now() + interval '9 days'"
    " from contacts k, c where k.first_name = 'P'",
    "insert into runs (store_id, flow_id, version_id, contact_id, cart_id, entry_key, state,"
    " reason, branch, step_id, entered_step_at, started_at, due_at, errors)"
    " with r as materialized (select * from runs) select c.store_id, r.flow_id, r.version_id,"
    " c.contact_id, c.id, 'e' || c.id, 'active', '', r.branch, r.step_id, now(), now(),"
    " now() + interval '9 days', 0"
    " from carts c, r where c.external_id like 'x%'",
    "insert into messages (store_id, run_id, step_id, flow_id, contact_id, cart_id, medium,"
    " purpose, template, state, reason, planned_for, due_at, expires_at, attempts, provider,"
    " provider_id, created_at)"
    " select store_id, id, 's', flow_id, contact_id, cart_id, 'email', 'marketing', 't',"
    " 'scheduled', '', now(), now() + interval '9 days', now() + interval '9 days', 0, '', '',"
    " now()"
    " from runs where entry_key like 'e%'",
    "insert into webhooks (store_id, topic, dedup_key, event_id, happened_at, body, state)"
    " select :store, 't', 'w' || n, '', now(), convert_to('{\"email\": \"p' || n"
    " || '@example.com\", ' || repeat('\"a\": \"some text of an order\", ', 100) || '}', 'UTF8'),"
    " 'done'"
    " from generate_series(1, :many) n",
)


def test_one_of_many_a_whole_store_and_an_uninstall_at_once(stage: Stage) -> None:
    fill(stage)
    one = Person(email="p77@example.com", customer_id="k77")
    stage.tell(ErasureAsked(one, ()))
    assert len(forgotten(stage)) == 1
    assert [body is None for body in bodies(stage)].count(True) == 1
    stage.tell(AppUninstalled(stage.now))
    assert {run.state for run in stage.rows(Run)} == {RunState.CANCELLED}
    assert {m.state for m in stage.rows(Message)} == {MessageState.CANCELLED}
    entries = len(stage.rows(JournalEntry))
    stage.tell(ErasureAsked(Person(), (), whole_store=True))
    for gone in (Contact, ContactIdentity, Cart, Run, Message, Order, Flow, ChannelAccount):
        assert stage.rows(gone) == []
    assert set(bodies(stage)) == {None}
    assert len(stage.rows(JournalEntry)) <= entries + 1
    one_person, store = stage.rows(PrivacyRequest)
    assert (one_person.kind, one_person.report["people"]) == (RequestKind.ERASE, 1)
    assert (store.kind, store.report["people"]) == (RequestKind.ERASE_STORE, MANY + 1)
    with stage.session() as session:  # what she asked outlives everything
        assert contacts.is_suppressed(session, stage.store.id, "email", one.email)


def test_a_forgotten_store_takes_no_old_news_of_anybody(stage: Stage) -> None:
    stage.set_clock(stage.now + timedelta(hours=1))
    stage.tell(AppUninstalled(stage.now), ErasureAsked(Person(), (), whole_store=True))
    with stage.session() as session:
        old, new = stage.now - timedelta(hours=1), stage.now + timedelta(hours=1)
        assert privacy_marks.is_erased(session, stage.store.id, BEN, old)
        assert not privacy_marks.is_erased(session, stage.store.id, BEN, new)


def test_old_news_does_not_bring_a_forgotten_person_back(stage: Stage) -> None:
    stage.cart(ANA)
    stage.after(minutes=10)
    stage.tell(ErasureAsked(ANA, ()))
    stage.cart(ANA, token="c2", source_at=stage.now - timedelta(minutes=5))
    assert all(contact.email == "" for contact in stage.rows(Contact))
    stage.after(days=1)
    assert stage.outbox() == []
