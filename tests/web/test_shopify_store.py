"""A Shopify store after the consent: half-way failures, permissions, news of a former owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connector import clock
from connector.channels import CHANNELS
from connector.models import DeskKey, Message, MessageState, Store, StoreState
from connector.services import installs
from jobs import orders as asking
from jobs.adapters import platform_for
from jobs.runtime import runtime
from jobs.webhooks import process_webhooks
from tests.fakes import FakeMail, Fakes, World
from tests.stage import ANA, Stage
from tests.web.deliveries import SHOP, call, kept
from tests.web.pages import words
from tests.web.shopify_merchant import Oscar, oscar

__all__ = ["oscar"]
_FORMER, _OURS = 1, 690_933_842  # ids of shops; the sandbox has the second
ONE_MAIL = """
key: waits
name: One mail
trigger: checkout_abandoned
steps:
  - {id: calm, wait: {minutes: 60, since: last_activity}}
  - {id: only, send: {medium: email, template: reminder, within_hours: 6}}
"""


# ---------------------------------------------------------------- webhooks that are not taken


def test_a_new_store_without_webhooks_is_taken_back(oscar: Oscar) -> None:
    oscar.do("faults", user_error="INVALID")  # the code was exchanged by then
    answer = oscar.installs()
    assert (answer.status_code, "Start again" in answer.text) == (502, True)
    assert oscar.asked_for("code") == 1
    store = oscar.store()
    assert (store.state, store.credentials) == (StoreState.UNINSTALLED, b"")
    assert (store.access_expires_at, store.refresh_expires_at) == (None, None)
    assert oscar.subscriptions() == 0
    assert oscar.outcomes() != ["connected"]
    with oscar.sessions.all_stores() as session:
        assert session.scalars(select(DeskKey.id)).all() == []
    assert oscar.installs().status_code == 303
    again = oscar.store()
    assert (again.id, again.state) == (store.id, StoreState.ACTIVE)
    assert oscar.subscriptions() > 10


def test_a_connected_store_whose_webhooks_fail_works_on_with_its_new_tokens(oscar: Oscar) -> None:
    oscar.installs()
    before = oscar.store()
    oscar.do("lose_subscription", topic="orders/create")
    lacking = oscar.subscriptions()
    oscar.do("faults", user_error="INVALID")
    assert oscar.installs().status_code == 303
    after = oscar.store()
    assert (after.id, after.state) == (before.id, StoreState.ACTIVE)
    assert after.token_generation == before.token_generation + 1
    assert after.credentials != before.credentials
    assert oscar.subscriptions() == lacking
    oscar.do("tokens", expire="access")  # so that it is the new refresh token which must serve
    assert platform_for(runtime().vault, after).info().ref == after.platform_ref
    assert oscar.asked_for("refresh_token") == 1


# ---------------------------------------------------------------- permissions


def test_a_permission_that_was_taken_back_is_asked_for_at_the_desk(oscar: Oscar) -> None:
    oscar.installs()
    page = oscar.get("/desk/").text
    assert "A permission is missing" not in page
    body = {"current": ["read_orders", "read_products", "write_customers"]}
    deliver(oscar, "app/scopes_update", body)
    page = oscar.get("/desk/").text
    assert "A permission is missing at the shop: write_discounts." in words(page)
    link = page.partition('">Grant it</a>')[0].rpartition('href="')[2]
    assert link == f"/install/shopify?shop={SHOP}"
    assert oscar.get(link).status_code == 200
    oscar.installs()
    assert "A permission is missing" not in oscar.get("/desk/").text


# ---------------------------------------------------------------- a name with two owners


def deliver(oscar: Oscar, topic: str, body: dict[str, Any], key: str = "w-1") -> str:
    """Shopify's delivery, kept and read; why it was of no use."""
    at = f"{clock.now() + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    headers = {
        "X_Shopify_Topic": topic,
        "X_Shopify_Webhook_Id": key,
        "X_Shopify_Event_Id": key,
        "X_Shopify_Triggered_At": at,
    }
    assert call(oscar.app.test_client(), body, **headers) == 200
    store = oscar.store()
    row = next(row for row in kept(store) if row.dedup_key == key)
    process_webhooks([(store.id, row.id)])
    return next(row.reason for row in kept(store) if row.dedup_key == key)


def test_a_late_erasure_of_the_former_owner_spares_the_new_one_who_left(oscar: Oscar) -> None:
    oscar.installs()
    store = oscar.store()
    now = clock.now()
    with oscar.sessions.store(store.id) as session:
        installs.disconnect(session, session.get_one(Store, store.id), now, now)
    body = {"shop_id": _FORMER, "shop_domain": SHOP}
    assert deliver(oscar, "shop/redact", body, "former") == "another store's data"
    assert oscar.store().name == store.name
    assert deliver(oscar, "shop/redact", {**body, "shop_id": _OURS}, "ours") == ""
    assert oscar.store().name == ""


# ---------------------------------------------------------------- what waited for her


@pytest.fixture
def stage(oscar: Oscar, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Oscar's shop at the sandbox, with a channel for mails."""
    monkeypatch.setattr(Fakes, "world", World())
    monkeypatch.setitem(CHANNELS, FakeMail.kind, FakeMail)
    assert oscar.installs().status_code == 303
    made = Stage(oscar.sessions, oscar.store(), clock.now())
    with made.session() as session:
        store = session.get_one(Store, made.store.id)
        installs.add_channel(session, runtime().vault, store, FakeMail.kind, {})
    made.set_clock(made.now)
    made.draws(ONE_MAIL)
    return made


def waiting(stage: Stage, oscar: Oscar) -> Message:
    """Shopify takes our tokens no more just when a message is due; it waits.

    What is remembered of the silence, for twenty seconds, is forgotten at once.
    """
    stage.cart(ANA)
    oscar.do("tokens", expire="all")
    stage.after(hours=2)
    assert oscar.store().state is StoreState.NEEDS_REAUTH
    message = stage.one(Message)
    assert (message.state, stage.outbox()) == (MessageState.SCHEDULED, [])
    asking._silent.clear()
    return message


def test_a_message_that_waited_goes_out_once_she_connected_again(
    oscar: Oscar, stage: Stage
) -> None:
    waiting(stage, oscar)
    assert oscar.installs().status_code == 303
    assert oscar.store().state is StoreState.ACTIVE
    stage.after(hours=1)
    assert stage.outbox() == [("email", ANA.email)]
    assert stage.one(Message).state is MessageState.SENT


def test_a_message_whose_time_went_by_meanwhile_is_not_sent(oscar: Oscar, stage: Stage) -> None:
    message = waiting(stage, oscar)
    stage.set_clock(message.expires_at + timedelta(minutes=1))
    assert oscar.installs().status_code == 303
    assert oscar.store().state is StoreState.ACTIVE
    stage.after(hours=1)
    late = stage.one(Message)
    assert (late.state, late.reason) == (MessageState.CANCELLED, "too late: its time had passed")
    assert stage.outbox() == []
