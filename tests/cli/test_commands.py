"""The commands, on real servers."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import text

from connector.cli import _COMMANDS
from connector.errors import ConfigError, NotFound
from connector.models import Store, Webhook
from connector.services import desk_keys, webhooks
from connector.session import Sessions
from tests.cli.conftest import NOW, Cli

WEBHOOK = {
    "topic": "order.created",
    "dedup_key": "a key",
    "event_id": "",
    "triggered_at": None,
    "happened_at": NOW,
}


def keep_webhook(sessions: Sessions, store: Store, state: str, body: bytes | None = b"{}") -> int:
    """A delivery of yesterday, in the state that it has come to."""
    with sessions.all_stores() as session:
        webhooks.keep(session, [{**WEBHOOK, "store_id": store.id, "body": body}])
        session.execute(
            text(
                "update webhooks set state = :state, reason = 'it was odd',"
                " retry_at = clock_timestamp() - interval '1 day'"
            ),
            {"state": state},
        )
        return int(session.execute(text("select max(id) from webhooks")).scalar_one())


def state_of(sessions: Sessions, webhook_id: int) -> str:
    with sessions.all_stores() as session:
        return session.get_one(Webhook, webhook_id).state.value


def test_every_command_is_in_the_help_and_explains_itself(cli: Cli) -> None:
    listed = cli("--help").output
    for name in _COMMANDS:
        assert name in listed
        assert "Usage: cartwright" in cli(name, "--help").output


@pytest.mark.parametrize("state", ["dead", "ignored"])
def test_a_dead_or_ignored_webhook_is_read_again(
    cli: Cli, sessions: Sessions, mina: Store, state: str
) -> None:
    webhook_id = keep_webhook(sessions, mina, state)
    said = cli("replay", str(webhook_id)).output
    assert said == (
        f"Webhook {webhook_id} (order.created) was {state} (it was odd): it will be read again.\n"
    )
    assert state_of(sessions, webhook_id) == "received"


def test_a_webhook_that_was_understood_is_left_alone(
    cli: Cli, sessions: Sessions, mina: Store
) -> None:
    webhook_id = keep_webhook(sessions, mina, "done")
    answer = cli("replay", str(webhook_id))
    assert isinstance(answer.exception, NotFound)
    assert "is done: only dead or ignored ones" in str(answer.exception)
    assert state_of(sessions, webhook_id) == "done"


def test_a_webhook_without_its_body_cannot_be_read_again(
    cli: Cli, sessions: Sessions, mina: Store
) -> None:
    webhook_id = keep_webhook(sessions, mina, "dead", body=None)
    assert "no longer kept" in str(cli("replay", str(webhook_id)).exception)


def test_stores_are_listed_for_people_and_for_machines(cli: Cli, mina: Store) -> None:
    assert "https://minas.example  Mina's Ceramics" in cli("stores", "list").output
    (row,) = json.loads(cli("stores", "list", "--json").output)
    assert (row["id"], row["state"], row["currency"]) == (mina.id, "active", "KRW")
    assert "credentials" not in row


def test_no_store_yet_says_how_to_add_one(cli: Cli, sessions: Sessions) -> None:
    assert "cartwright stores add" in cli("stores", "list").output


def test_a_platform_that_does_not_exist_is_refused(cli: Cli, sessions: Sessions) -> None:
    assert isinstance(cli("stores", "add", "magento", "x").exception, ConfigError)


def test_a_desk_link_opens_the_stores_desk_once(cli: Cli, sessions: Sessions, mina: Store) -> None:
    link = cli("desk", "https://minas.example").output.strip()
    found = re.fullmatch(r"https://cart\.example/desk/enter/([\w-]{43})", link)
    assert found
    with sessions.all_stores() as session:
        assert desk_keys.store_of(session, found[1], opens_session=False) == mina.id


def test_a_desk_of_no_store_is_refused(cli: Cli, sessions: Sessions) -> None:
    assert isinstance(cli("desk", "nobody").exception, NotFound)


def test_new_keys_are_long_and_never_the_same(cli: Cli) -> None:
    keys = {cli("secrets", "new").output.strip() for _ in range(3)}
    assert len(keys) == 3
    assert all(len(key) == 64 for key in keys)


def test_migrating_twice_changes_nothing(cli: Cli, mina: Store) -> None:
    assert cli("migrate").output == "The database is up to date.\n"


def test_a_queue_that_does_not_exist_is_refused(cli: Cli) -> None:
    assert "choose one of webhooks, flows" in str(cli("worker", "nothing").exception)


def test_a_worker_without_servers_says_what_to_set(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL")
    assert "REDIS_URL" in str(cli("worker", "flows").exception)


def test_a_store_gets_an_account_with_a_vendor(
    cli: Cli, sessions: Sessions, mina: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "ACCOUNT_SID": "AC1",
        "AUTH_TOKEN": "hush",
        "SENDER": "+15005550006",
    }.items():
        monkeypatch.setenv(f"CARTWRIGHT_STORE_{name}", value)
    assert cli("stores", "account", str(mina.id), "twilio").output == (
        "Mina's Ceramics now uses twilio.\n"
    )
    with sessions.store(mina.id) as session:
        kept = session.execute(text("select kind, account from channel_accounts")).one()
    assert kept.kind == "twilio"
    assert b"hush" not in bytes(kept.account)
    refused = cli("stores", "account", str(mina.id), "pigeon").exception
    assert isinstance(refused, ConfigError)
    assert "choose smtp, twilio, mailchimp" in str(refused)


def test_a_store_s_settings_are_shown_changed_and_checked(cli: Cli, mina: Store) -> None:
    assert "idle_minutes       30" in cli("stores", "set", mina.domain).output
    changed = cli("stores", "set", mina.domain, "idle_minutes=20", "email_to=consented").output
    assert "idle_minutes       20" in changed
    assert "email_to           consented" in changed
    for wrong in ("colour=red", "idle_minutes=soon", "email_to=everyone"):
        assert isinstance(cli("stores", "set", mina.domain, wrong).exception, ConfigError)
    assert isinstance(cli("stores", "set", "nobody.example").exception, NotFound)
