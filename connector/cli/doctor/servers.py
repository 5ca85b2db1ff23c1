"""Whether the servers are there, up to date, durable, and on the right time."""

from __future__ import annotations

import time
from collections.abc import Iterator

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from connector.cli.doctor.finding import Finding, fail, ok, warn
from connector.config import Config
from connector.errors import ConfigError
from connector.supervisor.checks import refuse_dead_database, refuse_dead_redis
from jobs.runtime import Runtime

_SKEW_S = 5.0
_MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")


def databases(config: Config) -> Iterator[Finding]:
    """Each of the three roles can log in."""
    urls = {
        "DATABASE_URL": config.database_url,
        "DATABASE_APP_URL": config.database_app_url,
        "DATABASE_BROKER_URL": config.database_broker_url,
    }
    for name, url in urls.items():
        try:
            refuse_dead_database(name, url)
        except ConfigError as error:
            yield fail("database", str(error), "set it right, or start that server")
        else:
            yield ok("database", f"{name} answers")


def doorbell(config: Config) -> Iterator[Finding]:
    """Redis answers, and keeps what it is given."""
    if not config.redis_url:
        yield fail("redis", "REDIS_URL is not set", "set it to a Redis or Valkey")
        return
    try:
        refuse_dead_redis(config.redis_url)
    except ConfigError as error:
        yield fail("redis", str(error), "nothing is lost meanwhile; nothing goes out either")
        return
    yield ok("redis", "answers")
    yield from _eviction(config.redis_url)


def _eviction(url: str) -> Iterator[Finding]:
    with Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3) as redis:
        try:
            policy = redis.config_get("maxmemory-policy").get("maxmemory-policy")
        except RedisError:  # hosted ones forbid CONFIG
            return
    if policy != "noeviction":
        yield warn(
            "redis",
            f"maxmemory-policy is {policy}: it may drop queued work when memory is short",
            "set maxmemory-policy to noeviction",
        )


def migrations(config: Config) -> Iterator[Finding]:
    """The database is that of this version."""
    from connector import migrations as changes

    if changes.is_at_head(config.database_url):
        yield ok("migrations", "up to date")
    else:
        yield fail("migrations", "the database is of an older version", "cartwright migrate")


def durability(means: Runtime) -> Iterator[Finding]:
    """What we answered with 2xx is on disk."""
    with means.sessions.all_stores() as session:
        values = {name: str(session.scalar(text(f"show {name}"))) for name in _MUST_BE_ON}
    off = [name for name, value in values.items() if value == "off"]
    if off:
        what = ", ".join(off)
        yield fail("durability", f"{what} is off: a power cut loses carts", f"switch {what} on")
    else:
        yield ok("durability", ", ".join(f"{name} {value}" for name, value in values.items()))


def time_of_day(means: Runtime) -> Iterator[Finding]:
    """This machine and the database agree what time it is."""
    with means.sessions.all_stores() as session:
        theirs = float(session.scalar(text("select extract(epoch from clock_timestamp())")) or 0)
    skew = abs(theirs - time.time())
    if skew > _SKEW_S:
        yield fail(
            "time",
            f"this machine and the database are {skew:.0f} s apart",
            "set both by a time server (NTP)",
        )
    else:
        yield ok("time", f"within {skew:.1f} s of the database's")
