"""The port to an outside audience that is kept in step with who our contacts are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from connector.ports.settings import Setting


@dataclass(frozen=True)
class Member:
    """A consenting person: the tags she must have and those she must not."""

    ref: int  # our contact id
    email: str
    first_name: str
    last_name: str
    tags: frozenset[str]
    not_tags: frozenset[str]
    leaving: bool = False  # took her consent back: only our tags go, she is never added


@dataclass(frozen=True)
class MemberResult:
    """What became of one member: `error` is "" when she is in step."""

    ref: int
    error: str = ""


class AudienceSync(ABC):
    """An outside audience. Consent is never changed there, only added for the new."""

    kind: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]]
    batch: ClassVar[int]  # how many members one push may carry

    def __init__(self, account: Mapping[str, str]) -> None:
        self.account = account

    @abstractmethod
    def push(self, members: Sequence[Member]) -> list[MemberResult]:
        """Bring these members in step; one result a member, repeatable without harm.

        Raises NotSent (try later), Disconnected; OutcomeUnknown may simply be repeated.
        """
