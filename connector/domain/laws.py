"""The rules of the land as data: hours, consent, marks; and in which zones a person may be.

No legal advice. Marks of evidence: [S] a secondary source, [M] from memory, unread; of two
sources the stricter is used. Public holidays, which some of these laws bar too, are not known
here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from functools import cache
from importlib import resources
from typing import NamedTuple

from connector.domain.hours import Hours, Window

_SAT, _SUN = 5, 6

# Marketing mail needs a prior yes here (GDPR/ePrivacy, PECR, CASL, 정보통신망법 §50, ...).
_OPT_IN_BY_REGION = {
    "EU": "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE",
    "EEA and neighbours": "IS LI NO GB CH TR",
    "elsewhere": "KR CA AU JP BR",
}
OPT_IN_COUNTRIES = frozenset(" ".join(_OPT_IN_BY_REGION.values()).split(" "))
ONE_TEXT_COUNTRIES = frozenset({"US", "PR"})  # carriers: one text a cart, within 48 h of it

_TERRITORIES = frozenset({"PR", "GU", "VI", "AS", "MP"})  # some platforms say "US" and these


def _from(opens: int, closes: int, *, sat: str = "", sun: str = "") -> Hours:
    """Whole hours; a day that differs is "12-20", or "no" when it is barred."""
    named = ((_SAT, sat), (_SUN, sun))
    days = tuple((day, None if said == "no" else _window(said)) for day, said in named if said)
    return Hours(time(opens), time(closes), days=days)


def _window(said: str) -> Window:
    opens, closes = map(int, said.split("-"))
    return Window(time(opens), time(closes))


# Federal: 47 CFR 64.1200(c)(1), by her own clock.
_US_FEDERAL = _from(8, 21)
# For a state that is not known, or whose law was not read: fits nearly all of them [S].
_US_STRICT = _from(10, 20, sun="12-20")
# States without hours of their own: by the table, from TN on [M].
_US_AS_FEDERAL = "AK AZ AR CO DC DE GA HI IA ID IN KS ME MO MT NC ND NE NH NY OH OR TN VA VT WI WV"
# Where it says table: dropcowboy.com/state-compliance, November 2025; where it says list:
# usestello.com/compliance, April 2026. Both are [S] and count texts as calls.
_US_STATES = {
    "AL": _from(8, 20, sun="no"),  # table
    "CA": _from(9, 21),  # list: Pub. Util. Code 2872(c)
    "CT": _from(9, 20),  # Gen. Stat. 42-288a, since October 2023 [S]
    "FL": _from(8, 20),  # Stat. 501.059 [S]
    "IL": _from(9, 21),  # list: 815 ILCS 305; the table has 8-21
    "KY": _from(10, 21),  # list: KRS 367.46955; table
    "LA": _from(8, 20, sun="no"),  # table
    "MA": _from(8, 20),  # list: Gen. Laws ch. 159C; table
    "MD": _from(8, 20),  # Com. Law 14-3201 [S]
    "MI": _from(9, 21),  # list: MCL 750.540e; table
    "MN": _from(9, 21),  # list: Stat. 325E.30; table
    "MS": _from(8, 20, sun="no"),  # to 20:00 [S]; no Sunday: table
    "NJ": _from(8, 20),  # [S]
    "NM": _from(9, 21),  # table
    "NV": _from(9, 20),  # table
    "OK": _from(8, 20),  # Telephone Solicitation Act of 2022 [S]
    "RI": _from(9, 18, sat="10-17", sun="10-17"),  # [S] support.referrizer.com
    "SC": _from(8, 19),  # Telephone Privacy Protection Act [M]
    "SD": _from(9, 21, sat="no", sun="no"),  # Codified Laws 37-30-28, automated dialling
    "TX": _from(9, 21, sun="12-21"),  # Bus. & Com. Code 302 with SB 140, September 2025 [S]
    "UT": _from(8, 21, sun="no"),  # Code 13-25a-103 [M]
    "WA": _from(8, 20),  # RCW 80.36.390 [M]
    "WY": _from(8, 20),  # Stat. 40-12-302 [M]
    # PA is left to the strict default: its weekend was read in two ways.
    **dict.fromkeys(_US_AS_FEDERAL.split(), _US_FEDERAL),
}
_TEXTS: Mapping[str, Hours] = {
    # 정보통신망법 §50: advertising at 21:00-08:00 needs a consent of its own; a quarter of an
    # hour is left for the carriers [S].
    "KR": Hours(time(8), time(20, 45)),
    # Operators bar advertising in the evening, on Sundays and holidays; 22:00 is said too, the
    # earlier end is kept [M].
    "FR": _from(8, 20, sun="no"),
    # No law on texts; what SMSBump enforces there.
    "CA": _from(8, 20),
}
# Kakao itself refuses Brand Messages at 20:50-08:00 (ncloud.com, SENS, October 2026).
_KAKAO: Mapping[str, Hours] = {"KR": Hours(time(8), time(20, 50))}


def hours_of(medium: str, country: str, province: str = "") -> tuple[Hours, ...]:
    """The hours that the law leaves for advertising; () when it leaves them all.

    E-mail is free everywhere: Korea's decree is said to exempt it from the night (unverified).
    Whatever else is not Kakao reaches a phone like a text. A country that is not known gets
    the strictest of the general hours.
    """
    country = country.upper()
    if medium == "email":
        return ()
    if medium == "kakao" and country in _KAKAO:
        return (_KAKAO[country],)
    if country in {"US", "", *_TERRITORIES}:
        state = province.upper() if country == "US" else ""
        return (_US_STATES.get(state, _US_STRICT),)
    return (_TEXTS[country],) if country in _TEXTS else ()


def opt_in_country(country: str) -> bool:
    """True if marketing mail needs a prior yes there; an unknown country ("") needs it."""
    return not country or country in OPT_IN_COUNTRIES


def one_text(country: str) -> bool:
    """True if a cart may be the subject of one text only, by the country of the number."""
    return country in ONE_TEXT_COUNTRIES


@dataclass(frozen=True)
class Marks:
    """What advertising must carry: a beginning that names the sender, and the way out of it."""

    begins: str = ""  # a sign, a blank, {shop}
    ends: str = ""  # with {number}, which costs her nothing to call

    @property
    def needs_number(self) -> bool:
        """True if nothing may be sent without a free number for opting out."""
        return "{number}" in self.ends

    def on(self, text: str, shop: str, number: str = "") -> str:
        """The text with its marks; those that the merchant wrote are not repeated.

        ValueError if a free number is needed and there is none.
        """
        if self.needs_number and not number:
            raise ValueError("advertising there needs a free number for opting out (080)")
        sign = self.begins.partition(" ")[0]
        begin = "" if text.lstrip().startswith(sign) else self.begins.format(shop=shop)
        end = "" if number in text else self.ends.format(number=number)
        return begin + text + end


_NO_MARKS = Marks()
# 정보통신망법 §50: "(광고)" at the very start, the sender's name, a free way out at the end [S].
_KOREAN = Marks("(광고) {shop}\n", "\n무료수신거부 {number}")
# Of a mail it is the subject that begins so; its free way out is the link that it has anyway.
_KOREAN_MAIL = Marks("(광고) {shop} ")


def marks(medium: str, country: str) -> Marks:
    """What an advertisement must begin and end with; of an e-mail the subject."""
    if country != "KR":
        return _NO_MARKS
    return _KOREAN_MAIL if medium == "email" else _KOREAN


# Zones by state or province, the biggest first; a state that two zones share is in both.
# America/New_York stands for all that keep its time, and so on.
_BY_PROVINCE: Mapping[str, Mapping[str, str]] = {
    "US": {
        "America/New_York": "CT DE DC FL GA IN KY ME MD MA MI NH NJ NY NC OH PA RI SC TN VT VA WV",
        "America/Chicago": "AL AR FL IL IN IA KS KY LA MI MN MS MO NE ND OK SD TN TX WI",
        "America/Denver": "AZ CO ID KS MT NE NV NM ND OR SD TX UT WY",
        "America/Los_Angeles": "CA ID NV OR WA",
        "America/Phoenix": "AZ",
        "America/Anchorage": "AK",
        "America/Adak": "AK",
        "Pacific/Honolulu": "HI",
    },
    "CA": {
        "America/Toronto": "ON QC NU",
        "America/Vancouver": "BC",
        "America/Edmonton": "AB BC NT SK",
        "America/Winnipeg": "MB ON",
        "America/Halifax": "NB NL NS PE QC",
        "America/Regina": "SK",
        "America/St_Johns": "NL",
        "America/Atikokan": "ON NU",
        "America/Blanc-Sablon": "QC",
        "America/Dawson_Creek": "BC",
        "America/Creston": "BC",
        "America/Whitehorse": "YT",
        "America/Inuvik": "NT",
        "America/Rankin_Inlet": "NU",
        "America/Cambridge_Bay": "NU",
    },
    "AU": {
        "Australia/Sydney": "NSW ACT",
        "Australia/Melbourne": "VIC",
        "Australia/Brisbane": "QLD",
        "Australia/Perth": "WA",
        "Australia/Adelaide": "SA",
        "Australia/Hobart": "TAS",
        "Australia/Darwin": "NT",
        "Australia/Broken_Hill": "NSW",
        "Australia/Eucla": "WA",
        "Australia/Lord_Howe": "NSW",
    },
}


def zones_of(country: str, province: str = "") -> tuple[str, ...]:
    """The IANA zones in which an address may be; () for a country that nobody knows.

    `province` is the platform's code ("TX", "NSW"); without one that is known, all zones of
    the country.
    """
    country, province = country.upper(), province.upper()
    if country == "US" and province in _TERRITORIES:
        country = province
    by_zone = _BY_PROVINCE.get(country, {})
    there = tuple(zone for zone, codes in by_zone.items() if province in codes.split())
    return there or tuple(by_zone) or _zone_tab().get(country, ())


class Whereabouts(NamedTuple):
    """The zones in which she may be, the likeliest first, and by what, in a merchant's words."""

    zones: tuple[str, ...]
    source: str


def candidate_zones(
    phone_zones: Sequence[str], country: str, province: str, store_zone: str
) -> Whereabouts:
    """Where she is by the best that is known: address, else phone number, else the store.

    An address with one zone, or with its state, decides. One that names only a large country
    is narrowed by her number's area code, where that lies in the country. What stays unsure
    stays several zones: hours must be allowed in all of them.
    """
    home = zones_of(country, province)
    narrowed = tuple(zone for zone in phone_zones if zone in _zone_tab().get(country.upper(), ()))
    if home == zones_of(country) and 0 < len(narrowed) < len(home):
        return Whereabouts(narrowed, "her phone number")
    if home:
        return Whereabouts(home, "her address")
    if phone_zones:
        return Whereabouts(tuple(phone_zones), "her phone number")
    return Whereabouts((store_zone,), "the store's zone")


@cache
def _zone_tab() -> Mapping[str, tuple[str, ...]]:
    """Zones by country, as the time zone database lists them."""
    text = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    found: dict[str, tuple[str, ...]] = {}
    for country, _place, zone, *_ in rows:
        found[country] = (*found.get(country, ()), zone)
    return found
