"""The flow engine: decisions in memory, runs advanced on PostgreSQL, a rehearsal of a crowd."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connector.cli.bench import crowd
from connector.cli.playground import Playground
from connector.domain import flows
from connector.domain.flows import Facts, RunFacts
from connector.domain.money import Money
from connector.rehearsal import simulation
from jobs.flows import advance_runs

_DECISIONS = 20_000
_RUNS = 2_000
_BATCH = 100  # as the dispatcher rings
_CARTS = 2_000
_NOW = datetime(2026, 6, 9, 14, tzinfo=UTC)
_FLOW = """
key: bench
name: Bench
trigger: checkout_abandoned
steps:
  - id: regular
    if:
      where: {all: [{cart_value: {at_least: 500}}, {orders_count: {at_least: 5}}]}
      yes: [{id: big, send: {medium: sms, template: offer}}]
      no: [{id: small, send: {medium: email, template: reminder}}]
"""


@dataclass(frozen=True)
class Engine:
    """How many of each in a second, by one core."""

    decisions_per_s: float
    runs_per_s: float
    rehearsed_per_s: float


def measure(play: Playground) -> Engine:
    """Decisions and the rehearsal need no server; runs go through the worker's own job."""
    return Engine(_decisions(), _runs(play), _rehearsal())


def _decisions() -> float:
    flow = flows.read_text(_FLOW)
    shopper = Facts("USD", "bench", cart_value=Money("USD", 60_000), orders_count=4)
    facts = RunFacts("steps", "regular", _NOW, _NOW, _NOW, _NOW, ordered=False, shopper=shopper)
    began = time.perf_counter()
    for _ in range(_DECISIONS):
        flows.decide(flow, facts, _NOW)
    return _DECISIONS / (time.perf_counter() - began)


def _runs(play: Playground) -> float:
    """Runs whose wait is over, so that each plans its next message and ends."""
    refs = crowd.make_runs_due(play, _RUNS, timedelta(hours=25))
    began = time.perf_counter()
    for start in range(0, len(refs), _BATCH):
        advance_runs(refs[start : start + _BATCH])
    return len(refs) / (time.perf_counter() - began)


def _rehearsal() -> float:
    began = time.perf_counter()
    report = simulation.run(_CARTS, seed=1)
    return report.carts / (time.perf_counter() - began)
