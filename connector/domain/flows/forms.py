"""What all parts of a flow's text have in common, and the few types that they share."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

MAX_SPAN = timedelta(days=90)  # the longest wait, and the longest flow
MIN_SPAN = timedelta(minutes=1)

Word = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
Wall = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
Number = float  # as it is written; `decimal` gives the exact value


class Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a flow's text: unknown fields are refused, values never change."""


def span(minutes: float = 0, hours: float = 0, days: float = 0) -> timedelta:
    """A length of time from a text's fields; ValueError if it is under a minute or over 90 days."""
    if min(minutes, hours, days) < 0:
        raise ValueError("a time is not less than nothing — take the minus out")
    try:
        found = timedelta(minutes=minutes, hours=hours, days=days)
    except (OverflowError, ValueError):
        raise ValueError("that is too long: 90 days at most — write less") from None
    if not found:
        raise ValueError("a wait is longer than nothing: give minutes, hours or days")
    if found < MIN_SPAN:
        raise ValueError("that is shorter than a minute — write more")
    if found > MAX_SPAN:
        days = found / timedelta(days=1)
        raise ValueError(f"{days:g} days is too long: 90 days at most — write less")
    return found


def lasting(name: str, hours: float) -> timedelta:
    """How long something named lasts; ValueError as in `span`, with the name."""
    if not hours:
        raise ValueError(f"{name} must be more than 0 — write more")
    try:
        return span(hours=hours)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def wall(text: str) -> time:
    """A time of day from "HH:MM"."""
    return time.fromisoformat(text)


def decimal(number: Number) -> Decimal:
    """The number as it was written: 0.1 is a tenth."""
    return Decimal(str(number))
