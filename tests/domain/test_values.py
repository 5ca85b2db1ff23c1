"""Money, people, hours and codes: the values that everything rests on."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.attribution import Touch, credited
from connector.domain.discounts import OfferKind, code_for
from connector.domain.hours import Hours, next_moment, time_left
from connector.domain.money import Money
from connector.domain.people import (
    Person,
    canonical_email,
    clean_email,
    clean_phone,
    phone_country,
    phone_zones,
)
from connector.domain.settings import Anchor

DAY = [Hours(time(8), time(20))]
NOON = datetime(2026, 6, 9, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12.50", "USD", 1250), ("12000", "KRW", 12000), ("12000.00", "KRW", 12000),
     ("1.234", "KWD", 1234), (18.5, "EUR", 1850), ("-3.1", "USD", -310)],
)  # fmt: skip
def test_money_is_read_exactly(text: str | float, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(currency, minor)


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "1e40", "12.345", "1,5"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|digits"):
        Money.parse(text, "USD")


@pytest.mark.parametrize("currency", ["", "usd", "US", "USDX", "U$D"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="not a currency"):
        Money.parse("1", currency)


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot mix"):
        _ = Money("USD", 1) + Money("EUR", 1)


def test_money_is_written_as_its_reader_expects() -> None:
    assert Money("USD", 123450).text("en_US") == "$1,234.50"
    assert Money("KRW", 12000).text("ko_KR") == "₩12,000"
    assert Money.rounded("6.165", "USD").minor == 617


@given(st.integers(-(10**12), 10**12), st.sampled_from(["USD", "KRW", "KWD"]))
def test_money_survives_its_own_spelling(minor: int, currency: str) -> None:
    money = Money(currency, minor)
    if abs(money.amount) < 10**9:
        assert Money.parse(str(money.amount), currency) == money


def test_any_spelling_of_an_address_is_one_person() -> None:
    spellings = ["Ana.Lee+shop@gmail.com", "analee@googlemail.com", " ANALEE@GMAIL.COM "]
    assert {canonical_email(s) for s in spellings} == {"analee@gmail.com"}
    assert canonical_email("a.b@example.com") != canonical_email("ab@example.com")


@pytest.mark.parametrize(
    "text", ["", None, "ana", "ana@", "a b@x.com", "a@x", "a@x.com,b@x.com", "a@x.com\nBcc: c"]
)
def test_what_is_no_address_is_none(text: str | None) -> None:
    assert clean_email(text) == ""


def test_phones_in_any_spelling_are_one_number() -> None:
    assert clean_phone("(212) 555-0101", "US") == "+12125550101"
    assert clean_phone("+82 10-1234-5678") == "+821012345678"
    assert clean_phone("555-SHIP", "US") == ""
    assert clean_phone("010-1234-5678") == ""  # without a country nobody knows whose
    assert phone_country("+821012345678") == "KR"
    assert phone_zones("+12125550101") == ("America/New_York",)
    assert phone_zones("") == ()


def test_gaps_are_filled_and_news_kept() -> None:
    newer = Person(email="new@example.com")
    older = Person(email="old@example.com", phone="+12125550101")
    assert newer.filled_from(older) == Person(email="new@example.com", phone="+12125550101")


def test_the_window_is_half_open() -> None:
    zone = ["America/New_York"]
    opens = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
    closes = datetime(2026, 6, 10, 0, 0, tzinfo=UTC)
    assert next_moment(opens, zone, DAY) == opens
    assert next_moment(opens - timedelta(seconds=1), zone, DAY) == opens
    assert next_moment(closes, zone, DAY) == opens + timedelta(days=1)
    assert next_moment(closes - timedelta(seconds=1), zone, DAY) == closes - timedelta(seconds=1)
    assert time_left(closes - timedelta(minutes=1), zone, DAY) == timedelta(seconds=60)


def test_an_unsure_zone_means_the_hours_that_all_share() -> None:
    zones = ["America/New_York", "America/Los_Angeles"]
    at = next_moment(datetime(2026, 6, 9, 12, 0, tzinfo=UTC), zones, DAY)
    assert at == datetime(2026, 6, 9, 15, 0, tzinfo=UTC)  # 08:00 in Los Angeles
    assert next_moment(NOON, ["Asia/Seoul", "America/Sao_Paulo"], DAY) is None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.sampled_from(
        ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Seoul", "UTC"]
    ),
)
def test_the_next_allowed_instant_is_allowed_and_not_early(naive: datetime, zone: str) -> None:
    now = naive.replace(tzinfo=UTC)
    at = next_moment(now, [zone], DAY)
    assert at is not None
    assert now <= at <= now + timedelta(hours=25)
    assert time(8) <= at.astimezone(ZoneInfo(zone)).time() < time(20)


def test_an_opening_that_a_clock_change_skips_is_the_first_instant_after_it() -> None:
    night = [Hours(time(2, 30), time(3, 30))]
    before = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)  # 01:00 in Berlin, 02:00-03:00 is skipped
    at = next_moment(before, ["Europe/Berlin"], night)
    assert at == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 03:00


def test_a_code_is_the_same_for_the_same_intent_and_only_with_the_secret() -> None:
    code = code_for(b"s", 12, "offer", OfferKind.PERCENT)
    assert code == code_for(b"s", 12, "offer", OfferKind.PERCENT)
    others = {
        code_for(b"t", 12, "offer", OfferKind.PERCENT),
        code_for(b"s", 13, "offer", OfferKind.PERCENT),
        code_for(b"s", 12, "again", OfferKind.PERCENT),
    }
    assert code not in others
    assert len(code) == len("BACK-") + 10


def test_the_last_touch_in_its_window_is_credited() -> None:
    day = timedelta(days=1)
    first = Touch(1, NOON, Anchor.CLICK, 10)
    last = Touch(2, NOON + timedelta(hours=3), Anchor.CLICK, 11)
    arrival = Touch(3, NOON + timedelta(hours=4), Anchor.DELIVERY, 12)
    touches = [last, arrival, first]
    at = NOON + timedelta(hours=5)
    assert credited(touches, at, day, Anchor.CLICK) == last
    assert credited(touches, at, day, Anchor.DELIVERY) == arrival
    assert credited(touches, NOON + timedelta(hours=1), day, Anchor.CLICK) == first
    assert credited(touches, NOON + timedelta(hours=27), day, Anchor.CLICK) is None
