"""How far the reading of a shop's past is, and what it says, for the merchant's eyes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from connector.models import Chore, Store
from connector.services import chores

STAGES = ("customers", "products", "orders", "carts")


@dataclass(frozen=True)
class Stage:
    """One kind of thing; `share` from 0 to 1, None while nobody knows of how many."""

    name: str
    read: int
    total: int | None
    done: bool
    going: bool

    @property
    def share(self) -> float | None:
        """How much of it is read."""
        if self.done:
            return 1.0
        return min(1.0, self.read / self.total) if self.total else None


@dataclass(frozen=True)
class PastView:
    """The page's values. `state`: "none", "going", "waiting" (tried again later), "done"."""

    state: str
    since: datetime | None
    stages: tuple[Stage, ...]
    error: str
    left: int
    returned: int
    percent: float | None
    play: tuple[dict[str, Any], ...]


def view(session: Session, store: Store) -> PastView:
    """What to show."""
    row = chores.of_store(session, store.id).get("past")
    told: dict[str, Any] = dict(row.result) if row else {}
    since = told.get("since")
    return PastView(
        state=_state(row, told),
        since=datetime.fromisoformat(since) if since else None,
        stages=tuple(_stage(name, told) for name in STAGES),
        error=row.error if row else "",
        left=told.get("left", 0),
        returned=told.get("returned", 0),
        percent=told.get("percent"),
        play=tuple(told.get("play", ())),
    )


def _state(row: Chore | None, told: dict[str, Any]) -> str:
    if row is None or (row.due_at is None and told.get("stage") != "done"):
        return "none"
    if row.due_at is None:
        return "done"
    return "waiting" if row.error else "going"


def _stage(name: str, told: dict[str, Any]) -> Stage:
    counts = told.get(name, {})
    done = bool(counts.get("done"))
    going = told.get("stage") == name and not done
    return Stage(name, counts.get("read", 0), counts.get("total"), done, going)
