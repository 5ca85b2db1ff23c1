"""The call budget: points that leak back, as Shopify's standard plan has them."""

from __future__ import annotations

import threading
import time
from typing import Any

CAPACITY = 2000.0  # the true size is not published; this one was seen
RESTORE = 100.0  # points a second, standard plan


class Bucket:
    """A leaky bucket on real time, whatever the store's clock says."""

    def __init__(self) -> None:
        self._left, self._at = CAPACITY, time.monotonic()
        self._lock = threading.Lock()

    def take(self, points: float) -> bool:
        """Spend points; False, and nothing spent, when there are too few."""
        with self._lock:
            self._refill()
            enough = points <= self._left
            self._left -= points if enough else 0
            return enough

    def left(self) -> int:
        """The points that are left."""
        with self._lock:
            self._refill()
            return int(self._left)

    def _refill(self) -> None:
        now = time.monotonic()
        self._left = min(CAPACITY, self._left + (now - self._at) * RESTORE)
        self._at = now


def cost(requested: float, actual: float | None, left: int) -> dict[str, Any]:
    """The `extensions.cost` of an answer; nothing was spent by a call that was throttled."""
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": {
            "maximumAvailable": CAPACITY,
            "currentlyAvailable": left,
            "restoreRate": RESTORE,
        },
    }
