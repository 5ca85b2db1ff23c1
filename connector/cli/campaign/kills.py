"""`--part kills`: kill everything at random under load, and count what was lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from connector import clock
from connector.cli.campaign.crashes import Said
from connector.cli.campaign.deliveries import makers
from connector.cli.campaign.killer import Killer
from connector.cli.campaign.load import Load
from connector.cli.campaign.verdict import Verdict, judge
from connector.cli.playground import Playground, Setup, opened
from connector.cli.playground.quiet import settle

T = TypeVar("T")
# Short leases, so that what a kill interrupts is put right while the campaign still runs.
_ENVIRONMENT = {"CARTWRIGHT_LEASE_S": "5", "CARTWRIGHT_HTTP_TIMEOUT_S": "1.5"}
_BEARS_CRASHES = 1_000_000
_SENDERS, _PAUSE_S = 4, 0.5  # up to eight carts a second while the web server is up
_BEGIN = timedelta(hours=14)  # UTC: then texts may go out in New York for ten hours
_TO_THE_TEXTS = timedelta(hours=25)  # an hour to the reminder, a day to the text
_PACE = 300.0  # product seconds a second: a reminder follows its cart by twelve
_PROVIDER_S, _ALWAYS = 0.2, 10**9
_QUIET_S = 420.0  # a delivery that met a dead database waits a minute for its next try
_RECOVERY_S = 60.0


@dataclass(frozen=True)
class Kills:
    """How often each process was killed, and what came of it all."""

    kills: dict[str, int]
    verdict: Verdict

    def broken(self) -> list[str]:
        """The promises that do not hold."""
        return self.verdict.broken()

    def figures(self) -> dict[str, Any]:
        """All of them, for the JSON."""
        return {"kills": self.kills, **self.verdict.figures()}


def run(kills: int, seed: int, said: Said, home: Path | None) -> Kills:
    """Kill every process of a service under load, so many times each."""
    begin = datetime.combine(clock.now().date(), datetime.min.time(), UTC) - timedelta(days=3)
    setup = Setup(
        home=home,
        keep=home is not None,
        begin=begin + _BEGIN,
        extra=_ENVIRONMENT,
        crashes_allowed=_BEARS_CRASHES,
        notice=_silent,  # crashes are what this is about
    )
    with opened(setup) as play:
        killer, verdict = _run(play, kills, seed, said)
    return Kills(dict(killer.counts), verdict)


def _silent(words: str) -> None:
    del words


def _run(play: Playground, kills: int, seed: int, said: Said) -> tuple[Killer, Verdict]:
    begin = play.clock.now()
    play.clock.run(begin, _PACE)
    load = Load(play.running.urls["web"], makers(play), play.clock.now)
    killer = Killer(play.running, seed, _reporter(said, load))
    # Slow providers: then kills hit messages that have left and are not yet recorded.
    play.mail.post("faults", hang_after_data_s=_PROVIDER_S, n=_ALWAYS)
    play.twilio.post("faults", hang_s=_PROVIDER_S, n=_ALWAYS)
    load.start(_SENDERS, _PAUSE_S)
    killer.kill_all(kills // 2)
    said("A day later: the texts fall due.")
    second_day = max(begin + _TO_THE_TEXTS, play.clock.now())
    _patiently(lambda: play.clock.run(second_day, _PACE))
    killer.kill_all(kills)
    load.stop()
    said("No more kills: waiting until all is quiet.")
    _patiently(lambda: play.clock.run(play.clock.now(), 1.0))
    _patiently(lambda: settle(play, _QUIET_S, lambda: None, audiences=True))
    return killer, judge(play, load)


def _patiently(act: Callable[[], T]) -> T:
    """Try until the database is back."""
    deadline, pause = time.monotonic() + _RECOVERY_S, threading.Event()
    while True:
        try:
            return act()
        except DBAPIError:
            if time.monotonic() > deadline:
                raise
            pause.wait(0.2)


def _reporter(said: Said, load: Load) -> Callable[[], None]:
    next_at = time.monotonic() + 10

    def report() -> None:
        nonlocal next_at
        if time.monotonic() >= next_at:
            next_at = time.monotonic() + 10
            said(f"{len(load.accepted)} webhooks accepted so far")

    return report
