"""What every test may ask for: real servers, empty tables, a vault."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from redis import Redis

from connector import embedded, migrations
from connector.config import Config, load
from connector.crypto import Vault
from connector.db import Base
from connector.embedded import Servers
from connector.embedded.postgres import SUPERUSER
from connector.session import Sessions, connect

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
