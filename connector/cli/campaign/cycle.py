"""One cycle: a store, a victim that dies at a named point, and what became of its messages."""

from __future__ import annotations

import http.client
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from random import Random

import psutil

from connector.cli.campaign import hands, stores
from connector.cli.campaign.channels import ADAPTERS
from connector.cli.campaign.crew import Crew, end
from connector.cli.campaign.deliveries import Delivery
from connector.cli.campaign.fuse import Fuse
from connector.cli.campaign.points import Blow, Point, Victim
from connector.embedded.child import wait_until
from connector.models import Store

_DEADLINE_S = 60.0
_KILLED = -9
_CALL_S = 5.0
_OK = 200


@dataclass
class Cycle:
    """A point, an adapter and a seed; `reached` tells that the victim came to the point."""

    point: Point
    adapter: str
    seed: int
    store: Store
    people: int
    accepted: set[str] = field(default_factory=set)  # deliveries answered 2xx
    reached: bool = False
    stalled: BaseProcess | None = None

    @property
    def name(self) -> str:
        """As it is told."""
        return f"{self.point.name}/{self.adapter}/seed {self.seed}"


def play(crew: Crew, point: Point, adapter: str, seed: int) -> Cycle:
    """Let a victim run into the point; what it leaves behind is the crew's to put right."""
    luck = Random(f"{seed}/{point.name}/{adapter}")  # noqa: S311 - instants, not secrets
    people = luck.randint(3, 6)
    connect = stores.connect_expired if point.expired else stores.connect
    store = connect(crew.ground, ADAPTERS[adapter].kind)
    cycle = Cycle(point, adapter, seed, store, people)
    nth = 1 if point.expired else luck.randint(1, 3)
    fuse = Fuse(point, nth, crew.ground.servers.postgres.pid)
    {
        Victim.WEB: _take_in,
        Victim.DISPATCHER: _find_due,
        Victim.WORKER: _send,
    }[point.victim](crew, cycle, fuse)
    stores.ring_again(crew.ground, store)
    return cycle


def _send(crew: Crew, cycle: Cycle, fuse: Fuse) -> None:
    refs = stores.due(crew.ground, cycle.store, cycle.people)
    victim = crew.victim(hands.send, refs, fuse=fuse)
    if cycle.point.blow is Blow.STALL:
        cycle.reached = wait_until(lambda: _is_stopped(victim), _DEADLINE_S)
        cycle.stalled = victim
        return
    if cycle.point.blow is Blow.POSTGRES:
        postgres = crew.ground.servers.postgres
        wait_until(lambda: not postgres.alive or not victim.is_alive(), _DEADLINE_S)
        cycle.reached = not postgres.alive
        if cycle.reached:
            postgres.start()
    victim.join(_DEADLINE_S)
    if cycle.point.blow is Blow.KILL:
        cycle.reached = victim.exitcode == _KILLED
    end(victim)


def _is_stopped(process: BaseProcess) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)
    return False


def awake(cycle: Cycle) -> None:
    """The stalled victim goes on, as if no time had passed, to its end."""
    victim, cycle.stalled = cycle.stalled, None
    if victim is not None:
        psutil.Process(victim.pid).resume()
        victim.join(_DEADLINE_S)
        end(victim)


def _find_due(crew: Crew, cycle: Cycle, fuse: Fuse) -> None:
    """The deliveries are in; another dispatcher than the crew's finds what is due, and dies."""
    with crew.without_dispatcher():
        victim = crew.victim(hands.find_due, fuse=fuse)
        for delivery in stores.deliveries(crew.ground, cycle.store, cycle.people):
            _deliver(crew.web, cycle, delivery)
        victim.join(_DEADLINE_S)
        cycle.reached = victim.exitcode == _KILLED
        end(victim)


def _take_in(crew: Crew, cycle: Cycle, fuse: Fuse) -> None:
    """Deliveries come to a web server that dies; the shop sends what was not accepted again."""
    victim, door = crew.fork_web(fuse)
    news = stores.deliveries(crew.ground, cycle.store, cycle.people)
    refused = [delivery for delivery in news if not _deliver(door, cycle, delivery)]
    victim.join(_CALL_S)
    cycle.reached = victim.exitcode == _KILLED
    end(victim)
    for delivery in refused:
        _deliver(crew.web, cycle, delivery)


def _deliver(door: str, cycle: Cycle, delivery: Delivery) -> bool:
    """True if it was accepted."""
    connection = http.client.HTTPConnection(door, timeout=_CALL_S)
    try:
        connection.request("POST", delivery.path, delivery.body, dict(delivery.headers))
        accepted = connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        accepted = False
    finally:
        connection.close()
    if accepted:
        cycle.accepted.add(delivery.key)
    return accepted
