"""One scene's store on PostgreSQL, its clock and what is to be done later."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import msgspec
from sqlalchemy.orm import Session

from connector import clock
from connector.cli.campaign.twin.checks import Checks
from connector.cli.campaign.twin.rows import Due, Rows
from connector.cli.campaign.twin.vendors import Post, TwinShop, kind_of
from connector.domain import flows as domain
from connector.models import Store
from connector.ports.platform import StoreAccount
from connector.rehearsal.base import Rank
from connector.rehearsal.crowd import Scene
from connector.services import flows, installs
from connector.services.installs import NewStore
from jobs.runtime import Runtime

T = TypeVar("T")
Later = tuple[datetime, int, int, int, Callable[[], None]]


@dataclass
class Player:
    """The services play a scene; `now` is the product's time."""

    means: Runtime
    rows: Rows
    post: Post
    checks: Checks
    now: datetime
    store_id: int = 0
    silent: bool = False  # the shop does not answer
    asked_at: float | None = None  # when the shop was asked last, on the process's clock
    claims: Counter[int] = field(default_factory=Counter)  # by message
    later: list[Later] = field(default_factory=list)
    last: tuple[Due | None, int] = (None, 0)  # what was due last, and how often in a row
    numbers: Iterator[int] = field(default_factory=itertools.count)  # of what is to be done later
    done: Counter[str] = field(default_factory=Counter)  # what was done how often

    def in_store(self, work: Callable[[Session], T]) -> T:
        """A transaction of the store."""
        return self.means.sessions.in_store(self.store_id, work)

    def for_store(self, work: Callable[[Session, Store], T]) -> T:
        """The same, with its row."""
        return self.in_store(lambda s: work(s, s.get_one(Store, self.store_id)))

    def set_clock(self, at: datetime) -> None:
        """It is `at` now; time never goes back."""
        self.now = at = max(self.now, at)
        clock.follow(lambda: clock.Shift(real=at, product=at, rate=0.0))

    def at(self, when: datetime, rank: Rank, row_id: int, work: Callable[[], None]) -> None:
        """Do this later."""
        heapq.heappush(self.later, (when, rank, row_id, next(self.numbers), work))


def open_store(player: Player, scene: Scene) -> None:
    """Connect the scene's shop, with its channels, settings and flows."""
    means, shop = player.means, TwinShop(StoreAccount("", "", "", {}))
    with Session(means.sessions.app, expire_on_commit=False) as session, session.begin():
        new = NewStore(TwinShop.kind, scene.shop.name, {"token": "t"}, sandbox=True)
        store, _ = installs.connect(session, means.vault, new, shop.info(), player.now, None)
        for medium, repeat in player.post.vendor.repeat.items():
            installs.add_channel(session, means.vault, store, kind_of(medium, repeat), {})
        installs.add_channel(session, means.vault, store, "slack", {})
        installs.configure(session, store, msgspec.to_builtins(scene.settings))
        for flow in scene.flows:
            flows.install(session, store, domain.plain(flow), player.now)
        player.store_id = store.id
