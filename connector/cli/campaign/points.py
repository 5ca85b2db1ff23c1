"""The named places at which a process is killed, as in the crash table of the design.

No product code knows of them: the process that is to die wraps the named function (see
`fuse.py`), and a name that is no longer there stops the campaign before it begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connector.errors import ConfigError

_MESSAGES = "connector.services.messages"
_WIRE = "connector.cli.campaign.wire"


class Victim(StrEnum):
    """Who dies."""

    WEB = "web"  # takes the platform's deliveries
    DISPATCHER = "dispatcher"  # finds what is due
    WORKER = "worker"  # sends


class Blow(StrEnum):
    """How."""

    KILL = "kill"  # SIGKILL
    STALL = "stall"  # SIGSTOP for longer than the lease, then SIGCONT
    POSTGRES = "postgres"  # SIGKILL of PostgreSQL's first process; the victim lives


@dataclass(frozen=True)
class Point:
    """One place; `before` or after the call of `where` ("module:name")."""

    name: str
    tells: str
    where: str
    before: bool = False
    victim: Victim = Victim.WORKER
    blow: Blow = Blow.KILL
    may_have_left: bool = False  # a vendor without key or look-up leaves it unknown
    expired: bool = False  # the store's token has run out: its first call renews it, once


POINTS = (
    Point(
        "C0",
        "intake: before the commit",
        "connector.services.webhooks:keep",
        before=True,
        victim=Victim.WEB,
    ),
    Point(
        "C1",
        "intake: committed, not answered",
        "connector.web.intake:Intake.keep",
        victim=Victim.WEB,
    ),
    Point(
        "C2",
        "marked as rung, the doorbell not rung",
        "jobs.dispatch:ring",
        before=True,
        victim=Victim.DISPATCHER,
    ),
    Point("C3", "before the claim", "jobs.preparing:claim", before=True),
    Point("C4", "claimed, not written", "jobs.preparing:prepare", before=True),
    Point("C5", "checked, inflight not committed", f"{_MESSAGES}:final_check"),
    Point("C6", "inflight, no byte left", f"{_MESSAGES}:attempt", before=True, may_have_left=True),
    Point("C7", "in the middle of the request", f"{_WIRE}:write_half", may_have_left=True),
    Point("C8", "accepted, the answer not read", f"{_WIRE}:await_answer", may_have_left=True),
    Point("C9", "answer read, not recorded", f"{_MESSAGES}:attempt", may_have_left=True),
    Point("C10", "recorded, not committed", f"{_MESSAGES}:record", may_have_left=True),
    Point("C11", "recorded and committed", "jobs.messages:_record"),
    Point("C12", "code made at the shop, not recorded", "connector.services.discounts:obtain"),
    Point(
        "C13",
        "tokens renewed at the shop, not recorded",
        "connector.services.store_tokens:next_pair",
        before=True,
        expired=True,
    ),
    Point(
        "C14",
        "stalled between inflight and the wire",
        f"{_MESSAGES}:attempt",
        before=True,
        blow=Blow.STALL,
        may_have_left=True,
    ),
    Point(
        "C15-T1",
        "PostgreSQL dies: claim not committed",
        f"{_MESSAGES}:claim",
        blow=Blow.POSTGRES,
        may_have_left=True,
    ),
    Point(
        "C15-T2",
        "PostgreSQL dies: inflight not committed",
        f"{_MESSAGES}:final_check",
        blow=Blow.POSTGRES,
        may_have_left=True,
    ),
    Point(
        "C15-T3",
        "PostgreSQL dies: record not committed",
        f"{_MESSAGES}:record",
        blow=Blow.POSTGRES,
        may_have_left=True,
    ),
)


def by_name(names: str) -> tuple[Point, ...]:
    """The points of a list like "C3,C6"; all of them for ""; ConfigError names a wrong one."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in {point.name for point in POINTS}:
            there_are = ", ".join(point.name for point in POINTS)
            raise ConfigError(f"{name}: there is no such point; there are {there_are}")
    return tuple(point for point in POINTS if not wanted or point.name in wanted)
