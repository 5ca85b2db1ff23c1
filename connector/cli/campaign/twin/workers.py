"""All scenes, side by side in several processes: stores are independent of each other."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from connector import embedded
from connector.cli.campaign.twin import databases, vendors
from connector.cli.campaign.twin.databases import Cluster
from connector.cli.campaign.twin.playing import Part, play
from connector.cli.campaign.twin.verdict import Played, Verdict
from connector.cli.playground import set_aside_environment
from connector.embedded import Servers
from connector.rehearsal.places import PLACES

_PROCESSES = 2
_LISTEN_S = 5.0
_spawn = multiprocessing.get_context("spawn")
Told = Played | int | str  # a scene, carts that are over, or what went wrong


def run(
    carts: int,
    seed: int,
    servers: Servers | None = None,
    progress: Callable[[int], None] = lambda _carts: None,
    processes: int = _PROCESSES,
) -> Verdict:
    """Play so many carts of a crowd in memory and on PostgreSQL, and compare.

    On servers of its own if none are given; their own database is not touched. `progress`
    hears of carts that are over. RuntimeError if a process fails.
    """
    with _on(servers) as cluster:
        parts = [Part(carts, seed, number) for number in range(len(PLACES))]
        return Verdict.of(seed, list(_played(cluster, parts, processes, progress)))


@contextlib.contextmanager
def _on(servers: Servers | None) -> Iterator[Cluster]:
    with contextlib.ExitStack() as stack:
        if servers is None:
            stack.enter_context(set_aside_environment())
            folder = tempfile.TemporaryDirectory(prefix="cartwright-", ignore_cleanup_errors=True)
            servers = stack.enter_context(embedded.start(Path(stack.enter_context(folder))))
        yield stack.enter_context(databases.prepared(servers))


def _played(
    cluster: Cluster, parts: list[Part], processes: int, progress: Callable[[int], None]
) -> Iterator[Played]:
    to_do, told = _spawn.Queue(), _spawn.Queue()
    for part in parts:
        to_do.put(part)
    with _at_work(cluster, processes, to_do, told) as workers:
        left = len(parts)
        while left:
            match _heard(told, workers):
                case Played() as scene:
                    left -= 1
                    yield scene
                case int(over):
                    progress(over)
                case str(trouble):
                    raise RuntimeError(trouble)


def _heard(told: Any, workers: list[BaseProcess]) -> Told:
    while True:
        try:
            heard: Told = told.get(timeout=_LISTEN_S)
        except queue.Empty:
            if not all(worker.is_alive() for worker in workers):
                return "a process ended before its scene did"
        else:
            return heard


@contextlib.contextmanager
def _at_work(
    cluster: Cluster, processes: int, to_do: Any, told: Any
) -> Iterator[list[BaseProcess]]:
    workers: list[BaseProcess] = [
        _spawn.Process(target=_work, args=(cluster, f"w{number}", to_do, told), daemon=True)
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    try:
        yield workers
    finally:
        for _ in workers:
            to_do.put(None)
        for worker in workers:
            worker.join(_LISTEN_S)
            worker.kill()
            worker.join()
            worker.close()
        for channel in (to_do, told):
            channel.close()
            channel.join_thread()


def _work(cluster: Cluster, name: str, to_do: Any, told: Any) -> None:
    """One process: scenes as long as there are any, on a database of its own."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    vendors.register()
    try:
        with set_aside_environment(), databases.opened(cluster, name) as desk:
            while (part := to_do.get()) is not None:
                told.put(play(part, desk, told.put))
    except Exception:  # noqa: BLE001 - it is told where somebody listens
        told.put(traceback.format_exc())


def _end_with_parent() -> None:
    """Whoever kills the campaign does not want its processes to play on."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
