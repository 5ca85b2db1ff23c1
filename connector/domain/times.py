"""Times that others wrote, and how far they are believed."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

AHEAD = timedelta(minutes=5)  # how far a shop's clock may be ahead of ours


def believed(value: T, received_at: datetime) -> T:
    """The same value, with no time in it that is much later than its receipt.

    Newer source time wins: a time far in the future would shut out all news that follows.
    """
    return _not_after(value, received_at + AHEAD)  # type: ignore[no-any-return]


def _not_after(value: Any, latest: datetime) -> Any:
    if isinstance(value, datetime):
        return min(value, latest)
    if isinstance(value, tuple):
        return tuple(_not_after(one, latest) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        old = {field.name: getattr(value, field.name) for field in fields(value)}
        new = {name: _not_after(one, latest) for name, one in old.items()}
        return value if new == old else replace(value, **new)
    return value
