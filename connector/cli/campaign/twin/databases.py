"""A database for each process, emptied for each scene: rows are numbered from 1, as in memory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from connector import config as configuration
from connector import migrations
from connector.cli.installation import connected
from connector.db import Base
from connector.embedded import Servers
from connector.embedded.postgres import APP, BROKER, OWNER, SUPERUSER
from jobs.runtime import Runtime

_KEY = "a-key-of-the-twin-which-keeps-no-secrets"


@dataclass(frozen=True)
class Cluster:
    """Where the databases are: URLs of its first one, and the migrated one that all begin as."""

    app_url: str
    admin_url: str  # the superuser's, whom no row-level security hides a row from
    home: str
    redis_url: str
    pattern: str

    def url(self, role: str, database: str) -> str:
        """Where a role finds a database."""
        url = make_url(self.app_url).set(username=role, database=database)
        return url.render_as_string(hide_password=False)


@contextlib.contextmanager
def prepared(servers: Servers) -> Iterator[Cluster]:
    """The cluster with an empty database of our own, migrated; dropped at the end."""
    pattern = f"twin_{uuid4().hex[:8]}"
    admin_url = servers.postgres.url(SUPERUSER)
    home = str(servers.folders.home)
    cluster = Cluster(servers.app_url, admin_url, home, servers.redis_url, pattern)
    with _made(cluster, pattern, "template1"):
        roles = (OWNER, APP, BROKER)
        migrations.upgrade(*(cluster.url(role, pattern) for role in roles))
        yield cluster


@dataclass(frozen=True)
class Desk:
    """A database to play on: this process's means there, and the superuser's eyes and hands."""

    means: Runtime
    admin: psycopg.Connection

    def clear(self) -> None:
        """Empty all tables, and number rows from 1 again: whom chance draws depends on it."""
        tables = sql.SQL(", ").join(sql.Identifier(one.name) for one in Base.metadata.sorted_tables)
        self.admin.execute(sql.SQL("truncate {} restart identity").format(tables))


@contextlib.contextmanager
def opened(cluster: Cluster, name: str) -> Iterator[Desk]:
    """A fresh database, and this process's environment for it."""
    database = f"{cluster.pattern}_{name}"
    with _made(cluster, database, cluster.pattern):
        os.environ.update(_environment(cluster, database))
        with (
            connected(configuration.load()) as means,
            _admin(cluster, database) as admin,
        ):
            yield Desk(means, admin)


@contextlib.contextmanager
def _made(cluster: Cluster, database: str, like: str) -> Iterator[None]:
    with _admin(cluster, "postgres") as admin:
        made = sql.SQL("create database {} template {} owner {}")
        admin.execute(made.format(*map(sql.Identifier, (database, like, OWNER))))
        # What a crash would lose is not at stake here.
        quick = sql.SQL("alter database {} set synchronous_commit = off")
        admin.execute(quick.format(sql.Identifier(database)))
    try:
        yield
    finally:
        with _admin(cluster, "postgres") as admin:
            gone = sql.SQL("drop database if exists {} with (force)")
            admin.execute(gone.format(sql.Identifier(database)))


def _admin(cluster: Cluster, database: str) -> psycopg.Connection:
    url = cluster.url(SUPERUSER, database).replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True, options="-c timezone=UTC")


def _environment(cluster: Cluster, database: str) -> dict[str, str]:
    return {
        "CARTWRIGHT_HOME": cluster.home,
        "DATABASE_URL": cluster.url(OWNER, database),
        "DATABASE_APP_URL": cluster.url(APP, database),
        "DATABASE_BROKER_URL": cluster.url(BROKER, database),
        "REDIS_URL": cluster.redis_url,
        "CARTWRIGHT_SECRET_KEY": _KEY,
        "CARTWRIGHT_SANDBOX": "1",
        "CARTWRIGHT_URL": "https://cart.example",
    }
