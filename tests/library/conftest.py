"""What the pictures' walks may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from connector.config import Config
from connector.db import Base
from connector.embedded import Servers
from tests.library.town import Town, town_of


@pytest.fixture(scope="package")
def town(config: Config, servers: Servers, _sweeper: psycopg.Connection) -> Iterator[Town]:
    """The service with its shops, on tables that begin empty and end so."""
    _empty(_sweeper)
    with town_of(config, servers.redis_url, _sweeper) as made:
        yield made
    _empty(_sweeper)


def _empty(sweeper: psycopg.Connection) -> None:
    for table in Base.metadata.sorted_tables:
        sweeper.execute(sql.SQL("delete from {}").format(sql.Identifier(table.name)))
