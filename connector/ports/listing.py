"""Long lists of a platform, read as far as it lets us just now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.errors import NotSent
from connector.ports.events import StoreEvent


class Interrupted(NotSent):
    """A list that was read in part: `found` stands at its beginning, oldest first."""

    def __init__(self, error: NotSent, found: Sequence[StoreEvent]) -> None:
        super().__init__(error.detail, error.after)
        self.found = list(found)


@dataclass(frozen=True)
class Listed:
    """What was read of a list. `cursor` asks for the rest, `after_s` from now; "" at the end."""

    events: tuple[StoreEvent, ...]
    cursor: str = ""
    after_s: float = 0.0
