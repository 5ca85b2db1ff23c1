"""The product clock: the only reader of wall time, and the one that a demo may shift.

Due times, hours and expiry read `now()`. Leases, tokens and network time-outs use the
database's own clock and are never shifted. The shift is one row, `product_clock`, that every
process reads at most every tenth of a second; it can exist only while no real store is connected.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

_REREAD_S = 0.1


class Unreadable(Exception):
    """Where the shift is kept cannot be asked just now."""


@dataclass(frozen=True)
class Shift:
    """Product time was `product` when real time was `real`, and runs `rate` times as fast."""

    real: datetime
    product: datetime
    rate: float

    def at(self, real: datetime) -> datetime:
        """The product time at a real instant."""
        return self.product + (real - self.real) * self.rate


class _Reading:
    """What this process last knew of the shift."""

    def __init__(self) -> None:
        self.read: Callable[[], Shift | None] | None = None
        self.shift: Shift | None = None
        self.next_read = 0.0
        self.lock = threading.Lock()


_reading = _Reading()


def follow(read: Callable[[], Shift | None]) -> None:
    """Take the shift from `read` from now on; called once where a process starts."""
    with _reading.lock:
        _reading.read, _reading.shift, _reading.next_read = read, None, 0.0


def now() -> datetime:
    """The product's present, aware UTC."""
    real = datetime.now(UTC)
    if _reading.read is None:
        return real
    with _reading.lock:
        if time.monotonic() >= _reading.next_read:
            with contextlib.suppress(Unreadable):  # time goes on as it was last known
                _reading.shift = _reading.read()
            _reading.next_read = time.monotonic() + _REREAD_S
        shift = _reading.shift
    return shift.at(real) if shift else real


def reread() -> None:
    """Forget the reading: the next `now()` asks again."""
    with _reading.lock:
        _reading.next_read = 0.0


def moved(to: datetime, rate: float = 1.0) -> Shift:
    """A shift that makes it `to` at this moment."""
    return Shift(real=datetime.now(UTC), product=to, rate=rate)
