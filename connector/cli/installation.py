"""The installation that a command works on: named by the environment, running here, or ours."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping

from connector import clock
from connector import config as configuration
from connector.config import Config
from connector.embedded.folders import in_use
from connector.errors import ConfigError
from connector.supervisor.environment import read_note, secret_key
from jobs.runtime import Runtime, runtime

_DOORS = "CARTWRIGHT_LOOPBACK"


@contextlib.contextmanager
def opened() -> Iterator[Runtime]:
    """The installation's means, closed at the end; ConfigError says what is missing."""
    with found() as config, connected(config) as means:
        yield means


@contextlib.contextmanager
def connected(config: Config) -> Iterator[Runtime]:
    """The means of an installation whose configuration is known."""
    _export(config)
    runtime.cache_clear()
    means = runtime()
    try:
        yield means
    finally:
        clock.follow(lambda: None)
        means.sessions.close()
        means.redis.close()
        runtime.cache_clear()


@contextlib.contextmanager
def found() -> Iterator[Config]:
    """The configuration; embedded servers that do not run are started for the while."""
    config = configuration.load()
    if not config.embedded:
        yield _loaded(config, os.environ)
    elif in_use(config.home):
        note = read_note(config.home)
        os.environ.setdefault(_DOORS, note.get(_DOORS, ""))  # to the sandbox that runs here
        yield _loaded(config, {**os.environ, **note})
    else:
        with _started_for_the_while(config) as ours:
            yield ours


def _note(config: Config) -> dict[str, str]:
    """Where the servers of the service that runs here are."""
    note = read_note(config.home)
    if not note:
        raise ConfigError("the service is just starting or stopping: try again in a moment")
    return note


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
    _export(ready)


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


def _export(config: Config) -> None:
    """Make it this process's environment: what jobs and services share reads that."""
    os.environ.update(
        {
            "CARTWRIGHT_HOME": str(config.home),
            "DATABASE_URL": config.database_url,
            "DATABASE_APP_URL": config.database_app_url,
            "DATABASE_BROKER_URL": config.database_broker_url,
            "REDIS_URL": config.redis_url,
            "CARTWRIGHT_SECRET_KEY": ",".join(config.secret_keys),
            "CARTWRIGHT_URL": config.public_url,
            "CARTWRIGHT_SANDBOX": "1" if config.testing_clock else "",
            "CARTWRIGHT_MAIL_URL": config.mail_url,
            "CARTWRIGHT_MAIL_FROM": config.mail["sender_email"] if config.mail else "",
            "SHOPIFY_API_KEY": config.shopify_api_key,
            "SHOPIFY_API_SECRET": ",".join(config.shopify_secrets),
        }
    )
