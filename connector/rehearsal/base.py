"""The ground of a rehearsal: what is kept, what is due, and the log."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from hashlib import sha256
from typing import Any

from connector.domain.carts import OrderSnapshot
from connector.domain.people import Identity
from connector.domain.settings import StoreSettings
from connector.ports.channel import ReportKind
from connector.ports.events import OrderCancelled, OrderRefunded
from connector.rehearsal.rows import (
    CartRow,
    Code,
    ErrandRow,
    FlowRow,
    Message,
    OrderRow,
    Run,
    Shop,
    Shopper,
    Stop,
)
from connector.rehearsal.vendors import Vendor


class Rank(IntEnum):
    """Of things that are due at the same moment, which is done first."""

    ANSWER = 0
    LEASE = 1
    REPORT = 2
    CART = 3
    RUN = 4
    MESSAGE = 5


@dataclass
class Log:
    """What happened, one line each: product time, kind, who, what. Tab-separated.

    `keep` holds the lines; without it there is only their hash.
    """

    keep: bool = True
    lines: list[str] = field(default_factory=list)
    count: int = 0
    digest: Any = field(default_factory=sha256)

    def write(self, at: datetime, kind: str, who: str, what: str) -> None:
        """Add a line."""
        line = f"{at:%Y-%m-%dT%H:%M:%S.%f}Z\t{kind}\t{who}\t{what}"
        self.digest.update(line.encode() + b"\n")
        self.count += 1
        if self.keep:
            self.lines.append(line)


@dataclass
class Base:
    """One store: rows by id, the ways to find them, what is due, the log."""

    shop: Shop
    vendor: Vendor
    now: datetime
    settings: StoreSettings = field(default_factory=StoreSettings)
    collections: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by product
    media: frozenset[str] = frozenset({"email", "sms"})  # for which the store has an account
    code_secret: bytes = b"rehearsal"
    log: Log = field(default_factory=Log)
    uninstalled: bool = False
    shop_silent: bool = False
    flows: dict[str, FlowRow] = field(default_factory=dict)
    shoppers: dict[int, Shopper] = field(default_factory=dict)
    carts: dict[int, CartRow] = field(default_factory=dict)
    orders: dict[str, OrderRow] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    codes: dict[tuple[int, str, str], Code] = field(default_factory=dict)
    made: list[Code] = field(default_factory=list)  # as the platform counts them
    errands: dict[tuple[int, str], ErrandRow] = field(default_factory=dict)
    spent: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    stops: dict[tuple[str, str], Stop] = field(default_factory=dict)
    changed: dict[tuple[str, int], Message | Run | CartRow] = field(default_factory=dict)
    watchers: list[Callable[[], None]] = field(default_factory=list)
    _named: dict[Identity, list[int]] = field(default_factory=lambda: defaultdict(list))
    _runs_of: dict[int, list[Run]] = field(default_factory=lambda: defaultdict(list))
    _carts_of: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    _orders_of: dict[int, list[OrderRow]] = field(default_factory=lambda: defaultdict(list))
    _orders_naming: dict[str, list[OrderRow]] = field(default_factory=lambda: defaultdict(list))
    _messages_of: dict[int, list[Message]] = field(default_factory=lambda: defaultdict(list))
    _about_cart: dict[int, list[Message]] = field(default_factory=lambda: defaultdict(list))
    _by_key: dict[str, Message] = field(default_factory=dict)
    _cart_names: dict[str, int] = field(default_factory=dict)
    _books: list[OrderSnapshot] = field(default_factory=list)  # at the shop, not told to us
    _early: dict[str, ReportKind] = field(default_factory=dict)  # came before our own record
    _due: list[tuple[datetime, Rank, int, Any]] = field(default_factory=list)
    _early_orders: dict[str, list[OrderCancelled | OrderRefunded]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def note(self, kind: str, who: str, what: str, at: datetime | None = None) -> None:
        """Tell the story."""
        self.log.write(at or self.now, kind, who, what)

    def is_due(self, at: datetime, rank: Rank, row_id: int, what: Any = None) -> None:
        """Look at a row at `at`; what has changed by then is looked at and left alone."""
        heapq.heappush(self._due, (at, rank, row_id, what))

    @property
    def unasked(self) -> int:
        """How many orders the shop has in its books that it was not asked for."""
        return len(self._books)

    def orders_of(self, shopper_id: int) -> list[OrderRow]:
        """Her orders, as far as we know."""
        return self._orders_of.get(shopper_id, [])

    def messages_of(self, shopper_id: int) -> list[Message]:
        """All that was ever planned for her."""
        return self._messages_of.get(shopper_id, [])

    def touch(self, kind: str, row: Message | Run | CartRow) -> None:
        """Remember that a row changed, for those who watch."""
        if self.watchers:
            self.changed[kind, row.id] = row

    def watched(self) -> None:
        """Everything is as it would be committed: let the watchers look."""
        for watcher in self.watchers:
            watcher()
        self.changed.clear()
