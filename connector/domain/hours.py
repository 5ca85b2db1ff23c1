"""Hours of the day in which a person may be written to, in her own time.

A moment is judged by the clock on her wall, whatever that clock does: an hour that it skips is
no hour, an hour that it shows twice is allowed or barred both times.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MIDNIGHT = time(0)  # as the end of a window: 24:00
AHEAD = timedelta(days=8)  # over a week: every weekday's hours have been tried
_DAY = timedelta(days=1)
_TWO_WEEKS = 16  # days from yesterday on: every weekday comes twice
_SECOND = timedelta(seconds=1)
_zone = cache(ZoneInfo)  # ZoneInfo itself keeps only eight, and reading one takes a millisecond


@dataclass(frozen=True)
class Window:
    """From `opens` until just before `closes`, local time; it may hold the midnight.

    00:00 as the end is the day's end, so 00:00-00:00 is the whole day; any other window of
    no length is empty.
    """

    opens: time
    closes: time

    def includes(self, at: time) -> bool:
        """True if the clock shows an allowed time."""
        if self.opens == self.closes:
            return self.opens == MIDNIGHT
        if self.opens < self.closes:
            return self.opens <= at < self.closes
        return at >= self.opens or at < self.closes


@dataclass(frozen=True)
class Hours:
    """When messages may arrive: the same window every day, but for the weekdays in `days`.

    `days` holds (weekday, window) with 0 for Monday and None for a day that is closed; each
    calendar day is judged by itself. What is barred waits for the first allowed moment, or
    with `resume` for that time of the day. ValueError if no day is open at `resume`.
    """

    opens: time
    closes: time
    resume: time | None = None
    days: tuple[tuple[int, Window | None], ...] = ()

    def __post_init__(self) -> None:
        if self.resume is not None and not any(self._open(d, self.resume) for d in range(7)):
            raise ValueError(f"nothing may be sent at {self.resume:%H:%M}: it is a barred hour")

    @classmethod
    def quiet(cls, from_: time, until: time, resume: time | None = None) -> Hours:
        """The same, said by what is barred: 21:00-08:00 leaves 08:00-21:00."""
        if from_ == until:
            raise ValueError(f"quiet from {from_:%H:%M} until {until:%H:%M} is never or always")
        return cls(until, from_, resume)

    def on(self, weekday: int) -> Window | None:
        """The window of a weekday, 0 for Monday; None if the day is closed."""
        return dict(self.days).get(weekday, Window(self.opens, self.closes))

    def allow(self, wall: datetime) -> bool:
        """True if a message may arrive while her calendar and clock show this."""
        return self._open(wall.weekday(), wall.time())

    def next_edge(self, wall: datetime) -> datetime:
        """The next naive local time at which `allow` may answer otherwise."""
        window = self.on(wall.weekday())
        edges = (window.opens, window.closes) if window else ()
        today = [edge for edge in edges if edge > wall.time()]
        if today:
            return datetime.combine(wall.date(), min(today))
        return datetime.combine(wall.date() + _DAY, MIDNIGHT)

    def _open(self, weekday: int, at: time) -> bool:
        window = self.on(weekday)
        return window is not None and window.includes(at)


def next_moment(now: datetime, zones: Sequence[str], rules: Sequence[Hours]) -> datetime | None:
    """The first moment from `now` on that all rules allow in all zones; None within 8 days.

    Several zones mean that it is not known in which of them she is. A rule's `resume` counts
    only when `now` is barred: then the first such time in any of the zones that is allowed in
    all of them, or the first allowed moment when there is none.
    """
    at = _allowed(now, zones, rules)
    if at is None or at <= now:
        return at
    return _resumed(at, zones, rules) or at


def time_left(now: datetime, zones: Sequence[str], rules: Sequence[Hours]) -> timedelta:
    """How long from `now` until the first rule closes in the first zone; 8 days at most."""
    last = now.astimezone(UTC) + AHEAD
    ends = [_first(now, zone, rule, last, allowed=False) for zone in zones for rule in rules]
    return min((end for end in ends if end is not None), default=last) - now


def at_local(now: datetime, zone: str, wall: time, days_ahead: int = 0) -> datetime:
    """The moment when her clock shows `wall`, so many days after her today; it may be past.

    A time that the clock skips is the first moment after the gap; of a time that it shows
    twice it is the first.
    """
    place = _zone(zone)
    return _instant(now.astimezone(place).date() + timedelta(days=days_ahead), wall, place)


def next_wall(now: datetime, zone: str, wall: time, weekdays: Collection[int] = ()) -> datetime:
    """The first moment from `now` on, `now` included, when her clock shows `wall`.

    With weekdays (0 for Monday) only on those; ValueError if they are none. Clock changes as
    in `at_local`; a day that a place leaves out of its calendar (Apia had no 30 December 2011)
    has no such moment.
    """
    place = _zone(zone)
    yesterday = now.astimezone(place).date() - _DAY  # its skipped time may still come
    days = (yesterday + timedelta(days=ahead) for ahead in range(_TWO_WEEKS))
    wanted = (day for day in days if not weekdays or day.weekday() in weekdays)
    moments = (_instant(day, wall, place) for day in wanted if _exists(day, place))
    for moment in moments:
        if moment >= now:
            return moment
    raise ValueError(f"no weekday is {', '.join(map(str, weekdays))}: Monday is 0, Sunday 6")


def _allowed(now: datetime, zones: Sequence[str], rules: Sequence[Hours]) -> datetime | None:
    """The first moment allowed by all in all, whatever `resume` says."""
    at = now.astimezone(UTC)
    last = at + AHEAD
    while True:
        opens = [_first(at, zone, rule, last, allowed=True) for zone in zones for rule in rules]
        known = [one for one in opens if one is not None]
        if len(known) < len(opens):
            return None
        later = max(known, default=at)
        if later == at:
            return at
        at = later


def _resumed(at: datetime, zones: Sequence[str], rules: Sequence[Hours]) -> datetime | None:
    """The first resume time from `at` on that all rules allow in all zones."""
    tries = (
        next_wall(at + ahead * _DAY, zone, rule.resume)
        for ahead in range(AHEAD.days)
        for zone in zones
        for rule in rules
        if rule.resume is not None
    )
    return min((one for one in tries if _open_to_all(one, zones, rules)), default=None)


def _open_to_all(at: datetime, zones: Sequence[str], rules: Sequence[Hours]) -> bool:
    walls = [at.astimezone(_zone(zone)) for zone in zones]
    return all(rule.allow(wall) for wall in walls for rule in rules)


def _first(
    at: datetime, zone: str, rule: Hours, last: datetime, *, allowed: bool
) -> datetime | None:
    """The first moment from `at` to `last` that the rule allows (or bars) in the zone."""
    place = _zone(zone)
    while at <= last:
        local = at.astimezone(place)
        if rule.allow(local) is allowed:
            return at
        at = _edge(at.astimezone(UTC), local, rule, place)
    return None


def _edge(at: datetime, local: datetime, rule: Hours, place: ZoneInfo) -> datetime:
    """The next moment when the rule may change its mind: an edge of its, or a clock change."""
    wall = local.replace(tzinfo=None)
    then = at + (rule.next_edge(wall) - wall)
    if then.astimezone(place).utcoffset() == local.utcoffset():
        return then
    return _clock_change(at, then, place)


def _clock_change(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The first moment with the new offset; clocks change on whole seconds."""
    early = before.replace(microsecond=0)
    old = early.astimezone(place).utcoffset()
    while after - early > _SECOND:
        middle = early + (after - early) // _SECOND // 2 * _SECOND
        if middle.astimezone(place).utcoffset() == old:
            early = middle
        else:
            after = middle
    return after


def _instant(day: date, wall: time, place: ZoneInfo) -> datetime:
    """A local time as UTC."""
    local = datetime.combine(day, wall, place)
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    # A skipped time read with the offset before the gap (fold=0) comes out late, with the one
    # after it early: the gap lies between.
    return first if first <= second else _clock_change(second, first, place)


def _exists(day: date, place: ZoneInfo) -> bool:
    """False if the place left this day out."""
    return _instant(day, MIDNIGHT, place).astimezone(place).date() == day
