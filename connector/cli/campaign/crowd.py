"""A crowd of shoppers for a month, in memory: every rule watched after every event."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connector.rehearsal import simulation
from connector.rehearsal.invariants import Violated
from connector.rehearsal.simulation import Report


@dataclass(frozen=True)
class Month:
    """What the crowd came to; `violated` is "" if every rule held."""

    report: Report | None
    violated: str
    seconds: float

    def figures(self) -> dict[str, Any]:
        """For the JSON."""
        if self.report is None:
            return {"violated": self.violated}
        return {
            "carts": self.report.carts,
            "events": self.report.told,
            "accepted": self.report.accepted,
            "orders": self.report.orders,
            "codes": self.report.codes,
            "runs": dict(self.report.runs),
            "messages": dict(self.report.messages),
            "log_hash": self.report.log_hash,
            "seconds": round(self.seconds, 1),
        }

    def broken(self) -> list[str]:
        """The rule that did not hold."""
        return [self.violated] if self.violated else []


def run(carts: int, seed: int, progress: Callable[[int], None]) -> Month:
    """Play it on one core; `progress` hears of finished carts."""
    began = time.perf_counter()
    try:
        report = simulation.run(carts, seed, progress=progress)
    except Violated as error:
        return Month(None, str(error), time.perf_counter() - began)
    return Month(report, "", time.perf_counter() - began)
