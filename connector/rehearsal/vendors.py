"""Who carries the rehearsal's messages: answers, and what the vendor itself knows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from connector.ports.channel import Repeat, ReportKind


class Fate(StrEnum):
    """How one attempt ends for us."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # certainly not sent, and never will be
    NOT_SENT = "not sent"  # certainly not sent; may be tried again
    UNKNOWN = "unknown"  # no answer was read
    DIED_CLAIMED = "died claimed"  # our worker died before anything left
    DIED_INFLIGHT = "died inflight"  # our worker died when it may have left


UNREAD = frozenset({Fate.UNKNOWN, Fate.DIED_INFLIGHT})


@dataclass(frozen=True)
class Answer:
    """What one attempt comes to. `took` says whether the vendor has it though we read nothing."""

    fate: Fate
    took: bool = False
    stops: str = ""  # why the address is written to no more, with a refusal
    after: timedelta = timedelta()  # how long until the answer is read
    reports: tuple[tuple[timedelta, ReportKind], ...] = ()  # what the vendor says later


ACCEPTED = Answer(Fate.ACCEPTED)


@dataclass(frozen=True)
class Accepted:
    """One line of the vendor's own log."""

    key: str
    at: datetime


@dataclass
class Vendor(ABC):
    """A vendor of all media; `repeat` says by medium what may be done about unknown outcomes."""

    repeat: Mapping[str, Repeat] = field(default_factory=dict)
    log: list[Accepted] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    @abstractmethod
    def answer(self, key: str, attempt: int, at: datetime) -> Answer:
        """What this attempt is to come to; the same for the same arguments."""

    def send(self, key: str, medium: str, attempt: int, at: datetime) -> Answer:
        """One attempt at the wire."""
        answer = self.answer(key, attempt, at)
        took = answer.fate is Fate.ACCEPTED or (answer.fate in UNREAD and answer.took)
        known = self.repeat.get(medium) is Repeat.SAME_KEY and key in self.taken
        if took and not known:
            self.log.append(Accepted(key, at))
            self.taken.add(key)
        return answer

    def has(self, key: str) -> bool:
        """What it shows when it is asked for a message."""
        return key in self.taken


@dataclass
class Reliable(Vendor):
    """Takes everything at once."""

    def answer(self, key: str, attempt: int, at: datetime) -> Answer:
        """Yes."""
        del key, attempt, at
        return ACCEPTED


@dataclass
class Wayward(Vendor):
    """Fails as vendors do, always in the same way for the same seed, message and attempt.

    Of 1,000 attempts 20 time out (half of them taken), 10 are not sent, 5 are refused and 3
    die with our worker; 30 are reported as not delivered, the rest as delivered.
    """

    seed: int = 0

    def answer(self, key: str, attempt: int, at: datetime) -> Answer:
        """Drawn by hash."""
        del at
        draw = blake2b(f"{self.seed}:{key}:{attempt}".encode(), digest_size=8).digest()
        number = int.from_bytes(draw[:4], "big") % 1000
        took = draw[4] % 2 == 0
        later = timedelta(minutes=1 + draw[5] % 90)
        kind = ReportKind.FAILED if draw[6] % 33 == 0 else ReportKind.DELIVERED
        reports = ((later, kind),) if draw[7] % 4 else ()
        for bound, fate in _FATES:
            if number < bound:
                said = reports if took and fate in UNREAD else ()
                return Answer(fate, took, _STOPS[draw[5] % 3], _read_after(draw[6]), said)
        return Answer(Fate.ACCEPTED, after=_read_after(draw[6]), reports=reports)


_FATES = (
    (20, Fate.UNKNOWN),
    (30, Fate.NOT_SENT),
    (35, Fate.REFUSED),
    (37, Fate.DIED_CLAIMED),
    (38, Fate.DIED_INFLIGHT),
)
_STOPS = ("", "bad address", "opted out at the vendor")


def _read_after(byte: int) -> timedelta:
    """Mostly at once; one in eight answers takes up to half a minute."""
    return timedelta(seconds=byte % 32) if byte < 32 else timedelta()  # noqa: PLR2004
