"""A database of the first release, with rows in it, comes forward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.engine import Engine

from connector import migrations
from connector.embedded import Servers
from connector.embedded.postgres import SUPERUSER

FIRST = "0003"
A_VALUE: dict[str, Any] = {
    "bigint": 1,
    "character varying": "x",
    "timestamp with time zone": "2026-11-01T00:00Z",
    "boolean": True,
    "jsonb": "{}",
    "bytea": b"x",
    "uuid": "00000000-0000-0000-0000-000000000001",
    "numeric": 5,
    "double precision": 1,
}


def elsewhere(url: str) -> str:
    return make_url(url).set(database="upgraded").render_as_string(hide_password=False)


@pytest.fixture
def first_release(servers: Servers) -> Iterator[Engine]:
    """Another database beside the tests' own, as the first release left it; as superuser."""
    everyone = servers.postgres.url(SUPERUSER)
    with psycopg.connect(everyone.replace("+psycopg", ""), autocommit=True) as connection:
        owner = make_url(servers.owner_url).username
        connection.execute(f'create database upgraded owner "{owner}"'.encode())
        config = migrations._config()
        config.attributes["app"] = migrations.Login.of(servers.app_url)
        config.attributes["broker"] = migrations.Login.of(servers.broker_url)
        as_owner = create_engine(elsewhere(servers.owner_url))
        with as_owner.begin() as begun:
            config.attributes["connection"] = begun
            command.upgrade(config, FIRST)
        as_owner.dispose()
        engine = create_engine(elsewhere(everyone))
        yield engine
        engine.dispose()
        connection.execute("drop database upgraded with (force)")


def fill(connection: Connection, table: str, **given: Any) -> None:
    """A row of the first release, with something in every column that must have something."""
    columns = connection.execute(
        text(
            "select column_name, data_type, is_nullable from information_schema.columns"
            " where table_name = :table"
        ),
        {"table": table},
    )
    row = {name: A_VALUE[kind] for name, kind, may_lack in columns if may_lack == "NO"} | given
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"insert into {table} ({names}) values ({values})"), row)  # noqa: S608 - our own names


def test_rows_of_the_first_release_come_forward(servers: Servers, first_release: Engine) -> None:
    with first_release.begin() as connection:
        fill(connection, "stores", state="active")
        for table in ("contacts", "carts", "flows", "flow_versions", "orders", "products"):
            fill(connection, table)
        fill(connection, "runs", state="active", branch="steps")
        fill(connection, "messages", state="scheduled", purpose="marketing")
        fill(connection, "discounts", kind="percent", state="live")
    urls = (servers.owner_url, servers.app_url, servers.broker_url)
    migrations.upgrade(*(elsewhere(url) for url in urls))
    with first_release.begin() as connection:
        message = connection.execute(text("select flow_id, planned_for, due_at from messages"))
        flow_id, planned_for, due_at = message.one()
        assert (flow_id, planned_for) == (1, due_at)
        assert connection.scalar(text("select state from flows")) == "on"
        assert connection.scalar(text("select contact_id from discounts")) == 1
        assert connection.scalar(text("select arm from runs")) == "treated"
        assert connection.scalar(
            text("select relforcerowsecurity from pg_class where relname = 'messages'")
        )
