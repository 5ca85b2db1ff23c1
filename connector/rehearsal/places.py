"""Twelve shops around the world, and the flows that they run in simulations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.domain.flows import Flow, read
from connector.domain.settings import Caps, OfferGuard, Quiet, StoreSettings, Texts
from connector.rehearsal.rows import Shop


@dataclass(frozen=True)
class Place:
    """A zone with a shop in it, and how people who live there are known."""

    zone: str
    currency: str
    country: str
    province: str
    dial: str  # what phone numbers begin with; `digits` more follow
    digits: int

    @property
    def shop(self) -> Shop:
        """The shop of this place."""
        name = self.zone.rpartition("/")[2].lower().replace("_", "-")
        return Shop(name, self.currency, self.zone, self.country)


PLACES = (
    Place("America/New_York", "USD", "US", "NY", "+1212555", 4),
    Place("America/Los_Angeles", "USD", "US", "CA", "+1213555", 4),
    Place("Europe/London", "GBP", "GB", "", "+447700", 6),
    Place("Europe/Berlin", "EUR", "DE", "", "+4915112", 6),
    Place("Asia/Seoul", "KRW", "KR", "", "+8210", 8),
    Place("Asia/Tokyo", "JPY", "JP", "", "+8190", 8),
    Place("Australia/Sydney", "AUD", "AU", "NSW", "+6149157", 4),
    Place("Australia/Lord_Howe", "AUD", "AU", "", "+6149158", 4),
    Place("America/Sao_Paulo", "BRL", "BR", "", "+55119", 8),
    Place("Asia/Kolkata", "INR", "IN", "", "+9198", 8),
    Place("Pacific/Auckland", "NZD", "NZ", "", "+6421", 7),
    Place("Pacific/Honolulu", "USD", "US", "HI", "+1808555", 4),
)

SETTINGS = StoreSettings(
    quiet={
        "sms": Quiet(from_="20:00", until="08:00", resume="17:00"),
        "email": Quiet(from_="23:00", until="06:00"),
    },
    caps=Caps(per_day=1, per_week=3),
    offers=OfferGuard(per_person=2, serial_carts=4),
    texts=Texts(price={"US": 0.0083, "*": 0.05}, month_cap=40.0),
)
# What the merchant changes her mind to in the middle of the month.
EDITED = StoreSettings(
    quiet={"sms": Quiet(from_="19:00", until="10:00")},
    caps=Caps(per_day=1, per_week=2, gap_minutes=120),
    offers=OfferGuard(per_person=1),
    texts=Texts(price={"*": 0.06}, month_cap=25.0, most=1.0),
)

_TEXTS: tuple[Mapping[str, Any], ...] = (
    {
        "key": "checkout",
        "name": "Checkouts",
        "trigger": ["checkout_abandoned", "cart_abandoned"],
        "rules": {"priority": 10, "cooldown_days": 2},
        "steps": [
            {"id": "calm", "wait": {"hours": 1, "since": "last_activity"}},
            {"id": "reminder", "send": {"medium": "email", "template": "reminder"}},
            {"id": "day", "wait": {"hours": 20}},
            {
                "id": "big",
                "if": {
                    "where": {"cart_items": {"at_least": 3}},
                    "yes": [
                        {
                            "id": "text",
                            "send": {
                                "medium": ["sms", "email"],
                                "template": "offer",
                                "offer": {
                                    "free_shipping": True,
                                    "percent": 5,
                                    "otherwise": "benefits",
                                },
                            },
                        }
                    ],
                    "no": [{"id": "gain", "send": {"medium": "email", "template": "benefits"}}],
                },
            },
            {"id": "eve", "wait_until": {"time": "19:30"}},
            {
                "id": "last",
                "send": {
                    "medium": ["sms", "email"],
                    "template": "offer",
                    "within_hours": 12,
                    "offer": {"percent": 10, "valid_hours": 24},
                },
            },
        ],
        "on_order": [
            {
                "id": "thanks",
                "send": {"medium": "email", "template": "thanks", "transactional": True},
            }
        ],
    },
    {
        "key": "unpaid",
        "name": "Unpaid orders",
        "trigger": ["order_unpaid", "payment_failed"],
        "rules": {"priority": 20, "cooldown_days": 0},
        "steps": [
            {"id": "soon", "send": {"medium": ["sms", "email"], "template": "offer"}},
            {"id": "pause", "wait": {"minutes": 45}},
            {"id": "staff", "notify": {"by": "slack", "text": "An order waits for its payment"}},
            {"id": "again", "send": {"medium": "email", "template": "reminder"}},
        ],
    },
    {
        "key": "welcome",
        "name": "Thank-you and review",
        "trigger": "order_placed",
        "rules": {"priority": 0, "exits": ["refunded"], "cooldown_days": 5},
        "steps": [
            {"id": "ab", "split": {"variants": [
                {"name": "a", "weight": 2, "steps": [{"id": "short", "wait": {"days": 2}}]},
                {"name": "b", "steps": [{"id": "long", "wait": {"days": 4}}]},
            ]}},
            {"id": "review", "send": {"medium": "email", "template": "reminder"}},
            {"id": "done", "tag": {"add": ["asked-for-review"]}},
        ],
    },
    {
        "key": "win-back",
        "name": "Win-back",
        "trigger": {"on": "win_back", "days": 9},
        "rules": {"priority": -5},
        "steps": [
            {"id": "miss", "send": {"medium": "email", "template": "reminder"}},
            {"id": "look", "wait_for": {"event": "order", "days": 2}},
            {
                "id": "gift",
                "send": {
                    "medium": "sms",
                    "template": "offer",
                    "offer": {"percent": 15, "otherwise": "reminder"},
                },
            },
        ],
    },
)  # fmt: skip


def flows() -> list[Flow]:
    """The flows that every shop runs: about carts, unpaid orders, purchases, and absence."""
    return [read(_with_trigger(text)) for text in _TEXTS]


def _with_trigger(text: Mapping[str, Any]) -> Mapping[str, Any]:
    trigger = text["trigger"]
    return {**text, "trigger": {"on": trigger} if isinstance(trigger, list) else trigger}
