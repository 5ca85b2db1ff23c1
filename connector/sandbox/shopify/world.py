"""What all parts of the store share: its settings, its memory, its clock, scripted faults."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connector.sandbox.server import Clock, Shelf

Doc = dict[str, Any]  # what the shelf keeps, and what goes out as JSON

_COUNTED = frozenset(
    {
        "throttle",
        "fail_5xx",
        "duplicate_webhooks",
        "drop_webhooks",
        "token_5xx",
        "token_drop",
        "bulk_fail",
    }
)
_NO_DIGITS = frozenset({"CLP", "JPY", "KRW", "VND"})
_COUNTRIES = {"CAD": "CA", "EUR": "DE", "GBP": "GB", "JPY": "JP", "KRW": "KR"}


class Refusal(Exception):
    """A person or a driver asked for what the store cannot do; the text is shown."""


@dataclass(frozen=True)
class Settings:
    """What the merchant set."""

    access_token: str
    client_secret: str
    domain: str = "oscars-outdoor.myshopify.com"
    name: str = "Oscar's Outdoor"
    currency: str = "USD"
    timezone: str = "America/New_York"
    client_id: str = "app-key-1"  # of the app; `client_secret` is its other half
    app_url: str = "http://127.0.0.1:8000/install/shopify"  # until a driver names another

    @property
    def country(self) -> str:
        """Where the store is, guessed from its money."""
        return _COUNTRIES.get(self.currency, "US")

    def money(self, amount: Decimal) -> Decimal:
        """An amount with just the currency's digits."""
        unit = Decimal(1) if self.currency in _NO_DIGITS else Decimal("0.01")
        return amount.quantize(unit, ROUND_HALF_UP)

    def local(self, at: str) -> str:
        """A kept instant as most deliveries write it: local time, whole seconds."""
        moment = datetime.fromisoformat(at).astimezone(ZoneInfo(self.timezone))
        return moment.isoformat(timespec="seconds")


@dataclass
class Faults:
    """What goes wrong next: a count of calls or deliveries, each used up by one."""

    throttle: int = 0
    fail_5xx: int = 0
    hang_s: float = 0.0  # the next call is carried out, and answered this late
    user_error: str | None = ""  # the code that the next mutation is refused with
    duplicate_webhooks: int = 0
    drop_webhooks: int = 0
    hold_webhooks: bool = False
    token_hang_s: float = 0.0  # the next token is made, and answered this late
    token_5xx: int = 0  # the token endpoint answers 500, and makes nothing
    token_drop: int = 0  # a token is made, and the connection breaks before it is told
    token_answer: str = ""  # html, huge, redirect, error_200, list, no_scope: told instead
    bulk_s: float = 0.0  # how long each bulk operation takes, until another is set
    bulk_fail: int = 0  # a bulk operation fails half-way
    narrow_scope: str = ""  # the merchant grants these alone, whatever was asked for
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self, name: str) -> Any:
        """Use a fault up: a count by one, any other wholly. Falsy when there is none."""
        with self._lock:
            value = getattr(self, name)
            left = max(0, value - 1) if name in _COUNTED else type(value)()
            setattr(self, name, left)
            return value

    def plan(self, order: Doc) -> None:
        """Set the named faults. Refusal for one that there is not."""
        known = {name for name in vars(self) if not name.startswith("_")}
        if unknown := order.keys() - known:
            raise Refusal(f"no such fault: {', '.join(sorted(unknown))}")
        with self._lock:
            vars(self).update(order)


class World:
    """One store. Whoever changes something holds `lock`."""

    def __init__(self, settings: Settings, shelf: Shelf, files: Path) -> None:
        self.settings = settings
        self.shelf = shelf
        self.files = files  # what bulk operations leave
        self.clock = Clock()
        self.faults = Faults()
        self.lock = threading.RLock()
        self.url = ""  # known when the listener has its port
        self.calls: Counter[str] = Counter()
        self.requests: deque[Doc] = deque(maxlen=1000)  # GraphQL bodies, for tests to judge

    def now(self) -> str:
        """The store's present, as it is kept: UTC."""
        return self.clock.now().isoformat()

    @property
    def shipping(self) -> Decimal:
        """What the way to the shopper costs; nothing until the merchant sets a rate."""
        rate = self.shelf.get("rate", "shipping") or {"price": "0"}
        return self.settings.money(Decimal(rate["price"]))

    def new_id(self, kind: str, many: int = 1) -> int:
        """The next id of a kind, or the first one of many; ids of real stores are of this size."""
        start = {"order": 5_500_000_000_001, "customer": 7_100_000_000_001}
        return self.shelf.next_id(kind, start.get(kind, 900_000_000_001), many)


def zulu(at: str | datetime) -> str:
    """An instant as the API writes it: UTC, whole seconds, Z."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
