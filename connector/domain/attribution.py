"""Which message, if any, an order is credited to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.settings import Anchor

MODELS = {Anchor.CLICK: "last click", Anchor.DELIVERY: "last delivery"}


@dataclass(frozen=True)
class Touch:
    """One message that may have brought the order: a person's click on it, or its arrival."""

    message_id: int
    at: datetime
    anchor: Anchor
    evidence_id: int  # the click's row, or the message's


def credited(
    touches: Sequence[Touch], ordered_at: datetime, window: timedelta, anchor: Anchor
) -> Touch | None:
    """The last touch of the chosen kind whose window the order falls into.

    The window begins with the touch and ends just before `window` has passed.
    """
    counted = [
        touch
        for touch in touches
        if touch.anchor is anchor and touch.at <= ordered_at < touch.at + window
    ]
    return max(counted, key=lambda touch: (touch.at, touch.evidence_id), default=None)


def rule_text(anchor: Anchor, window: timedelta) -> str:
    """The rule as the merchant reads it."""
    hours = int(window.total_seconds() // 3600)
    return f"ordered within {hours} h after the {anchor}"
