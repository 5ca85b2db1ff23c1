"""`--part points`: kill at every named point, with every kind of adapter, seed after seed."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from connector import clock
from connector.cli.campaign import fuse, hands
from connector.cli.campaign.channels import ADAPTERS
from connector.cli.campaign.crew import Crew, end, talk, working
from connector.cli.campaign.cycle import Cycle, awake, play
from connector.cli.campaign.ground import Ground, opened
from connector.cli.campaign.outcome import Outcome, judge
from connector.cli.campaign.points import POINTS, Blow, Point
from connector.embedded.child import wait_until

Said = Callable[[str], None]
_PATIENCE_S = 180.0  # two leases and a vendor's settling are a quarter of a minute
_MOVING = text(
    "select store_id from webhooks where state in ('received', 'claimed')"
    " union select store_id from carts where due_at <= :now"
    " union select store_id from runs where state in ('active', 'pending') and due_at <= :now"
    " union select store_id from messages where state in"
    "  ('scheduled', 'claimed', 'inflight', 'resolving') or (state = 'unknown' and resolvable)"
)
_SURE = frozenset({"key", "lookup", "racing"})  # what left can be known of these


@dataclass(frozen=True)
class Plan:
    """Which cycles: every point with every adapter, for `seeds` seeds from `seed` on."""

    points: Sequence[Point] = POINTS
    adapters: Sequence[str] = tuple(ADAPTERS)
    seed: int = 1
    seeds: int = 1

    @property
    def expired(self) -> int:
        """How many cycles need a shop whose token has run out."""
        points = sum(point.expired for point in self.points)
        return points * len(self.adapters) * self.seeds


@dataclass
class Tally:
    """All cycles and what became of them; `broken` says which promises do not hold."""

    outcomes: list[tuple[Cycle, Outcome]] = field(default_factory=list)
    restless: list[str] = field(default_factory=list)  # cycles that never came to rest

    def broken(self) -> list[str]:
        """The promises that do not hold, each with the cycles in which it did not."""
        found = [f"never came to rest: {name}" for name in self.restless]
        for cycle, outcome in self.outcomes:
            found += [f"{cycle.name}: {what}" for what in _broken(cycle, outcome)]
        return found

    def figures(self) -> dict[str, Any]:
        """Sums, and what stayed unknown by point and adapter."""
        unknown, late = Counter[str](), Counter[str]()
        for cycle, outcome in self.outcomes:
            place = f"{cycle.point.name}/{cycle.adapter}"
            unknown[place] += outcome.unknown
            late[place] += outcome.doubled if _is_late(cycle) else 0
        return {
            "cycles": len(self.outcomes),
            **{name: self._sum(name) for name in Outcome.__dataclass_fields__},
            "unknown_at": dict(+unknown),
            "doubled_by_stalled_at": dict(+late),
            "by_adapter": self._by_adapter(),
        }

    def _sum(self, name: str) -> int:
        return sum(getattr(outcome, name) for _, outcome in self.outcomes)

    def _by_adapter(self) -> dict[str, dict[str, int]]:
        sums: dict[str, Counter[str]] = defaultdict(Counter)
        for cycle, outcome in self.outcomes:
            counts = {name: getattr(outcome, name) for name in ("rows", "unknown", "doubled")}
            sums[cycle.adapter].update({"cycles": 1, **counts})
        return {adapter: dict(counts) for adapter, counts in sums.items()}


def _broken(cycle: Cycle, outcome: Outcome) -> list[str]:
    must_be_none = ["lost", "unrecorded", "codes_doubled", "deliveries_lost", "shut_out"]
    must_be_none += [] if _is_late(cycle) else ["doubled"]
    counts = [(name, getattr(outcome, name)) for name in must_be_none]
    found = [f"{name.replace('_', ' ')}: {count}, must be 0" for name, count in counts if count]
    if outcome.unknown and (cycle.adapter in _SURE or not cycle.point.may_have_left):
        found.append(f"unknown: {outcome.unknown}, must be 0")
    return found if cycle.reached else [*found, "the point was not reached"]


def _is_late(cycle: Cycle) -> bool:
    """What a stalled process sends after its vendor was asked, nobody can hold back.

    A vendor with keys does; one without is not asked, and nothing is sent again.
    """
    return cycle.point.blow is Blow.STALL and cycle.adapter == "lookup"


def run(plan: Plan, said: Said, plant: str = "") -> Tally:
    """Play all cycles of a plan; `plant` breaks the crew on purpose, for tests."""
    for point in plan.points:
        fuse.check(point)
    began, tally = time.monotonic(), Tally()
    with opened(plan.expired) as ground, working(ground, plant) as crew:
        for seed in range(plan.seed, plan.seed + plan.seeds):
            for servers in (False, True):  # what hits everybody comes when all is quiet
                points = [p for p in plan.points if (p.blow is Blow.POSTGRES) is servers]
                cycles = [play(crew, p, adapter, seed) for p in points for adapter in plan.adapters]
                _settle(crew, cycles, tally)
            _tell(said, seed, tally, time.monotonic() - began)
    return tally


def _settle(crew: Crew, cycles: Iterable[Cycle], tally: Tally) -> None:
    """Until nothing moves; who is stalled wakes up when all is decided without it."""
    cycles = list(cycles)
    if not wait_until(lambda: _at_rest(crew, cycles), _PATIENCE_S, every_s=0.1):
        moving = _moving(crew.ground)
        tally.restless += [cycle.name for cycle in cycles if cycle.store.id in moving]
    books = crew.ground.books()
    shut_out = _shut_out(crew.ground, [cycle.store.id for cycle in cycles if cycle.point.expired])
    for cycle in cycles:
        with crew.ground.means.sessions.store(cycle.store.id) as session:
            is_shut_out = cycle.store.id in shut_out
            tally.outcomes.append((cycle, judge(session, cycle, books, is_shut_out=is_shut_out)))


def _shut_out(ground: Ground, store_ids: Sequence[int]) -> set[int]:
    """Those whose tokens open their shop no more; asked by a process of the service."""
    if not store_ids:
        return set()
    process, pipe = talk(ground, hands.knock, "knock")
    with pipe:
        pipe.send(list(store_ids))
        shut_out = set(pipe.recv())
    end(process)
    return shut_out


def _at_rest(crew: Crew, cycles: Sequence[Cycle]) -> bool:
    crew.check()
    moving = _moving(crew.ground)
    for cycle in cycles:
        if cycle.stalled is not None and cycle.store.id not in moving:
            awake(cycle)
    return not any(cycle.store.id in moving or cycle.stalled for cycle in cycles)


def _moving(ground: Ground) -> set[int]:
    """The stores in which something is still to be done."""
    with ground.means.sessions.all_stores() as session:
        return set(session.scalars(_MOVING, {"now": clock.now()}))


def _tell(said: Said, seed: int, tally: Tally, seconds: float) -> None:
    unknown = tally.figures()["unknown"]
    said(
        f"Seed {seed}: {len(tally.outcomes)} cycles so far in {seconds:.0f} s,"
        f" {unknown} unknown, {len(tally.broken())} broken promises"
    )
