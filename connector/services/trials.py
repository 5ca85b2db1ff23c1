"""How often something may be tried: counted by whose it is and where it comes from.

Only keyed hashes are kept, and for a day. Each limit has several windows, so that who goes on
trying waits longer and longer.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Interval, bindparam, delete, func, select, text, type_coerce
from sqlalchemy.orm import Session

from connector.models import Trial

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Windows = tuple[tuple[int, timedelta], ...]  # (at most, within)


@dataclass(frozen=True)
class Limit:
    """What is limited, and how often it may be tried."""

    what: str
    windows: Windows

    def whose(self, secret: bytes, name: str) -> bytes:
        """Under which hash this one's trials are counted."""
        return hmac.digest(secret, f"trials:{self.what}:{name}".encode(), hashlib.sha256)


PASSWORD_OF_ADDRESS = Limit("password", ((5, 15 * _MINUTE), (10, _HOUR), (25, _DAY)))
PASSWORD_FROM = Limit("password from", ((30, 15 * _MINUTE), (200, _DAY)))
MAIL_TO_ADDRESS = Limit("mail", ((3, _HOUR), (8, _DAY)))
MAIL_FROM = Limit("mail from", ((10, _HOUR), (40, _DAY)))
LOOK_FROM = Limit("look from", ((20, 15 * _MINUTE), (100, _DAY)))  # at a shop that is typed


def count(session: Session, limit: Limit, whose: bytes) -> timedelta | None:
    """Count a trial, and None: it may go on; else how long to wait, and nothing is counted.

    Those of one hash stand in line, so that a hundred at once are not all the first.
    """
    session.execute(
        text("select pg_advisory_xact_lock(:lock)"),
        {"lock": int.from_bytes(whose[:8], "big", signed=True)},
    )
    waits = [_wait(session, whose, most, within) for most, within in limit.windows]
    longest = max((wait for wait in waits if wait is not None), default=None)
    if longest is None:
        session.add(Trial(who=whose, at=func.clock_timestamp()))
        session.flush()
    return longest


def _wait(session: Session, whose: bytes, most: int, within: timedelta) -> timedelta | None:
    """How long until this window has room for one more; None if it has."""
    span = bindparam(None, within, Interval)
    now = func.clock_timestamp()
    left: timedelta | None = session.scalar(
        select(type_coerce(Trial.at + span - now, Interval))
        .where(Trial.who == whose, Trial.at > now - span)
        .order_by(Trial.at.desc())
        .offset(most - 1)
        .limit(1)
    )
    return left


def forget(session: Session, whose: bytes) -> None:
    """It was her after all: what she tried before does not count."""
    session.execute(delete(Trial).where(Trial.who == whose))
