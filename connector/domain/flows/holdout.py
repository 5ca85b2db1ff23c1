"""Who is left alone, so that the rest can be compared with them: drawn by hash, kept for good.

Everyone eligible gets an arm and a row, also while nobody is held out, so that figures can be
read by intention to treat from the first cart on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector.domain.flows.conditions import share

CALIBRATION_PERCENT = 50
MAX_PERCENT = 50


class Arm(StrEnum):
    """What was drawn for a person."""

    TREATED = "treated"
    HELD_OUT = "held_out"


@dataclass(frozen=True)
class Holdout:
    """How many are held out: `percent` of people, 50 % until `calibrating_until`.

    `salt` is drawn anew when the merchant begins a new measurement.
    """

    percent: int = 0
    salt: str = ""
    calibrating_until: datetime | None = None

    def percent_at(self, now: datetime) -> int:
        """The share that is held out now."""
        if self.calibrating_until is not None and now < self.calibrating_until:
            return CALIBRATION_PERCENT
        return self.percent

    def arm(self, flow_key: str, person: str, now: datetime, before: Arm | None = None) -> Arm:
        """What is drawn for a person: the same words give the same arm.

        Who is held out at 10 % is also held out at 50 %: a larger share only adds people, and
        the end of a calibration sets most of them free. Who was treated `before` stays so: what
        she was sent cannot be taken back.
        """
        if before is Arm.TREATED:
            return before
        drawn = share(f"holdout:{self.salt}:{flow_key}:{person}") * 100
        return Arm.HELD_OUT if drawn < self.percent_at(now) else Arm.TREATED
