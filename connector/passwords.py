"""Passwords of merchants: argon2id by the library's defaults, hashed anew when those change.

One hash takes 64 MiB and about a tenth of a second, so a process makes only a few at once:
a flood of sign-ins must not take the machine's memory. Never call this inside a transaction.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from connector.errors import CartwrightError

_AT_ONCE = threading.BoundedSemaphore(3)
_PATIENCE_S = 10.0


class Busy(CartwrightError):
    """Too many passwords are being looked at just now: try again in a moment."""


def hashed(password: str) -> str:
    """What is stored of a password. Busy when too many wait."""
    with _turn():
        return _hasher().hash(_spelled(password))


def is_right(password: str, stored: str) -> bool:
    """True if `stored` is this password's. "" (nobody, or none chosen) takes as long and is False.

    Busy when too many wait.
    """
    with _turn():
        try:
            _hasher().verify(stored or _nobody_s(), _spelled(password))
        except (VerificationError, InvalidHashError):
            return False
    return bool(stored)


def is_outdated(stored: str) -> bool:
    """True if the library hashes in another way by now: hash anew at the next sign-in."""
    return bool(stored) and _hasher().check_needs_rehash(stored)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody_s() -> str:
    """A hash of today's kind, verified in vain so that an unknown address takes as long."""
    return _hasher().hash("nobody's password")


def _spelled(password: str) -> str:
    """One spelling for what keyboards compose in different ways (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
        raise Busy("too many people are signing in at this moment")
    try:
        yield
    finally:
        _AT_ONCE.release()
