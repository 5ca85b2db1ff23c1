"""What must hold before anything starts: the servers named in the environment answer."""

from __future__ import annotations

from connector.errors import ConfigError

_CONNECT_S = 3


def refuse_dead_database(name: str, url: str) -> None:
    """ConfigError if the PostgreSQL that the variable `name` names cannot be used."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    try:
        engine = create_engine(url, connect_args={"connect_timeout": _CONNECT_S})
    except (ArgumentError, ValueError):
        raise ConfigError(
            f"{name} is not a database URL: write postgresql+psycopg://user:password@host/name"
        ) from None
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
    except SQLAlchemyError as error:
        raise ConfigError(
            f"{name}: no connection ({_first_line(error)}):"
            " check its host, name and password, and that the server runs"
        ) from None
    finally:
        engine.dispose()


def refuse_dead_redis(url: str) -> None:
    """ConfigError if the Redis or Valkey of REDIS_URL cannot be used."""
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        with Redis.from_url(
            url, socket_connect_timeout=_CONNECT_S, socket_timeout=_CONNECT_S
        ) as redis:
            redis.ping()
    except (RedisError, ValueError) as error:
        raise ConfigError(
            f"REDIS_URL: no connection ({_first_line(error)}):"
            " check its address and password, and that the server runs"
        ) from None


def _first_line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split())[:200]
