"""Those who put things right: two senders, the other workers, a dispatcher and a web server."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from typing import Any

from connector.cli.campaign import hands
from connector.cli.campaign.fuse import Fuse
from connector.cli.campaign.ground import Ground
from connector.cli.campaign.hands import Part

# A server that forks processes which have everything imported: a victim lives a moment only.
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([hands.__name__])
_SENDERS = 2


class Crew:
    """Works until stopped; `plant` is called in every process of it (tests break things so)."""

    def __init__(self, ground: Ground, plant: str = "") -> None:
        self.ground, self._plant = ground, plant
        self._dispatching = threading.Lock()
        queues = ["messages"] * _SENDERS + ["webhooks", "flows"]
        self._all = [self.fork(hands.work, queue, queue) for queue in queues]
        self._dispatcher = self.fork(hands.find_due, "dispatcher")
        web, self.web = self.fork_web()
        self._all += [self._dispatcher, web]

    def fork(
        self, job: Callable[..., None], name: str, *words: Any, fuse: Fuse | None = None
    ) -> BaseProcess:
        """One more process of the service, without breakage unless it is one of the crew's."""
        logs = self.ground.servers.folders.logs
        plant = "" if fuse else self._plant
        part = Part(f"campaign-{name}", self.ground.env, logs, fuse, plant)
        process = _forks.Process(target=job, args=(part, *words), daemon=True)
        process.start()
        return process

    def fork_web(self, fuse: Fuse | None = None) -> tuple[BaseProcess, str]:
        """A web server and its "host:port"."""
        ours, its = _forks.Pipe()
        process = self.fork(hands.take_in, "web", its, fuse=fuse)
        its.close()
        with ours:
            return process, f"127.0.0.1:{ours.recv()}"

    @contextlib.contextmanager
    def without_dispatcher(self) -> Iterator[None]:
        """Let another dispatcher find what is due meanwhile."""
        with self._dispatching:
            os.kill(self._dispatcher.pid or 0, signal.SIGSTOP)
            try:
                yield
            finally:
                os.kill(self._dispatcher.pid or 0, signal.SIGCONT)

    def stop(self) -> None:
        """End them all."""
        for process in self._all:
            end(process)


def end(process: BaseProcess) -> None:
    """Kill it, stopped or not, and wait for it."""
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
