"""Hours over every kind of clock change, held against the words of the rules, minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.hours import AHEAD, Hours, Window, next_moment, next_wall, time_left

NEW_YORK, LORD_HOWE, APIA = "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

# Some days around both changes of each; Apia's also around the day that it left out.
CHANGES = {
    NEW_YORK: ["2026-03-08", "2026-11-01"],
    "Europe/London": ["2026-03-29", "2026-10-25"],
    "Australia/Sydney": ["2026-04-05", "2026-10-04"],
    LORD_HOWE: ["2026-04-05", "2026-10-04"],
    APIA: ["2011-04-02", "2011-09-24", "2011-12-30"],
}


@st.composite
def moments(draw: st.DrawFn) -> tuple[datetime, list[str]]:
    """A moment near a clock change, and one or two zones in which she may be."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    day = datetime.fromisoformat(draw(st.sampled_from(CHANGES[zone]))).replace(tzinfo=UTC)
    seconds = draw(st.integers(-2 * 86_400, 2 * 86_400))
    other = draw(st.sampled_from([[], [], ["Pacific/Auckland"], [NEW_YORK], [LORD_HOWE]]))
    return day + timedelta(seconds=seconds), [zone, *other]


TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 10, 30, 45]))
WINDOWS = st.builds(Window, TIMES, TIMES)
RULES = st.lists(
    st.builds(
        Hours,
        TIMES,
        TIMES,
        days=st.lists(
            st.tuples(st.integers(0, 6), st.none() | WINDOWS),
            max_size=1,
        ).map(tuple),
    ),
    min_size=1,
    max_size=2,
)


def allowed(at: datetime, zones: list[str], rules: list[Hours]) -> bool:
    """By the words of the rules alone."""
    walls = [at.astimezone(ZoneInfo(zone)) for zone in zones]
    return all(window_holds(rule, wall) for rule in rules for wall in walls)


def window_holds(rule: Hours, wall: datetime) -> bool:
    window = dict(rule.days).get(wall.weekday(), Window(rule.opens, rule.closes))
    if window is None:
        return False
    now = wall.hour * 60 + wall.minute
    opens = window.opens.hour * 60 + window.opens.minute
    closes = (window.closes.hour * 60 + window.closes.minute) or 1440
    return opens <= now < closes if opens <= closes else now >= opens or now < closes


def minutes_between(now: datetime, end: datetime) -> list[datetime]:
    """`now` and every full minute before the end."""
    first = now.replace(second=0, microsecond=0) + MINUTE
    return [now, *(first + n * MINUTE for n in range(max(0, -((first - end) // MINUTE))))]


@settings(max_examples=150, deadline=None)
@given(moments(), RULES)
def test_the_next_moment_is_allowed_and_none_before_it_is(
    when: tuple[datetime, list[str]], rules: list[Hours]
) -> None:
    now, zones = when
    at = next_moment(now, zones, rules)
    end = at if at is not None else now + AHEAD
    if at is not None:
        assert now <= at <= now + AHEAD
        assert allowed(at, zones, rules)
    earlier = (minute for minute in minutes_between(now, end) if minute < end)
    assert not any(allowed(minute, zones, rules) for minute in earlier)


@settings(max_examples=150, deadline=None)
@given(moments(), RULES)
def test_until_the_time_that_is_left_is_over_everything_is_allowed(
    when: tuple[datetime, list[str]], rules: list[Hours]
) -> None:
    now, zones = when
    left = time_left(now, zones, rules)
    assert timedelta(0) <= left <= AHEAD
    inside = [minute for minute in minutes_between(now, now + left) if minute < now + left]
    assert all(allowed(minute, zones, rules) for minute in inside)
    assert left == AHEAD or not allowed(now + left, zones, rules)


@settings(max_examples=150, deadline=None)
@given(moments(), TIMES, TIMES, TIMES)
def test_what_is_deferred_leaves_at_the_resume_time(
    when: tuple[datetime, list[str]], opens: time, closes: time, resume: time
) -> None:
    now, (zone, *_) = when
    if not Window(opens, closes).includes(resume):
        return
    rule = Hours(opens, closes, resume)
    at = next_moment(now, [zone], [rule])
    assert at is not None
    assert allowed(at, [zone], [rule])
    wall = at.astimezone(ZoneInfo(zone))
    in_a_gap = (at - MINUTE).astimezone(ZoneInfo(zone)).utcoffset() != wall.utcoffset()
    assert at == now or wall.time() == resume or in_a_gap


@settings(max_examples=200, deadline=None)
@given(moments(), TIMES, st.sets(st.integers(0, 6)))
def test_a_wall_clock_time_is_never_early_and_never_a_period_late(
    when: tuple[datetime, list[str]], wall: time, weekdays: set[int]
) -> None:
    now, (zone, *_) = when
    at = next_wall(now, zone, wall, weekdays)
    period = 7 * DAY if weekdays else DAY
    left_out = period if zone == APIA else timedelta(0)  # the day may be the one that it skipped
    assert now <= at <= now + period + left_out + timedelta(hours=1)
    seen = at.astimezone(ZoneInfo(zone))
    skipped = (at - MINUTE).astimezone(ZoneInfo(zone)).utcoffset() != seen.utcoffset()
    assert skipped or (seen.time() == wall and (not weekdays or seen.weekday() in weekdays))
