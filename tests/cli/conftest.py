"""A service on the test servers, as the commands find it: through the environment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import LiteralString

import psycopg
import pytest
from click.testing import CliRunner, Result

from connector.cli import cartwright
from connector.config import Config
from connector.crypto import Vault
from connector.embedded import Servers
from connector.embedded.postgres import SUPERUSER
from connector.models import Store
from connector.ports.platform import StoreInfo
from connector.services import installs
from connector.services.installs import NewStore
from connector.session import Sessions

Cli = Callable[..., Result]
Superuser = Callable[[LiteralString], None]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def environment(service: Sessions, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of a service in production, and its data folder."""
    monkeypatch.setenv("CARTWRIGHT_HOME", str(config.home))


@pytest.fixture
def cli(environment: None) -> Cli:
    """Runs a command: `cli("stores", "list").output`."""

    def run(*words: str) -> Result:
        return CliRunner().invoke(cartwright, words)

    return run


@pytest.fixture
def superuser(servers: Servers) -> Superuser:
    """Runs one statement as nobody should who serves."""

    def run(statement: LiteralString) -> None:
        url = servers.postgres.url(SUPERUSER).replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)

    return run


@pytest.fixture
def mina(service: Sessions, vault: Vault) -> Store:
    """Mina's store."""
    new = NewStore(
        "woocommerce", "https://minas.example", {"consumer_key": "k", "consumer_secret": "s"}
    )
    info = StoreInfo(
        name="Mina's Ceramics",
        currency="KRW",
        timezone="Asia/Seoul",
        storefront="https://minas.example",
        email="mina@minas.example",
    )
    with service.store(0) as session:
        return installs.connect(session, vault, new, info, NOW, None)[0]
