"""Hours of the day in which a person may be written to, in her own time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_LOOK_AHEAD = timedelta(days=3)


@dataclass(frozen=True)
class Window:
    """Allowed from `opens` until just before `closes`, every day, local time."""

    opens: time
    closes: time


def next_allowed(now: datetime, zones: Sequence[str], window: Window) -> datetime | None:
    """The first instant from `now` on that is inside the window in every one of the zones.

    Several zones mean that it is not known in which of them she is. None if they have no
    hour in common.
    """
    at = now
    while at <= now + _LOOK_AHEAD:
        later = max((_opening(at, ZoneInfo(zone), window) for zone in zones), default=at)
        if later == at:
            return at
        at = later
    return None


def seconds_left(now: datetime, zones: Sequence[str], window: Window) -> int:
    """How long from `now` until the first zone's window closes; 0 when one is closed."""
    left = [_closing(now, ZoneInfo(zone), window) - now for zone in zones]
    return max(0, int(min(left).total_seconds())) if left else 0


def _opening(at: datetime, zone: ZoneInfo, window: Window) -> datetime:
    local = at.astimezone(zone)
    if window.opens <= local.time() < window.closes:
        return at
    day = local.date() if local.time() < window.opens else local.date() + timedelta(days=1)
    return _instant(datetime.combine(day, window.opens), zone)


def _closing(at: datetime, zone: ZoneInfo, window: Window) -> datetime:
    local = at.astimezone(zone)
    return _instant(datetime.combine(local.date(), window.closes), zone)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """A wall-clock time as UTC; a time that a clock change skips is the first one after it."""
    before, after = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    if before >= after:  # the time exists; of two that do, fold=0 is the first
        return after
    while before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
        before += timedelta(minutes=1)
    return before
