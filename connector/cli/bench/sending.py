"""From due to the provider, with a large crowd waiting; how fast one worker sends; memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import psutil
from sqlalchemy import text

from connector.cli.bench import bare, crowd, engine
from connector.cli.bench.engine import Engine
from connector.cli.playground import Playground, Setup, opened
from connector.cli.playground.quiet import settle

_PEOPLE = 100_000
_SPREAD_COUNT, _SPREAD_S = 300, 30.0
_BURST = 400
_PATIENCE_S = 120.0
_MEGA = 1024 * 1024


@dataclass(frozen=True)
class Sending:
    """Seconds from due to the provider's own receipt; mails a second; megabytes by process."""

    p50_s: float
    p99_s: float
    per_s: float
    bare_per_s: float
    rss_mb: dict[str, int]
    engine: Engine


def measure() -> Sending:
    """A whole service with its sandboxes, in real time."""
    with opened(Setup()) as play:
        crowd.fill(play, _PEOPLE)
        spread = _send(play, _SPREAD_COUNT, _SPREAD_S, "spread", 0)
        burst = _send(play, _BURST, 0.0, "burst", _SPREAD_COUNT)
        bare_per_s = bare.mails_per_s(play)
        memory = {name: _rss(child.pid) for name, child in play.running.children.items()}
        decided = engine.measure(play)
    late = sorted((taken - due).total_seconds() for due, taken in spread)
    at = sorted(taken for _, taken in burst)
    return Sending(
        p50_s=late[len(late) // 2],
        p99_s=late[int(len(late) * 0.99)],
        per_s=len(at) / (at[-1] - at[0]).total_seconds(),
        bare_per_s=bare_per_s,
        rss_mb=memory,
        engine=decided,
    )


def _send(
    play: Playground, count: int, spread_s: float, step: str, skip: int
) -> list[tuple[datetime, datetime]]:
    """(due, when the mail server took it) of each message; all must arrive."""
    crowd.make_due(play, count, spread_s, step, skip)
    last_due = play.clock.now() + timedelta(seconds=spread_s)
    while play.clock.now() < last_due:
        play.running.watch.ended.wait(0.2)
        play.running.check()
    settle(play, _PATIENCE_S, lambda: None, audiences=False)
    taken = {m["message_id"]: datetime.fromisoformat(m["at"]) for m in play.mail.get("mails")}
    return [(due, taken[provider_id]) for provider_id, due in _dues(play, step)]


def _dues(play: Playground, step: str) -> list[tuple[str, datetime]]:
    query = text("select provider_id, due_at from messages where step_id = :step")
    found: list[tuple[str, datetime]] = []
    for shop in play.shops.values():
        with play.means.sessions.store(shop.store.id) as session:
            rows = session.execute(query, {"step": step})
            found += [(row.provider_id, row.due_at) for row in rows]
    return found


def _rss(pid: int) -> int:
    """A process with its children. Shared pages count once: PostgreSQL's buffers are shared."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return round(sum(one.memory_full_info().pss for one in family) / _MEGA)
