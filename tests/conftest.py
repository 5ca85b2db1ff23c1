"""What every test may ask for: real servers, empty tables, a vault."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from redis import Redis

from connector import clock, embedded, migrations
from connector.audiences import AUDIENCES
from connector.channels import CHANNELS
from connector.config import Config, load
from connector.crypto import Vault
from connector.db import Base
from connector.embedded import Servers
from connector.embedded.postgres import SUPERUSER
from connector.outlets import OUTLETS
from connector.session import Sessions, connect
from jobs.runtime import runtime
from platforms import PLATFORMS
from tests.fakes import (
    FakeAudience,
    FakeMail,
    FakeOutlet,
    FakePlatform,
    Fakes,
    FakeSlack,
    FakeText,
    World,
)
from tests.stage import START, Stage, make_store

TEST_KEY = "a-key-for-tests-that-is-long-enough-to-be-one"


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """An embedded PostgreSQL, migrated, and a Valkey."""
    with (
        tempfile.TemporaryDirectory(prefix="cartwright-test-") as home,
        embedded.start(Path(home)) as started,
    ):
        migrations.upgrade(started.owner_url, started.app_url, started.broker_url)
        yield started


@pytest.fixture(scope="session")
def config(servers: Servers) -> Config:
    """The configuration of a service on the test servers."""
    return load(
        {
            "CARTWRIGHT_HOME": str(servers.folders.home),
            "DATABASE_URL": servers.owner_url,
            "DATABASE_APP_URL": servers.app_url,
            "DATABASE_BROKER_URL": servers.broker_url,
            "REDIS_URL": servers.redis_url,
            "CARTWRIGHT_SECRET_KEY": TEST_KEY,
            "CARTWRIGHT_SANDBOX": "1",
            "SHOPIFY_API_KEY": "test-app",
            "SHOPIFY_API_SECRET": "hush-test-app",
        }
    )


@pytest.fixture(scope="session")
def _pools(config: Config) -> Iterator[Sessions]:
    pools = connect(config, size=20)
    yield pools
    pools.close()


@pytest.fixture(scope="session")
def _sweeper(servers: Servers) -> Iterator[psycopg.Connection]:
    """The superuser, whom no row-level security hides a row from."""
    url = servers.postgres.url(SUPERUSER).replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # in any order of tables
        connection.execute("set synchronous_commit = off")
        connection.execute("set lock_timeout = '10s'")
        yield connection


@pytest.fixture
def sessions(_pools: Sessions, _sweeper: psycopg.Connection) -> Sessions:
    """The app's and the broker's way in, on empty tables."""
    tables = [sql.Identifier(table.name) for table in Base.metadata.sorted_tables]
    _sweeper.execute(sql.SQL(";").join(sql.SQL("delete from {}").format(t) for t in tables))
    return _pools


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """An empty Valkey."""
    with Redis.from_url(servers.redis_url) as redis:
        redis.flushall()
    return servers.redis_url


@pytest.fixture(scope="session")
def vault() -> Vault:
    """Seals and opens with a key that is no secret."""
    return Vault([TEST_KEY])


@pytest.fixture
def service(
    monkeypatch: pytest.MonkeyPatch, config: Config, sessions: Sessions, redis_url: str
) -> Iterator[Sessions]:
    """This process as a process of the service: its environment, its means, its clock."""
    for name, value in {
        "DATABASE_URL": config.database_url,
        "DATABASE_APP_URL": config.database_app_url,
        "DATABASE_BROKER_URL": config.database_broker_url,
        "REDIS_URL": redis_url,
        "CARTWRIGHT_SECRET_KEY": TEST_KEY,
        "CARTWRIGHT_SANDBOX": "1",
        "CARTWRIGHT_URL": "https://cart.example",
        "SHOPIFY_API_KEY": "test-app",
        "SHOPIFY_API_SECRET": "hush-test-app",
    }.items():
        monkeypatch.setenv(name, value)
    runtime.cache_clear()
    yield runtime().sessions
    runtime().sessions.close()
    runtime().redis.close()
    runtime.cache_clear()
    clock.follow(lambda: None)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, service: Sessions) -> Stage:
    """One connected store with fakes at its ports, at a standing clock."""
    monkeypatch.setattr(Fakes, "world", World())
    monkeypatch.setitem(PLATFORMS, "fake", FakePlatform)
    for channel in (FakeMail, FakeText):
        monkeypatch.setitem(CHANNELS, channel.kind, channel)
    monkeypatch.setitem(AUDIENCES, FakeAudience.kind, FakeAudience)
    for outlet in (FakeOutlet, FakeSlack):
        monkeypatch.setitem(OUTLETS, outlet.kind, outlet)
    made = Stage(service, make_store(service, "oscars.example", START))
    made.set_clock(START)
    return made


@pytest.fixture(autouse=True)
def registries() -> Iterator[None]:
    """What a test puts into the registries is gone after it."""
    kept: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (registry, dict(registry)) for registry in (PLATFORMS, CHANNELS, AUDIENCES, OUTLETS)
    ]
    yield
    for registry, before in kept:
        registry.clear()
        registry.update(before)


_LONG = ("tests/services/test_race.py", "tests/rehearsal/test_twin.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first: begun last, one of them would keep one processor alone for minutes."""
    items.sort(key=lambda item: not _is_long(item))


def _is_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("stack") is not None or item.nodeid.startswith(_LONG)
