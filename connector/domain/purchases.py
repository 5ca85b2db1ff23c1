"""How often and for how much a person has bought: what we saw, and what the shop counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tally:
    """Purchases and their worth less refunds, in minor units of the store's currency."""

    count: int
    minor: int


def over_her_life(own: Tally, since: Tally, count: int | None, minor: int | None) -> Tally:
    """As the shop counts, if that is more than we saw; None: the shop does not tell.

    The shop's figures are those of the moment when it was asked: `since` is the part of `own`
    that was placed after it.
    """
    return Tally(
        count=own.count if count is None else max(own.count, count + since.count),
        minor=own.minor if minor is None else max(own.minor, minor + since.minor),
    )


def nth(count: int, from_here: int) -> int:
    """Which purchase an order is; `from_here` are those of `count` that are it or came later."""
    return count - from_here + 1
