"""What all parts of the store share: its settings, its memory, its clock, scripted faults."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connector.sandbox.server import Clock, Shelf

_FIRST_WITHOUT_DRAFTS = (10, 9)  # block checkout made a draft order until then
_DECIMALS = {"KRW": 0, "JPY": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3}  # all others: 2
_COUNTRIES = {"KRW": "KR:KR-11", "EUR": "DE:DE-BE", "GBP": "GB", "JPY": "JP:JP13"}


@dataclass(frozen=True)
class Switches:
    """What a merchant or a host can change while the shop is open."""

    plugin: bool = True  # our shop plugin is active
    version: str = "10.9.2"  # WooCommerce's
    wordpress: str = "7.0.2"
    checkout: str = "block"  # or "classic"
    permalinks: str = "pretty"  # or "plain": every page is a query of the front page
    subfolder: str = ""  # "/shop" for a shop in a subfolder
    strips_authorization: bool = False  # the server drops that header
    forces_https: bool = False  # the server sends plain http away with 301
    cron_sleeps: bool = False  # nobody visits: webhooks wait for a page to be looked at
    cron_disabled: bool = False  # DISABLE_WP_CRON: they wait for wp-cron.php itself
    direct_push: bool = False  # our plugin also calls out at once
    notice: bool = True  # our plugin shows its consent notice
    own_recovery_mail: bool | None = None  # of WooCommerce or a plugin; None: cannot be told


@dataclass(frozen=True)
class Settings:
    """What the shop is from its first day."""

    consumer_key: str
    consumer_secret: str
    name: str
    currency: str
    timezone: str
    public_name: str  # the name under which https comes in; "" for plain http on loopback
    routes: Mapping[str, str] = field(default_factory=dict)  # https name -> door it calls instead
    http_callbacks: bool = False  # wc-auth also takes http on loopback: no certificates here

    @property
    def decimals(self) -> int:
        """Digits that prices are shown with."""
        return _DECIMALS.get(self.currency, 2)

    @property
    def country(self) -> str:
        """Country and state as WooCommerce keeps them ("KR:KR-11")."""
        return _COUNTRIES.get(self.currency, "US:NY")


@dataclass
class Faults:
    """What goes wrong next: a count of calls or deliveries, each used up by one; -1: all."""

    throttle: int = 0
    fail_5xx: int = 0
    hang_s: float = 0.0  # the next REST call is done, and answered this late
    silent_s: float = 0.0  # the next call of whatever kind waits so long before it is looked at
    user_error: str | None = None
    duplicate_webhooks: int = 0
    drop_webhooks: int = 0
    hold_webhooks: bool = False
    # In front of everything, whatever is asked for (see front.py):
    maintenance: int = 0
    coming_soon: int = 0
    unavailable: int = 0
    firewall: int = 0
    huge: int = 0
    error_object: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self, name: str) -> bool:
        """Use one of a counted fault up; False when there is none left."""
        with self._lock:
            left = int(getattr(self, name))
            if left > 0:
                setattr(self, name, left - 1)
            return left != 0

    def take_seconds(self, name: str) -> float:
        """The seconds of `hang_s` or `silent_s`, used up by this call."""
        with self._lock:
            late = float(getattr(self, name))
            setattr(self, name, 0.0)
            return late

    def take_user_error(self) -> str | None:
        """The words with which this write is refused, or None."""
        with self._lock:
            words, self.user_error = self.user_error, None
            return words


class State:
    """The store's memory. `lock` is held while something is read in order to be changed."""

    def __init__(self, settings: Settings, switches: Switches, shelf: Shelf) -> None:
        self.settings = settings
        self._switches = switches
        self.shelf = shelf
        self.clock = Clock()
        self.lock = threading.RLock()
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.url = ""  # where it listens
        self._drawn: dict[str, tuple[int, list[Any]]] = {}

    @property
    def shop(self) -> Switches:
        """How the shop is set up now."""
        return replace(self._switches, **(self.shelf.get("shop", "switches") or {}))

    def switch(self, changes: Mapping[str, Any]) -> Switches:
        """Change the set-up; KeyError for a switch that there is not."""
        unknown = changes.keys() - {one.name for one in fields(Switches)}
        if unknown:
            raise KeyError(*sorted(unknown))
        self.shelf.put("shop", "switches", asdict(replace(self.shop, **changes)))
        return self.shop

    @property
    def origin(self) -> str:
        """Scheme, name and port of the shop."""
        name = self.settings.public_name
        return f"https://{name}" if name else self.url

    @property
    def home(self) -> str:
        """The shop's address without a trailing slash."""
        return self.origin + self.shop.subfolder

    @property
    def shipping(self) -> Decimal:
        """What the way to the shopper costs; nothing until the merchant sets a rate."""
        rate = self.shelf.get("rate", "shipping") or {"price": "0"}
        return self.rounded(Decimal(rate["price"]))

    @property
    def plugin(self) -> bool:
        """True while our shop plugin is installed."""
        return self.shop.plugin

    @property
    def keeps_drafts(self) -> bool:
        """True where opening the block checkout makes an order of status `checkout-draft`."""
        version = tuple(map(int, self.shop.version.split(".")[:2]))
        return self.shop.checkout == "block" and version < _FIRST_WITHOUT_DRAFTS

    def stamp(self) -> str:
        """The shop's present second, UTC, as it is stored."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%S")

    def dates(self, **stamps: str | None) -> dict[str, str | None]:
        """`date_x` in the shop's own time and `date_x_gmt`, both written without a zone."""
        shown: dict[str, str | None] = {}
        for name, gmt in stamps.items():
            shown[f"date_{name}"] = gmt and self.local(gmt)
            shown[f"date_{name}_gmt"] = gmt
        return shown

    def local(self, gmt: str) -> str:
        """A stored second in the shop's own time."""
        at = datetime.fromisoformat(gmt).replace(tzinfo=UTC)
        return at.astimezone(ZoneInfo(self.settings.timezone)).strftime("%Y-%m-%dT%H:%M:%S")

    def money(self, amount: Decimal) -> str:
        """An amount as REST writes it, with the digits that the shop shows."""
        return str(self.rounded(amount))

    def rounded(self, amount: Decimal) -> Decimal:
        """An amount with the digits that the shop shows."""
        return amount.quantize(Decimal(1).scaleb(-self.settings.decimals), ROUND_HALF_UP)

    def drawn(self, kind: str, draw: Callable[[dict[str, Any]], Any]) -> list[Any]:
        """What `draw` makes of each document of a kind, kept until one of them changes.

        A list of 100,000 orders is asked for page by page.
        """
        with self.lock:
            at = self.shelf.changes(kind)
            known = self._drawn.get(kind)
            if known is None or known[0] != at:
                known = (at, [draw(body) for body in self.shelf.all(kind)])
                self._drawn[kind] = known
            return known[1]

    def links(self, kind: str, key: int) -> dict[str, Any]:
        """The `_links` of a REST body."""
        plain = self.shop.permalinks == "plain"
        rest = "/index.php?rest_route=" if plain else "/wp-json"
        collection = f"{self.home}{rest}/wc/v3/{kind}"
        allow = {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]}
        return {
            "self": [{"href": f"{collection}/{key}", "targetHints": allow}],
            "collection": [{"href": collection}],
        }


def key_of(number: int) -> str:
    """The shelf's key of a numbered thing: sorts as the number does."""
    return f"{number:010d}"
