"""How a store is connected just now, in words that a merchant can do something about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NoteLevel(StrEnum):
    """How much a note about a store matters to its merchant."""

    GOOD = "good"
    MISSING = "missing"  # it works, with less than it could
    BROKEN = "broken"  # carts or orders are lost until it is mended


@dataclass(frozen=True)
class Note:
    """One thing that was looked at in a store, in the merchant's words, with its mend."""

    what: str  # a short stable name: "webhooks", "plugin", "cron", "scopes"
    level: NoteLevel
    text: str
    mend: str = ""  # what to do; "" when nothing need be done


@dataclass(frozen=True)
class Survey:
    """How a store is connected just now. `capture`: "full", or "reduced" without shop plugin."""

    capture: str
    notes: tuple[Note, ...]
    topics: tuple[str, ...] = ()  # that come to us
    missing: tuple[str, ...] = ()  # wanted topics that do not: `subscribe` makes them
    stray: bool = False  # others of ours come twice or nowhere: `subscribe` ends them
