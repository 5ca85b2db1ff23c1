"""The port to places that hear what a flow decided: the merchant's staff and software."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from connector.ports.settings import Setting


@dataclass(frozen=True)
class Notice:
    """One thing to tell. `key` stays the same over all tries; `target` is the step's own address.

    `text` is for people, `body` (plain JSON values) for software.
    """

    key: str
    at: datetime
    text: str
    body: Mapping[str, Any]
    target: str = ""


class Outlet(ABC):
    """A place outside, told with one store's account. It never reaches a shopper."""

    kind: ClassVar[str]  # "slack", "webhook"
    settings: ClassVar[tuple[Setting, ...]]
    repeatable: ClassVar[bool]  # True: the other side knows our key and ignores repeats

    def __init__(self, account: Mapping[str, str]) -> None:
        self.account = account

    @abstractmethod
    def deliver(self, notice: Notice) -> None:
        """Tell it. Raises NotSent, Refused, Disconnected or OutcomeUnknown."""
