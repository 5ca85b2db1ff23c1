"""What to make of an error: whose fault it is, and how to log it without naming a shopper."""

from __future__ import annotations

import traceback

from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from connector.errors import ConfigError
from jobs.runtime import log


def is_ours(error: Exception) -> bool:
    """True if a server or a setting of ours is at fault: the same row may well work later."""
    if isinstance(error, DataError | IntegrityError):
        return False
    return isinstance(error, SQLAlchemyError | RedisError | ConfigError)


def name(error: Exception) -> str:
    """The error's kind: its text may quote a shopper's data."""
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return f"{type(error).__name__} {state}" if state else type(error).__name__


def note(what: str, error: Exception) -> None:
    """Log where an error came from, by lines of code, without its words."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s: %s\n%s", what, name(error), where)
