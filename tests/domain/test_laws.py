"""The rules of the land: hours, consent and marks by country, and where a person may be."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import pytest

from connector.domain.hours import Hours, next_moment
from connector.domain.laws import (
    candidate_zones,
    hours_of,
    marks,
    one_text,
    opt_in_country,
    zones_of,
)
from connector.domain.people import phone_zones

MONDAY = date(2026, 6, 8)
DAYS = {"mon": MONDAY, "sat": MONDAY + timedelta(days=5), "sun": MONDAY + timedelta(days=6)}
STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
    "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
)


def open_at(rules: tuple[Hours, ...], day: str) -> str:
    """The quarters of an hour that the law leaves on a day, as "08:00-20:00"."""
    begin = datetime(DAYS[day].year, DAYS[day].month, DAYS[day].day)
    quarters = [begin + n * timedelta(minutes=15) for n in range(96)]
    left = [at for at in quarters if all(rule.allow(at) for rule in rules)]
    if not left:
        return "none"
    end = left[-1] + timedelta(minutes=15)
    return f"{left[0]:%H:%M}-{'24:00' if end.date() > begin.date() else f'{end:%H:%M}'}"


@pytest.mark.parametrize(
    ("place", "mon", "sat", "sun"),
    [
        ("US NY", "08:00-21:00", "08:00-21:00", "08:00-21:00"),  # federal
        ("US ny", "08:00-21:00", "08:00-21:00", "08:00-21:00"),
        ("US FL", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
        ("US OK", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
        ("US MD", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
        ("US NJ", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
        ("US WA", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
        ("US MS", "08:00-20:00", "08:00-20:00", "none"),
        ("US CT", "09:00-20:00", "09:00-20:00", "09:00-20:00"),
        ("US TX", "09:00-21:00", "09:00-21:00", "12:00-21:00"),
        ("US RI", "09:00-18:00", "10:00-17:00", "10:00-17:00"),
        ("US", "10:00-20:00", "10:00-20:00", "12:00-20:00"),  # which state is not known
        ("US ZZ", "10:00-20:00", "10:00-20:00", "12:00-20:00"),
        ("US PR", "10:00-20:00", "10:00-20:00", "12:00-20:00"),
        ("PR", "10:00-20:00", "10:00-20:00", "12:00-20:00"),
        ("", "10:00-20:00", "10:00-20:00", "12:00-20:00"),
        ("KR", "08:00-20:45", "08:00-20:45", "08:00-20:45"),
        ("FR", "08:00-20:00", "08:00-20:00", "none"),
        ("CA ON", "08:00-20:00", "08:00-20:00", "08:00-20:00"),
        ("DE", "00:00-24:00", "00:00-24:00", "00:00-24:00"),  # the merchant's own hours remain
    ],
)
def test_texts_have_hours(place: str, mon: str, sat: str, sun: str) -> None:
    country, _, province = place.partition(" ")
    rules = hours_of("sms", country, province)
    assert [open_at(rules, day) for day in DAYS] == [mon, sat, sun]


@pytest.mark.parametrize("state", STATES.split())
def test_no_state_allows_more_than_the_federal_rule(state: str) -> None:
    (rule,) = hours_of("sms", "US", state)
    night = [datetime.combine(day, at) for day in DAYS.values() for at in (time(7, 59), time(21))]
    assert not any(rule.allow(at) for at in night)


def test_kakao_has_five_minutes_more_than_a_korean_text() -> None:
    night = datetime(2026, 6, 8, 11, 50, tzinfo=UTC)  # 20:50 in Seoul
    for medium, last in (("sms", "20:44"), ("kakao", "20:49")):
        rules = hours_of(medium, "KR")
        at = datetime.fromisoformat(f"2026-06-08T{last}").replace(tzinfo=ZoneInfo("Asia/Seoul"))
        assert next_moment(at, ["Asia/Seoul"], rules) == at
        morning = next_moment(night, ["Asia/Seoul"], rules)
        assert morning == datetime(2026, 6, 8, 23, 0, tzinfo=UTC)


def test_mail_may_arrive_at_any_hour() -> None:
    assert hours_of("email", "KR") == hours_of("email", "US", "TX") == ()


def test_a_country_that_is_not_known_asks_for_consent() -> None:
    assert opt_in_country("DE")
    assert opt_in_country("KR")
    assert opt_in_country("")
    assert not opt_in_country("US")
    assert one_text("US")
    assert not one_text("KR")


def test_korean_advertising_says_so_and_names_the_way_out() -> None:
    law = marks("sms", "KR")
    assert law.needs_number
    assert law.on("장바구니를 두고 가셨어요", "미나 {shop}", "080-123-4567") == (
        "(광고) 미나 {shop}\n장바구니를 두고 가셨어요\n무료수신거부 080-123-4567"
    )
    assert marks("kakao", "KR") == law


def test_what_the_merchant_wrote_herself_is_not_repeated() -> None:
    text = "(광고)미나 장바구니 무료거부 080-123-4567"
    assert marks("sms", "KR").on(text, "미나", "080-123-4567") == text


def test_a_korean_text_without_a_free_number_is_refused() -> None:
    with pytest.raises(ValueError, match="free number"):
        marks("sms", "KR").on("장바구니", "미나")


def test_a_korean_subject_begins_with_the_sign_on_one_line() -> None:
    law = marks("email", "KR")
    assert law.on("장바구니", "미나") == "(광고) 미나 장바구니"
    assert not law.needs_number


def test_elsewhere_nothing_is_added() -> None:
    assert marks("sms", "US").on("Your cart", "Oscar's") == "Your cart"


@pytest.mark.parametrize(
    ("place", "zones"),
    [
        ("KR", ("Asia/Seoul",)),
        ("FR", ("Europe/Paris",)),
        ("US NY", ("America/New_York",)),
        ("US TX", ("America/Chicago", "America/Denver")),
        ("US PR", ("America/Puerto_Rico",)),
        ("US AP", zones_of("US")),  # the armed forces: anywhere
        ("AU QLD", ("Australia/Brisbane",)),
        ("CA AB", ("America/Edmonton",)),
        ("PT", ("Europe/Lisbon", "Atlantic/Madeira", "Atlantic/Azores")),
        ("XX", ()),
        ("", ()),
    ],
)
def test_an_address_is_in_some_zones(place: str, zones: tuple[str, ...]) -> None:
    country, _, province = place.partition(" ")
    assert zones_of(country, province) == zones


@pytest.mark.parametrize("state", STATES.split())
def test_every_state_has_its_zones(state: str) -> None:
    assert 1 <= len(zones_of("US", state)) <= 2


@pytest.mark.parametrize("country", ["US", "CA", "AU"])
def test_no_clock_of_a_large_country_is_forgotten(country: str) -> None:
    """Each zone of the database shows on every day the time of one of ours."""
    ours = [ZoneInfo(zone) for zone in zones_of(country)]
    noons = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(0, 730, 7)]
    shown = {noon: {noon.astimezone(zone).utcoffset() for zone in ours} for noon in noons}
    for name in listed(country):
        place = ZoneInfo(name)
        assert all(noon.astimezone(place).utcoffset() in shown[noon] for noon in noons), name


def listed(country: str) -> list[str]:
    text = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    return [line.split("\t")[2] for line in text.splitlines() if line.startswith(country)]


def test_her_address_decides_where_she_is() -> None:
    number = phone_zones("+12125550101")
    assert candidate_zones(number, "US", "CA", "Asia/Seoul") == (
        ("America/Los_Angeles",),
        "her address",
    )
    assert candidate_zones(number, "KR", "", "America/New_York").zones == ("Asia/Seoul",)


def test_a_large_country_is_narrowed_by_her_area_code() -> None:
    number = phone_zones("+12125550101")
    assert candidate_zones(number, "US", "", "Asia/Seoul") == (
        ("America/New_York",),
        "her phone number",
    )


def test_a_number_of_elsewhere_narrows_no_country() -> None:
    number = phone_zones("+821012345678")
    assert candidate_zones(number, "US", "", "Asia/Seoul") == (zones_of("US"), "her address")


def test_without_an_address_the_number_tells_and_else_the_store() -> None:
    number = phone_zones("+821012345678")
    assert candidate_zones(number, "", "", "America/New_York") == (
        ("Asia/Seoul",),
        "her phone number",
    )
    assert candidate_zones((), "", "", "America/New_York") == (
        ("America/New_York",),
        "the store's zone",
    )


def test_all_zones_of_the_states_have_hours_in_common() -> None:
    now = datetime(2026, 1, 14, 3, 0, tzinfo=UTC)
    at = next_moment(now, zones_of("US"), hours_of("sms", "US"))
    assert at == datetime(2026, 1, 14, 20, 0, tzinfo=UTC)  # 10:00 on Adak and in Honolulu
