"""All scenes, side by side in several processes: stores are independent of each other."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from connector import embedded
from connector.cli.campaign.twin import databases, hearing, log, vendors
from connector.cli.campaign.twin.checks import Checks
from connector.cli.campaign.twin.databases import Cluster
from connector.cli.campaign.twin.player import Player, open_store
from connector.cli.campaign.twin.rows import Rows
from connector.cli.campaign.twin.vendors import Outside, Post
from connector.cli.campaign.twin.verdict import Played, Verdict
from connector.cli.playground import set_aside_environment
from connector.domain.flows import Exit
from connector.domain.settings import MICROS
from connector.embedded import Servers
from connector.rehearsal import simulation
from connector.rehearsal.crowd import Scene, scenes
from connector.rehearsal.news import SettingsEdited
from connector.rehearsal.places import PLACES
from connector.rehearsal.simulation import OCTOBER, REPEATS
from connector.rehearsal.vendors import Wayward
from jobs.runtime import Runtime

_PROCESSES = 2
_DAYS = 30
_AFTERWARDS = timedelta(days=14)  # until all that was begun is over


@dataclass(frozen=True)
class Task:
    """One scene of a crowd, by its number."""

    cluster: Cluster
    carts: int
    seed: int
    number: int

    @property
    def scene(self) -> Scene:
        """The scene itself: the same in every process."""
        every = scenes(self.carts, self.seed, OCTOBER, _DAYS)
        return next(itertools.islice(every, self.number, None))

    @property
    def vendor(self) -> Wayward:
        """Its vendors, who remember nothing yet."""
        repeat = REPEATS[self.number % len(REPEATS)]
        return Wayward(repeat={"email": repeat, "sms": repeat}, seed=self.seed)


def run(
    carts: int,
    seed: int,
    servers: Servers | None = None,
    progress: Callable[[int], None] = lambda _carts: None,
    processes: int = _PROCESSES,
) -> Verdict:
    """Play so many carts of a crowd in memory and on PostgreSQL.

    On servers of its own if none are given; their own database is not touched. `progress`
    hears how many carts each finished scene had.
    """
    with _on(servers) as cluster:
        tasks = [Task(cluster, carts, seed, number) for number in range(len(PLACES))]
        return Verdict.of(seed, list(_all(tasks, processes, progress)))


@contextlib.contextmanager
def _on(servers: Servers | None) -> Iterator[Cluster]:
    with contextlib.ExitStack() as stack:
        if servers is None:
            stack.enter_context(set_aside_environment())
            folder = tempfile.TemporaryDirectory(prefix="cartwright-", ignore_cleanup_errors=True)
            servers = stack.enter_context(embedded.start(Path(stack.enter_context(folder))))
        yield stack.enter_context(databases.prepared(servers))


def _all(tasks: list[Task], processes: int, progress: Callable[[int], None]) -> Iterator[Played]:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
        for done in as_completed([pool.submit(play, task) for task in tasks]):
            played = done.result()
            progress(played.carts)
            yield played


def play(task: Task) -> Played:
    """One scene on both sides, in this process; its environment is set aside for the while."""
    scene = task.scene
    began = time.monotonic()
    engine = simulation.play(scene, task.vendor, OCTOBER)
    engine.tick(_end())
    remembered = time.monotonic()
    vendors.register()
    with set_aside_environment(), databases.opened(task.cluster, str(task.number)) as opened:
        player = _played(task, scene, *opened)
        return Played(
            name=scene.shop.name,
            carts=scene.carts,
            events=len(scene.story),
            memory=log.of_memory(engine),
            tables=log.of_tables(player.rows, player.post.vendor),
            broken=player.checks.at_the_end(),
            done=dict(player.done),
            memory_s=remembered - began,
            tables_s=time.monotonic() - remembered,
        )


def _played(task: Task, scene: Scene, means: Runtime, admin: psycopg.Connection) -> Player:
    rows, vendor = Rows(admin), task.vendor
    Outside.post = Post(scene.shop, vendor)
    checks = _checks(rows, scene, vendor)
    player = Player(means, rows, Outside.post, checks, OCTOBER)
    player.set_clock(OCTOBER)
    open_store(player, scene)
    for told in scene.story:
        hearing.tell(player, told)
    player.tick(_end())
    return player


def _checks(rows: Rows, scene: Scene, vendor: Wayward) -> Checks:
    ends = {flow.key: Exit.ORDER in flow.exits for flow in scene.flows}
    edited = [one.event.settings for one in scene.story if isinstance(one.event, SettingsEdited)]
    caps = [settings.texts.month_cap for settings in (scene.settings, *edited)]
    most = max((round(cap * MICROS) for cap in caps if cap is not None), default=None)
    return Checks(rows, scene.shop, vendor, scene.settings, ends, most)


def _end() -> datetime:
    return OCTOBER + timedelta(days=_DAYS) + _AFTERWARDS
