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

    def drain(self) -> None:
        """Leave nothing, as after a burst of calls."""
        with self._lock:
            self._left, self._at = 0.0, time.monotonic()

    def cost(self, requested: float, actual: float | None) -> dict[str, Any]:
        """The `extensions.cost` of an answer."""
        with self._lock:
            self._refill()
            left = int(self._left)
        return {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": {
                "maximumAvailable": CAPACITY,
                "currentlyAvailable": left,
                "restoreRate": RESTORE,
            },
        }

    def _refill(self) -> None:
        now = time.monotonic()
        self._left = min(CAPACITY, self._left + (now - self._at) * RESTORE)
        self._at = now
