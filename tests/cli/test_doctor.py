"""The doctor: finds what is wrong, and nothing where all is well."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from connector.config import Config
from connector.embedded import Servers
from connector.embedded.postgres import SUPERUSER
from connector.models import Store
from connector.session import Sessions
from tests.cli.conftest import Cli, Superuser
from tests.cli.test_commands import keep_webhook


def failures(cli: Cli) -> dict[str, str]:
    return of_level(cli, "fail", exit_code=1)


def warnings(cli: Cli) -> dict[str, str]:
    return of_level(cli, "warn", exit_code=0)


def of_level(cli: Cli, level: str, exit_code: int) -> dict[str, str]:
    answer = cli("doctor", "--json")
    assert answer.exit_code == exit_code, answer.output
    return {f["what"]: f["text"] for f in json.loads(answer.output) if f["level"] == level}


def test_a_well_installation_passes(cli: Cli, mina: Store) -> None:
    answer = cli("doctor")
    assert answer.exit_code == 0
    assert "warn" not in answer.output
    assert "fail" not in answer.output
    assert "forced on every table" in answer.output


def test_a_superuser_as_the_app_is_refused(
    cli: Cli, servers: Servers, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_APP_URL", servers.postgres.url(SUPERUSER))
    assert "is a superuser" in failures(cli)["roles"]


def test_the_owner_as_the_app_is_refused(
    cli: Cli, config: Config, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_APP_URL", config.database_url)
    assert failures(cli)["roles"] == "two of the three roles are the same"


def test_a_server_that_is_gone_is_named_without_its_password(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = "postgresql+psycopg://someone:secret-word@127.0.0.1:9/nothing"
    monkeypatch.setenv("DATABASE_APP_URL", gone)
    said = failures(cli)["database"]
    assert said.startswith("DATABASE_APP_URL: no connection")
    assert "secret-word" not in said


def test_a_redis_that_is_gone_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    assert "REDIS_URL: no connection" in failures(cli)["redis"]


def test_a_table_without_forced_row_security_is_found(
    cli: Cli, servers: Servers, sessions: Sessions, superuser: Superuser
) -> None:
    superuser("alter table carts no force row level security")
    try:
        assert failures(cli)["row security"] == "not forced on carts"
    finally:
        superuser("alter table carts force row level security")


def test_a_lost_key_is_found(cli: Cli, mina: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARTWRIGHT_SECRET_KEY", "another-key-that-is-long-enough-to-be-one")
    assert "does not open the credentials of Mina's Ceramics" in failures(cli)["secrets"]


def test_a_webhook_that_nobody_reads_is_late(cli: Cli, sessions: Sessions, mina: Store) -> None:
    keep_webhook(sessions, mina, "received")
    assert "has waited 864" in failures(cli)["late webhooks"]


def test_dead_webhooks_are_a_warning(cli: Cli, sessions: Sessions, mina: Store) -> None:
    keep_webhook(sessions, mina, "dead")
    assert warnings(cli) == {"dead webhooks": "1"}


def test_a_shifted_clock_is_a_warning(cli: Cli, sessions: Sessions) -> None:
    with sessions.all_stores() as session:
        session.execute(
            text(
                "insert into product_clock (id, real, product, rate)"
                " values (1, clock_timestamp(), clock_timestamp(), 1)"
            )
        )
    assert "shifted" in warnings(cli)["product clock"]


def test_a_database_of_an_older_version_is_found(
    cli: Cli, sessions: Sessions, superuser: Superuser
) -> None:
    superuser("insert into alembic_version values ('an earlier one')")
    try:
        assert "older version" in failures(cli)["migrations"]
    finally:
        superuser("delete from alembic_version where version_num = 'an earlier one'")


def test_a_half_set_environment_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_BROKER_URL")
    assert "set DATABASE_BROKER_URL too" in failures(cli)["configuration"]
