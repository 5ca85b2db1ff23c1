"""A crowd, its twelve shops and wayward vendors, for days: the whole engine in a minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from connector.ports.channel import Repeat
from connector.rehearsal.base import Log
from connector.rehearsal.crowd import Scene, scenes
from connector.rehearsal.engine import Engine
from connector.rehearsal.invariants import Watch
from connector.rehearsal.vendors import Vendor, Wayward

OCTOBER = datetime(
    2026, 10, 10, tzinfo=UTC
)  # Europe's clocks change on the 25th, America's a week later
MARCH = datetime(2027, 3, 1, tzinfo=UTC)  # America's change on the 14th, Europe's on the 28th
REPEATS = (Repeat.SAME_KEY, Repeat.LOOK_UP, Repeat.FIND, Repeat.NEVER)  # one a shop, in turn


@dataclass
class Report:
    """What a simulation came to; `log_hash` is the same for the same arguments."""

    seed: int
    carts: int = 0
    told: int = 0
    lines: int = 0
    runs: Counter[str] = field(default_factory=Counter)  # by state
    messages: Counter[str] = field(default_factory=Counter)  # by state
    reasons: Counter[str] = field(default_factory=Counter)  # why messages were not sent
    accepted: int = 0  # by the vendors' own logs
    orders: int = 0
    codes: int = 0
    log_hash: str = ""


def run(
    carts: int,
    seed: int,
    since: datetime = OCTOBER,
    days: int = 30,
    progress: Callable[[int], None] = lambda _carts: None,
    *,
    watch: bool = True,
) -> Report:
    """Play it; Violated if something happened that must never happen.

    `progress` hears how many carts each finished shop had.
    """
    report, digest = Report(seed), sha256()
    for number, scene in enumerate(scenes(carts, seed, since, days)):
        repeat = REPEATS[number % len(REPEATS)]
        vendor = Wayward(repeat={"email": repeat, "sms": repeat}, seed=seed)
        engine = play(scene, vendor, since, watch=watch)
        engine.tick(since + timedelta(days=days + 14))
        _count(report, scene, engine)
        digest.update(engine.log_hash().encode())
        progress(scene.carts)
    report.log_hash = digest.hexdigest()
    return report


def play(
    scene: Scene,
    vendor: Vendor,
    since: datetime,
    *,
    watch: bool = True,
    made_by: type[Engine] = Engine,
) -> Engine:
    """One shop's days, to the last thing that was told."""
    engine = made_by(scene.shop, vendor, since, scene.settings, log=Log(keep=False))
    for flow in scene.flows:
        engine.install(flow)
    if watch:
        Watch(engine)
    engine.tell_all(scene.story)
    return engine


def _count(report: Report, scene: Scene, engine: Engine) -> None:
    report.carts += scene.carts
    report.told += len(scene.story)
    report.lines += engine.log.count
    report.runs.update(str(one.state) for one in engine.runs.values())
    report.messages.update(str(one.state) for one in engine.messages.values())
    report.reasons.update(
        one.reason for one in engine.messages.values() if one.state == "cancelled"
    )
    report.accepted += len(engine.vendor.log)
    report.orders += len(engine.orders)
    report.codes += len(engine.codes)
