"""The figures of the play, from the service's own rows: one store at a time, as it sees itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from connector.cli.playground import Playground
from connector.domain.money import Money
from connector.models import Store

_COUNTS = text(
    "select (select count(*) from webhooks),"
    " (select count(*) from webhooks where state in ('done', 'ignored')),"
    " (select count(*) from webhooks where state = 'dead')"
    "  + (select count(*) from messages where state = 'dead')"
    "  + (select count(*) from runs where state = 'failed'),"
    " (select count(*) from carts), (select count(*) from carts where abandoned_at is not null),"
    " (select count(*) from messages where state = 'unknown'),"
    " (select count(*) from discounts where state in ('live', 'used', 'ended')),"
    " (select count(*) from clicks where human),"
    " (select count(*) from attributions where reversed_minor < minor),"
    " (select coalesce(sum(minor), 0) from attributions),"
    " (select coalesce(sum(reversed_minor), 0) from attributions)"
)
_SENT = text("select medium, purpose, count(*) from messages where state = 'sent' group by 1, 2")
_HELD = text(
    "select medium, reason, count(*) from messages where state = 'cancelled'"
    " group by 1, 2 order by 3 desc, 1, 2"
)


@dataclass
class Figures:
    """What came of one store, or of all together; money in minor units by currency."""

    name: str
    webhooks_received: int = 0
    webhooks_processed: int = 0
    dead_rows: int = 0
    carts: int = 0
    abandoned: int = 0
    unknown: int = 0
    codes: int = 0
    clicks: int = 0
    recovered: int = 0
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)  # by medium and purpose
    held: Counter[tuple[str, str]] = field(default_factory=Counter)  # by medium and reason
    credited: Counter[str] = field(default_factory=Counter)
    taken_back: Counter[str] = field(default_factory=Counter)

    def by_medium(self, medium: str) -> int:
        """All messages of a medium that went out."""
        return sum(n for (what, _), n in self.sent.items() if what == medium)

    @property
    def money(self) -> dict[str, Decimal]:
        """What is left of the credit, by currency."""
        left = Counter(self.credited)
        left.subtract(self.taken_back)
        return {currency: Money(currency, minor).amount for currency, minor in left.items()}


def of_stores(play: Playground) -> list[Figures]:
    """Each store's figures."""
    return [_of(play, shop.store) for shop in play.shops.values()]


def _of(play: Playground, store: Store) -> Figures:
    with play.means.sessions.store(store.id) as session:
        row = session.execute(_COUNTS).one()
        made = Figures(store.name, *row[:9])
        made.credited[store.currency] += int(row[9])
        made.taken_back[store.currency] += int(row[10])
        _count_messages(session, made)
    return made


def _count_messages(session: Session, made: Figures) -> None:
    for medium, purpose, count in session.execute(_SENT):
        made.sent[medium, purpose] += count
    for medium, reason, count in session.execute(_HELD):
        made.held[medium, reason] += count


def together(parts: list[Figures]) -> Figures:
    """All stores in one."""
    total = Figures("Together")
    for part in parts:
        for name, value in vars(part).items():
            if name != "name":
                _add(total, name, value)
    return total


def _add(total: Figures, name: str, value: Any) -> None:
    kept = getattr(total, name)
    if isinstance(kept, Counter):
        kept.update(value)
    else:
        setattr(total, name, kept + value)
