"""The tags by which an outside audience knows our shoppers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LAPSED_AFTER = timedelta(days=90)
ABANDONED = "cartwright-abandoned"
RECOVERED = "cartwright-recovered"
CUSTOMER = "cartwright-customer"
LAPSED = "cartwright-lapsed"
TAGS = frozenset({ABANDONED, RECOVERED, CUSTOMER, LAPSED})


@dataclass(frozen=True)
class CustomerFacts:
    """What a shopper did, as far as tags go."""

    abandoned: bool  # has a cart that waits for her
    recovered: bool  # once came back to one
    last_order_at: datetime | None


def tags_of(facts: CustomerFacts, now: datetime) -> frozenset[str]:
    """The tags that she has now; every other of TAGS she has not."""
    bought = facts.last_order_at is not None
    lapsed = facts.last_order_at is not None and now >= facts.last_order_at + LAPSED_AFTER
    held = {
        ABANDONED: facts.abandoned,
        RECOVERED: facts.recovered,
        CUSTOMER: bought and not lapsed,
        LAPSED: lapsed,
    }
    return frozenset(tag for tag, has in held.items() if has)
