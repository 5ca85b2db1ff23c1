"""Who comes when: the same people and plot for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from connector.cli.demo import stories
from connector.cli.demo.shopper import Shopper
from connector.cli.demo.stories import Plot
from connector.cli.playground import Playground, Shop

DAYS = 3
_EACH_WAVE = 6
_FROM_BEGIN_TO_TEXT_H = 25  # an hour to the reminder, a day to the text
_TEXTS_FROM_H, _TEXTS_UNTIL_H = 8, 20
_MARGIN_MIN = 30


@dataclass(frozen=True)
class Part:
    """A story and what she says of messages; `email` and `sms` are her consent, None: nothing."""

    plot: Plot
    email: bool | None = True
    sms: bool | None = None
    phone_only: bool = False
    first_name: str = ""


@dataclass(frozen=True)
class Country:
    """The people of a store's country, and when they shop (UTC hours)."""

    code: str
    province: str
    locale: str
    phone: str  # the beginning of a number; two digits follow
    names: tuple[tuple[str, str], ...]  # as written, and as in an address
    families: tuple[tuple[str, str], ...]
    hours: tuple[int, ...]


_S = stories
# Stories with a text need a day more: they are dealt on the first two days.
_FIRST_DAYS = (
    Part(_S.walks_away, sms=True),
    Part(_S.comes_back_by_text, sms=True),
    Part(_S.buys_unheard_before_the_text, sms=True),
    Part(_S.stops_the_texts, sms=True),
    Part(_S.comes_back_by_text, sms=True, phone_only=True),
    Part(_S.walks_away, email=None, phone_only=True),
    Part(_S.unsubscribes, sms=True),
    Part(_S.comes_back_and_leaves_again, sms=True),
)
_ANY_DAY = (
    Part(_S.comes_back_by_mail),
    Part(_S.walks_away, email=None),
    Part(_S.buys_at_once),
    Part(_S.buys_just_before_the_reminder),
    Part(_S.comes_back_by_mail, first_name="<script>alert(1)</script>{{ 7 | times: 7 }}"),
    Part(_S.buys_unheard_before_the_reminder),
    Part(_S.is_refunded),
    Part(_S.empties_her_cart),
    Part(_S.told_twice),
    Part(_S.buys_under_another_spelling),
    Part(_S.buys_after_a_scanner),
    Part(_S.only_browses),
    Part(_S.is_cancelled),
)
_WOOCOMMERCE = (
    Part(_S.card_fails),
    Part(_S.pays_at_the_door),
    Part(_S.never_finishes_paying),
    Part(_S.pays_by_bank_transfer),
)
_US = Country(
    "US", "NY", "en-US", "+121255501",
    (("Grace", "grace"), ("Ana", "ana"), ("Ruth", "ruth"), ("Olivia", "olivia"),
     ("Nora", "nora"), ("Ben", "ben"), ("Sam", "sam"), ("Theo", "theo")),
    (("Miller", "miller"), ("Garcia", "garcia"), ("Brooks", "brooks"), ("O’Neil", "oneil")),
    (1, 15),
)  # fmt: skip
_KR = Country(
    "KR", "KR-11", "ko-KR", "+8210555001",
    (("민아", "mina"), ("서연", "seoyeon"), ("지우", "jiwoo"), ("하은", "haeun"),
     ("도윤", "doyun"), ("준호", "junho"), ("은지", "eunji"), ("태민", "taemin")),
    (("김", "kim"), ("이", "lee"), ("박", "park"), ("최", "choi")),
    (1, 11),
)  # fmt: skip


def cast(play: Playground, begin: datetime, seed: int) -> list[tuple[Shopper, Plot]]:
    """Everyone who will come, in the order of their coming."""
    found: list[tuple[Shopper, Plot]] = []
    shops = ((play.shop("shopify"), _US, ()), (play.shop("woocommerce"), _KR, _WOOCOMMERCE))
    for shop, country, special in shops:
        luck = Random(f"{seed}:{country.code}")  # noqa: S311 - a plot, not a secret
        people = _People(play, shop, country, luck)
        for begun, part in _parts(begin, country, special):
            found.append((people.one(begun, part), part.plot))
    return sorted(found, key=lambda pair: pair[0].begun)


def _parts(
    begin: datetime, country: Country, special: Sequence[Part]
) -> Iterator[tuple[datetime, Part]]:
    """The waves of a country's shoppers: half of the early ones live to get a text."""
    texted, others = cycle(_FIRST_DAYS), cycle((*special, *_ANY_DAY))
    for day in range(DAYS):
        for hour in country.hours:
            begun = begin + timedelta(days=day, hours=hour)
            for place in range(_EACH_WAVE):
                early = day < DAYS - 1 and place % 2 == 0
                yield begun, next(texted if early else others)


class _People:
    """Makes shoppers of a country, each with addresses of her own."""

    def __init__(self, play: Playground, shop: Shop, country: Country, luck: Random) -> None:
        self._play, self._shop, self._country, self._luck = play, shop, country, luck
        self._products: list[dict[str, Any]] = shop.lever.get("state")["products"]
        self._count = 0

    def one(self, begun: datetime, part: Part) -> Shopper:
        """The next one."""
        self._count += 1
        country = self._country
        first, first_plain = self._luck.choice(country.names)
        last, last_plain = self._luck.choice(country.families)
        address = f"{first_plain}.{last_plain}{self._count}@{country.code.lower()}.example.com"
        has_phone = part.phone_only or part.sms is not None or self._luck.random() < 1 / 3
        return Shopper(
            play=self._play,
            shop=self._shop,
            begun=begun,
            first_name=part.first_name or first,
            last_name=last,
            email="" if part.phone_only else address,
            phone=f"{country.phone}{self._count:02d}" if has_phone else "",
            country=country.code,
            province=country.province,
            locale=country.locale,
            items=self._goods(),
            text_after=_text_after(begun, self._shop.store.timezone),
            accepts_email=None if part.phone_only else part.email,
            accepts_sms=part.sms,
        )

    def _goods(self) -> list[dict[str, Any]]:
        chosen = self._luck.sample(self._products, self._luck.randint(1, 3))
        return [{"variant_id": p["variant_id"], "quantity": self._luck.randint(1, 2)}
                for p in chosen]  # fmt: skip


def _text_after(begun: datetime, zone: str) -> int:
    """Minutes until she has her text: a day and an hour, or the morning after that."""
    local = (begun + timedelta(hours=_FROM_BEGIN_TO_TEXT_H)).astimezone(ZoneInfo(zone))
    wait = _FROM_BEGIN_TO_TEXT_H
    if local.hour >= _TEXTS_UNTIL_H:
        wait += 24 - local.hour + _TEXTS_FROM_H
    elif local.hour < _TEXTS_FROM_H:
        wait += _TEXTS_FROM_H - local.hour
    return wait * 60 + _MARGIN_MIN
