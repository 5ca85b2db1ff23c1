"""The installation that a command works on: named by the environment, running here, or ours."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connector import clock
from connector import config as configuration
from connector.config import Config
from connector.crypto import Vault
from connector.embedded.folders import in_use
from connector.errors import ConfigError
from connector.session import Sessions, connect
from connector.supervisor.environment import read_note, secret_key


@dataclass(frozen=True)
class Installation:
    """Everything that a command needs."""

    config: Config
    sessions: Sessions
    vault: Vault


@contextlib.contextmanager
def opened() -> Iterator[Installation]:
    """The installation with its databases open; ConfigError says what is missing."""
    with found() as config, connected(config) as installation:
        yield installation


@contextlib.contextmanager
def connected(config: Config) -> Iterator[Installation]:
    """The databases of a configuration, opened, and the product's time followed."""
    from jobs.runtime import read_shift

    sessions = connect(config)
    if config.testing_clock:
        clock.follow(lambda: read_shift(sessions))
    try:
        yield Installation(config, sessions, Vault(config.secret_keys))
    finally:
        clock.follow(lambda: None)
        sessions.close()


@contextlib.contextmanager
def found() -> Iterator[Config]:
    """The configuration; embedded servers that do not run are started for the while."""
    config = configuration.load()
    if not config.embedded:
        yield _loaded(config, os.environ)
    elif in_use(config.home):
        yield _loaded(config, {**os.environ, **read_note(config.home)})
    else:
        with _started_for_the_while(config) as ours:
            yield ours


def supervised() -> None:
    """Make this process one of a service whose servers run; ConfigError if they do not.

    Jobs read the environment: that of the service that runs here is taken over.
    """
    config = configuration.load()
    if config.embedded and in_use(config.home):
        os.environ.update(read_note(config.home))
    ready = _loaded(configuration.load(), os.environ)
    if ready.embedded or not ready.redis_url:
        raise ConfigError(
            "set DATABASE_URL, DATABASE_APP_URL, DATABASE_BROKER_URL and REDIS_URL,"
            " or start the whole service with `cartwright run`"
        )
    os.environ["CARTWRIGHT_SECRET_KEY"] = ",".join(ready.secret_keys)


@contextlib.contextmanager
def _started_for_the_while(config: Config) -> Iterator[Config]:
    from connector import embedded, migrations

    with embedded.start(config.home) as servers:
        migrations.upgrade(servers.owner_url, servers.app_url, servers.broker_url)
        urls = {
            "DATABASE_URL": servers.owner_url,
            "DATABASE_APP_URL": servers.app_url,
            "DATABASE_BROKER_URL": servers.broker_url,
            "REDIS_URL": servers.redis_url,
        }
        yield _loaded(config, {**os.environ, **urls})


def _loaded(config: Config, env: Mapping[str, str]) -> Config:
    """The configuration of `env`, with the data folder's secret key if it names none."""
    if config.secret_keys or not config.home.is_dir():
        return configuration.load(env)
    return configuration.load({**env, "CARTWRIGHT_SECRET_KEY": secret_key(config.home)})
