"""Those who put things right: two senders, the other workers, a dispatcher and a web server."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from connector.cli.campaign import hands
from connector.cli.campaign.fuse import Fuse
from connector.cli.campaign.ground import Ground
from connector.cli.campaign.hands import Part
from connector.errors import ConfigError

# A server that forks processes which have everything imported: a victim lives a moment only.
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([hands.__name__, "connector.app"])
_SENDERS = 2
Job = Callable[..., None]


def fork(
    ground: Ground, job: Job, name: str, *words: Any, fuse: Fuse | None = None, plant: str = ""
) -> BaseProcess:
    """One more process of the service."""
    part = Part(f"campaign-{name}", ground.env, ground.servers.folders.logs, fuse, plant)
    process = _forks.Process(target=job, args=(part, *words), daemon=True)
    process.start()
    return process


def talk(
    ground: Ground, job: Job, name: str, *, fuse: Fuse | None = None, plant: str = ""
) -> tuple[BaseProcess, Connection]:
    """The same for a job that is told what to do, or tells, by a pipe; our end of it."""
    ours, its = _forks.Pipe()
    process = fork(ground, job, name, its, fuse=fuse, plant=plant)
    its.close()
    return process, ours


class Crew:
    """Works until stopped; `plant` is called in every process of it (tests break things so)."""

    def __init__(self, ground: Ground, plant: str = "") -> None:
        self.ground, self._plant = ground, plant
        self._dispatching = threading.Lock()
        self._victims: list[BaseProcess] = []
        queues = ["messages"] * _SENDERS + ["webhooks", "flows"]
        self._all = [fork(ground, hands.work, queue, queue, plant=plant) for queue in queues]
        self._dispatcher = fork(ground, hands.find_due, "dispatcher", plant=plant)
        web, self.web = self.fork_web()
        self._all += [self._dispatcher, web]

    def victim(self, job: Job, *words: Any, fuse: Fuse) -> BaseProcess:
        """A process that is to die."""
        victim = fork(self.ground, job, "victim", *words, fuse=fuse)
        self._victims.append(victim)
        return victim

    def fork_web(self, fuse: Fuse | None = None) -> tuple[BaseProcess, str]:
        """A web server and its "host:port"."""
        plant = "" if fuse else self._plant
        process, pipe = talk(self.ground, hands.take_in, "web", fuse=fuse, plant=plant)
        with pipe:
            return process, f"127.0.0.1:{pipe.recv()}"

    @contextlib.contextmanager
    def without_dispatcher(self) -> Iterator[None]:
        """Let another dispatcher find what is due meanwhile."""
        with self._dispatching:
            os.kill(self._dispatcher.pid or 0, signal.SIGSTOP)
            try:
                yield
            finally:
                os.kill(self._dispatcher.pid or 0, signal.SIGCONT)

    def check(self) -> None:
        """ConfigError if one of them ended: nobody would put right what it was to do."""
        for process in self._all:
            if not process.is_alive():
                logs = self.ground.servers.folders.logs
                raise ConfigError(f"one of the crew ended ({process.exitcode}), see {logs}")

    def stop(self) -> None:
        """End them all, and victims that are stalled: they do not notice that we are gone."""
        for process in [*self._all, *self._victims]:
            end(process)


def end(process: BaseProcess) -> None:
    """Kill it, stalled or not, and wait for it; nothing if that was done before."""
    with contextlib.suppress(ValueError):  # it is closed
        process.kill()
        process.join()
        process.close()


@contextlib.contextmanager
def working(ground: Ground, plant: str = "") -> Iterator[Crew]:
    """A crew at work."""
    crew = Crew(ground, plant)
    try:
        yield crew
    finally:
        crew.stop()
