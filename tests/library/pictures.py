"""Pictures of the library's flows: who left what when, and what she then gets.

Times are local, of 2026; 9 June is a Tuesday. A picture knows neither platform nor database:
whoever walks it answers with lines as `line` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connector.domain.flows import Offer, TriggerKind

BOTH = {"email": "yes", "sms": "yes"}
# TasOn's barred hours for texts, and its own hour for those that they held up.
TASON_HOURS = {"sms": {"from": "21:00", "until": "08:00", "resume": "17:00"}}
US_HOURS = {"sms": {"from": "20:00", "until": "10:00"}}


@dataclass(frozen=True)
class Place:
    """Where she, her number and the store are."""

    zone: str
    country: str
    currency: str


NEW_YORK = Place("America/New_York", "US", "USD")
LONDON = Place("Europe/London", "GB", "USD")  # a store in dollars that sells there
SEOUL = Place("Asia/Seoul", "KR", "KRW")


@dataclass(frozen=True)
class Shopper:
    """What she bought before, and what she agreed to."""

    orders: int = 0
    spent: str = "0"
    consents: Mapping[str, str] = field(default_factory=lambda: BOTH)


@dataclass(frozen=True)
class Picture:
    """One person's way through a flow of the library."""

    flow: str
    title: str
    at: str  # "9 June 14:00": her last touch of the cart, or what else begins the flow
    sees: str  # a line for each message, as `line` writes them
    begins: TriggerKind = TriggerKind.CHECKOUT_ABANDONED
    nth: int = 0  # of an order: her how manieth
    buys: str = ""  # when she orders
    place: Place = NEW_YORK
    who: Shopper = Shopper()
    quiet: Mapping[str, Any] | None = None  # the store's hours; None for those nobody chose

    @property
    def began(self) -> datetime:
        """`at` as an instant."""
        return self.moment(self.at)

    @property
    def bought(self) -> datetime | None:
        """`buys` as an instant."""
        return self.moment(self.buys) if self.buys else None

    @property
    def lines(self) -> list[str]:
        """What she gets, with one blank between words."""
        return [" ".join(row.split()) for row in self.sees.strip().splitlines()]

    def moment(self, said: str) -> datetime:
        """A local time of 2026 as an instant."""
        wall = datetime.strptime(f"{said} 2026 +0000", "%d %B %H:%M %Y %z")
        return wall.replace(tzinfo=ZoneInfo(self.place.zone))

    def line(self, at: datetime, medium: str, template: str, offer: Offer | None) -> str:
        """A message as it stands in `sees`."""
        local = at.astimezone(ZoneInfo(self.place.zone))
        return " ".join(f"{local:%-d %B %H:%M} {medium} {template} {gift(offer)}".split())


def gift(offer: Offer | None) -> str:
    """What an offer gives, and for how long: "free shipping + 5 %, 24 h"."""
    if offer is None:
        return ""
    parts = ["free shipping"] if offer.free_shipping else []
    parts += [f"{offer.percent:g} %"] if offer.percent else []
    return f"{' + '.join(parts)}, {offer.valid_hours:g} h"


def of(flow: str, pictures: Sequence[tuple[str, str, str]], **common: Any) -> list[Picture]:
    """Several pictures of one flow that have much in common: (title, at, sees)."""
    return [Picture(flow, title, at, sees, **common) for title, at, sees in pictures]
