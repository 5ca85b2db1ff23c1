"""The port to a way of reaching a person: e-mail, text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from connector.errors import Malformed, NotSent
from connector.ports.settings import Setting


class Feature(StrEnum):
    """What a channel can do; the feature table is generated from these."""

    HTML = "html"
    DELIVERY_REPORTS = "delivery reports"
    INBOUND_STOP = "inbound stop"


class Repeat(StrEnum):
    """What may be done with a message that may or may not have left."""

    NEVER = "never"  # shown as unknown, never repeated
    FIND = "find"  # the vendor can be asked; what it does not show stays unknown
    LOOK_UP = "look up"  # the vendor can be asked, and what it does not show never left
    SAME_KEY = "same key"  # the vendor knows our key and will not send twice


@dataclass(frozen=True)
class Outgoing:
    """One rendered message. `key` is ours, a UUID fixed when the message was planned."""

    key: str
    to: str
    text: str
    sender_name: str = ""
    subject: str = ""
    html: str = ""
    unsubscribe_url: str = ""  # "" for transactional messages
    report_url: str = ""  # where the vendor may report delivery; "" if nowhere
    valid_for_s: int | None = None  # the vendor must drop it after this long


@dataclass(frozen=True)
class Receipt:
    """The vendor took the message and will answer for it under this id."""

    provider_id: str


@dataclass(frozen=True)
class Trace:
    """A message that the vendor shows: `text` is what it sent, with our links in it."""

    provider_id: str
    text: str
    key: str = ""  # our own name of the message, where the vendor keeps it


class ReportKind(StrEnum):
    """What became of a message, or what the person answered."""

    DELIVERED = "delivered"
    FAILED = "failed"
    STOPPED = "stopped"  # the person asked to stop
    STARTED = "started"  # the person took that back
    PROGRESS = "progress"  # on its way: nothing to do


@dataclass(frozen=True)
class DeliveryReport:
    """One report of the vendor; `event_key` is the same for repeats of it."""

    kind: ReportKind
    event_key: str
    provider_id: str
    address: str = ""  # whom it is about, when the report is not about a message
    detail: str = ""  # the vendor's code, for the merchant's eyes
    at: datetime | None = None


class Channel(ABC):
    """A way to reach a person through one vendor, with one store's account."""

    kind: ClassVar[str]  # the vendor: "smtp", "twilio"
    medium: ClassVar[str]  # what the shopper sees: "email", "sms"
    settings: ClassVar[tuple[Setting, ...]]
    features: ClassVar[frozenset[Feature]] = frozenset()
    repeat: ClassVar[Repeat] = Repeat.NEVER
    key_ttl: ClassVar[timedelta] = timedelta()  # how long the vendor knows a key: SAME_KEY

    def __init__(self, account: Mapping[str, str]) -> None:
        self.account = account

    @abstractmethod
    def send(self, message: Outgoing) -> Receipt:
        """Hand one message over. Raises NotSent, Refused, Disconnected or OutcomeUnknown."""

    def look_up(self, key: str, to: str, since: datetime) -> list[Trace]:
        """What the vendor shows of messages to `to` since then; asked where `repeat` allows it.

        `key` is our own name of the message, for vendors that keep it. Raises NotSent (ask
        later), Disconnected or OutcomeUnknown.
        """
        del key, to, since
        raise NotSent(f"{self.kind} cannot be asked for what it sent")

    def verify_report(self, url: str, form: Sequence[tuple[str, str]], signature: str) -> None:
        """Return if the vendor signed this call to `url`; else raise InvalidSignature.

        Malformed, as here, from a vendor that sends no reports at all.
        """
        del url, form, signature
        raise Malformed(f"{self.kind} sends no reports")

    def parse_report(self, form: Mapping[str, str]) -> DeliveryReport:
        """Turn a verified call into a report; Malformed if it is none."""
        del form
        raise Malformed(f"{self.kind} sends no reports")


@dataclass(frozen=True)
class Rendered:
    """A message's texts, ready to go; html and subject are "" for texts."""

    text: str
    subject: str = ""
    html: str = ""
