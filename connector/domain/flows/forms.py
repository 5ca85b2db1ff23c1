"""What all parts of a flow's text have in common, and the few types that they share."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

MAX_SPAN = timedelta(days=90)  # the longest wait, and the longest flow

Word = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
Line = Annotated[str, Meta(min_length=1, max_length=200)]
Wall = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
Number = float  # as it is written; `decimal` gives the exact value


class Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a flow's text: unknown fields are refused, values never change."""


def span(minutes: float = 0, hours: float = 0, days: float = 0) -> timedelta:
    """A length of time from a text's fields; ValueError if it is none or over 90 days."""
    try:
        found = timedelta(minutes=minutes, hours=hours, days=days)
    except OverflowError:
        raise ValueError("that is too long: 90 days at most") from None
    if found <= timedelta():
        raise ValueError("a wait is longer than nothing: give minutes, hours or days")
    if found > MAX_SPAN:
        raise ValueError(f"{found / timedelta(days=1):g} days is too long: 90 days at most")
    return found


def wall(text: str) -> time:
    """A time of day from "HH:MM"."""
    return time.fromisoformat(text)


def decimal(number: Number) -> Decimal:
    """The number as it was written: 0.1 is a tenth."""
    return Decimal(str(number))
