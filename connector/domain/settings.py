"""How a store wants things done, with defaults that are safe when nobody chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import time, timedelta
from enum import StrEnum
from typing import Any

from connector.domain.hours import Window


class EmailTo(StrEnum):
    """Who may get marketing mail."""

    BY_COUNTRY = "by_country"  # consented where the law wants it, else not refused
    CONSENTED = "consented"
    NOT_REFUSED = "not_refused"


class Anchor(StrEnum):
    """What opens the window in which an order is credited to a message."""

    CLICK = "click"
    DELIVERY = "delivery"


@dataclass(frozen=True)
class StoreSettings:
    """A store's choices."""

    idle_minutes: int = 30  # a cart is abandoned after this long without a change
    lost_days: int = 30  # and lost after this long
    email_to: EmailTo = EmailTo.BY_COUNTRY
    text_from_hour: int = 8
    text_until_hour: int = 20
    credit_hours: int = 24
    credit_anchor: Anchor = Anchor.CLICK

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> StoreSettings:
        """Read what was stored; unknown keys are other modules' business."""
        known = {f.name: stored[f.name] for f in fields(cls) if f.name in stored}
        made = cls(**known)
        return cls(
            **{
                **asdict(made),
                "email_to": EmailTo(made.email_to),
                "credit_anchor": Anchor(made.credit_anchor),
            }
        )

    @property
    def idle(self) -> timedelta:
        """How long without a change makes a cart abandoned."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def lost(self) -> timedelta:
        """How long after abandonment a cart is given up."""
        return timedelta(days=self.lost_days)

    @property
    def text_window(self) -> Window:
        """When texts may arrive, in the person's own time."""
        return Window(time(self.text_from_hour), time(self.text_until_hour))

    @property
    def credit_window(self) -> timedelta:
        """How long after the anchor an order is credited."""
        return timedelta(hours=self.credit_hours)
