"""Hours in her own time, over clock changes: when a message may leave, and when it must wait."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from connector.domain.hours import (
    AHEAD,
    MIDNIGHT,
    Hours,
    Window,
    at_local,
    next_moment,
    next_wall,
    time_left,
)

SEOUL, NEW_YORK, BERLIN = "Asia/Seoul", "America/New_York", "Europe/Berlin"
LORD_HOWE, APIA, NUUK = "Australia/Lord_Howe", "Pacific/Apia", "America/Nuuk"
TASON = Hours.quiet(time(21), time(8), resume=time(17))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def local(zone: str, text: str) -> datetime:
    """A wall-clock time as UTC; the first, where the clock shows it twice."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shown(at: datetime | None, zone: str) -> str:
    """What her calendar and clock show."""
    return at.astimezone(ZoneInfo(zone)).isoformat(" ", "minutes")[:16] if at else "never"


def test_the_cart_of_the_afternoon_is_written_to_a_day_later() -> None:
    due = local(SEOUL, "2026-06-13 14:00") + DAY
    assert shown(next_moment(due, [SEOUL], [TASON]), SEOUL) == "2026-06-14 14:00"


def test_the_cart_of_the_night_waits_for_the_time_at_which_sending_resumes() -> None:
    due = local(SEOUL, "2026-06-13 22:00") + DAY
    assert next_moment(due, [SEOUL], [TASON]) == local(SEOUL, "2026-06-15 17:00")


def test_without_a_resume_time_it_waits_for_the_end_of_the_night() -> None:
    due = local(SEOUL, "2026-06-14 22:00")
    at = next_moment(due, [SEOUL], [Hours.quiet(time(21), time(8))])
    assert at == local(SEOUL, "2026-06-15 08:00")


def test_what_is_barred_before_dawn_resumes_on_the_same_day() -> None:
    due = local(SEOUL, "2026-06-14 03:00")
    assert next_moment(due, [SEOUL], [TASON]) == local(SEOUL, "2026-06-14 17:00")


def test_another_rules_bar_also_waits_for_the_resume_time() -> None:
    law = Hours(time(8), time(20, 45))
    due = local(SEOUL, "2026-06-14 20:50")  # the merchant's own hours would allow it
    assert next_moment(due, [SEOUL], [TASON, law]) == local(SEOUL, "2026-06-15 17:00")


def test_a_resume_time_that_no_common_hour_holds_gives_way_to_the_first_allowed() -> None:
    early = Hours(time(8), time(20), resume=time(8))
    late = Hours(time(10), time(20))
    due = local(SEOUL, "2026-06-14 22:00")
    assert next_moment(due, [SEOUL], [early, late]) == local(SEOUL, "2026-06-15 10:00")


def test_a_resume_time_in_an_unsure_zone_is_allowed_in_all_of_them() -> None:
    coasts = [NEW_YORK, "America/Los_Angeles"]
    rule = Hours(time(8), time(20), resume=time(9))
    at = next_moment(local(NEW_YORK, "2026-06-09 23:00"), coasts, [rule])
    assert shown(at, "America/Los_Angeles") == "2026-06-10 09:00"  # at 9 in New York it is 6


def test_a_resume_time_in_barred_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="22:30"):
        Hours.quiet(time(21), time(8), resume=time(22, 30))
    with pytest.raises(ValueError, match="never or always"):
        Hours.quiet(time(21), time(21))


def test_the_window_is_half_open() -> None:
    rule = [Hours.quiet(time(21), time(8))]
    opens, closes = local(SEOUL, "2026-06-14 08:00"), local(SEOUL, "2026-06-14 21:00")
    tick = timedelta(microseconds=1)
    assert next_moment(opens, [SEOUL], rule) == opens
    assert next_moment(opens - tick, [SEOUL], rule) == opens
    assert next_moment(closes - tick, [SEOUL], rule) == closes - tick
    assert next_moment(closes, [SEOUL], rule) == opens + DAY


def test_a_day_ends_at_24_hours() -> None:
    evening = Hours(time(18), MIDNIGHT)
    late = local(SEOUL, "2026-06-14 23:59")
    assert next_moment(late, [SEOUL], [evening]) == late
    assert shown(next_moment(late + MINUTE, [SEOUL], [evening]), SEOUL) == "2026-06-15 18:00"
    assert time_left(late, [SEOUL], [evening]) == MINUTE
    assert time_left(late, [SEOUL], [Hours(MIDNIGHT, MIDNIGHT)]) == AHEAD


def test_quiet_at_noon_leaves_the_rest_of_each_day() -> None:
    rule = [Hours.quiet(time(12), time(13))]
    noon = local(SEOUL, "2026-06-14 12:00")
    assert shown(next_moment(noon, [SEOUL], rule), SEOUL) == "2026-06-14 13:00"
    assert next_moment(noon - MINUTE, [SEOUL], rule) == noon - MINUTE
    assert time_left(noon + timedelta(hours=2), [SEOUL], rule) == timedelta(hours=22)


def test_a_closed_day_is_passed_over_and_a_shorter_one_kept() -> None:
    sunday = 6
    closed = Hours(time(8), time(20), days=((sunday, None),))
    shorter = Hours(time(8), time(20), days=((sunday, Window(time(12), time(18))),))
    saturday_night = local(NEW_YORK, "2026-06-13 20:00")
    assert shown(next_moment(saturday_night, [NEW_YORK], [closed]), NEW_YORK) == "2026-06-15 08:00"
    assert shown(next_moment(saturday_night, [NEW_YORK], [shorter]), NEW_YORK) == "2026-06-14 12:00"


def test_all_rules_must_allow() -> None:
    rules = [Hours(time(8), time(20)), Hours(time(12), time(21))]
    at = next_moment(local(NEW_YORK, "2026-06-13 20:30"), [NEW_YORK], rules)
    assert shown(at, NEW_YORK) == "2026-06-14 12:00"
    assert time_left(local(NEW_YORK, "2026-06-14 12:00"), [NEW_YORK], rules) == timedelta(hours=8)


def test_none_when_there_is_no_common_hour() -> None:
    now = local(NEW_YORK, "2026-06-13 12:00")
    day = Hours(time(8), time(20))
    assert next_moment(now, [NEW_YORK], [day, Hours(time(20), time(8))]) is None
    assert next_moment(now, [SEOUL, "America/Sao_Paulo"], [day]) is None
    assert next_moment(now, [NEW_YORK], [Hours(time(8), time(8))]) is None


def test_without_rules_any_moment_will_do() -> None:
    now = local(NEW_YORK, "2026-06-13 03:00")
    assert next_moment(now, [NEW_YORK], []) == now
    assert next_moment(now, [], [TASON]) == now
    assert time_left(now, [NEW_YORK], []) == AHEAD


def test_no_time_is_left_where_it_is_barred() -> None:
    night = local(NEW_YORK, "2026-06-13 22:00")
    assert time_left(night, [NEW_YORK, "America/Los_Angeles"], [TASON]) == timedelta(0)


def test_the_clock_change_counts_in_what_is_left() -> None:
    rule = [Hours(MIDNIGHT, time(8))]
    assert time_left(local(BERLIN, "2026-03-29 00:00"), [BERLIN], rule) == timedelta(hours=7)
    assert time_left(local(BERLIN, "2026-10-25 00:00"), [BERLIN], rule) == timedelta(hours=9)


def test_now_in_any_zone_is_the_same_now() -> None:
    twice = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo(NEW_YORK), fold=1)
    assert next_moment(twice, [NEW_YORK], [Hours(time(1), time(2))]) == twice.astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "day", "wall", "comes"),
    [
        (NEW_YORK, "2026-03-08", "02:30", "2026-03-08T07:00:00+00:00"),  # 03:00, after the gap
        (NEW_YORK, "2026-11-01", "01:30", "2026-11-01T05:30:00+00:00"),  # the first of two
        (LORD_HOWE, "2026-10-04", "02:10", "2026-10-03T15:30:00+00:00"),  # half an hour is gone
        (LORD_HOWE, "2026-04-05", "01:45", "2026-04-04T14:45:00+00:00"),
        (NUUK, "2026-03-28", "23:30", "2026-03-29T01:00:00+00:00"),  # its gap ends at midnight
        (APIA, "2011-12-30", "12:00", "2011-12-30T10:00:00+00:00"),  # the 31st, 00:00
    ],
)
def test_a_time_that_clocks_skip_or_repeat(zone: str, day: str, wall: str, comes: str) -> None:
    before = local(zone, day + " 00:00") - timedelta(hours=3)
    ahead = datetime.fromisoformat(day).date() - before.astimezone(ZoneInfo(zone)).date()
    at = at_local(before, zone, time.fromisoformat(wall), ahead.days)
    assert at == datetime.fromisoformat(comes)


def test_the_day_after_tomorrow_at_ten_is_by_her_calendar() -> None:
    now = local(BERLIN, "2026-03-28 23:00")
    assert shown(at_local(now, BERLIN, time(10), 2), BERLIN) == "2026-03-30 10:00"
    assert at_local(now, BERLIN, time(10)) == now - timedelta(hours=13)


def test_every_day_at_eleven() -> None:
    eleven = local(SEOUL, "2026-06-14 11:00")
    assert next_wall(eleven - MINUTE, SEOUL, time(11)) == eleven
    assert next_wall(eleven, SEOUL, time(11)) == eleven
    assert next_wall(eleven + MINUTE, SEOUL, time(11)) == eleven + DAY


def test_a_skipped_time_of_yesterday_may_come_today() -> None:
    midnight = local(NUUK, "2026-03-29 00:00")  # what came right after 22:59 of the 28th
    assert next_wall(midnight, NUUK, time(23, 30)) == midnight
    assert shown(next_wall(midnight + MINUTE, NUUK, time(23, 30)), NUUK) == "2026-03-29 23:30"


def test_on_some_weekdays_at_eleven() -> None:
    sunday = local(SEOUL, "2026-06-14 12:00")
    monday = local(SEOUL, "2026-06-15 11:00")
    assert next_wall(sunday, SEOUL, time(11), weekdays=(0,)) == monday
    assert next_wall(monday + MINUTE, SEOUL, time(11), weekdays=(0,)) == monday + 7 * DAY
    assert next_wall(monday + MINUTE, SEOUL, time(11), weekdays=(0, 3)) == monday + 3 * DAY
    with pytest.raises(ValueError, match="no weekday is 7"):
        next_wall(monday, SEOUL, time(11), weekdays=(7,))


def test_a_daily_time_comes_once_a_day_over_clock_changes() -> None:
    for zone, day, wall in (
        (NEW_YORK, "2026-03-06", time(2, 30)),
        (NEW_YORK, "2026-10-30", time(1, 30)),
        (NUUK, "2026-03-26", time(23, 30)),
    ):
        now, times = local(zone, f"{day} 00:00"), []
        for _ in range(5):
            times.append(next_wall(now, zone, wall))
            now = times[-1] + MINUTE
        gaps = [later - sooner for sooner, later in pairwise(times)]
        assert all(timedelta(hours=22) < gap < timedelta(hours=26) for gap in gaps), zone


def test_a_day_left_out_of_the_calendar_has_no_daily_time() -> None:
    thursday = local(APIA, "2011-12-29 12:00")
    assert shown(next_wall(thursday, APIA, time(11)), APIA) == "2011-12-31 11:00"
    friday = next_wall(thursday, APIA, time(11), weekdays=(4,))
    assert shown(friday, APIA) == "2012-01-06 11:00"
