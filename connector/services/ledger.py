"""The words of the send ledger: who holds a message, what came of an attempt, how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from connector.errors import AdapterError
from connector.models import Message, MessageState
from connector.ports.channel import Channel, Receipt
from connector.services import journal

_SETTLES = timedelta(minutes=2)  # until a vendor shows what it took, after the last lease ended
# With these outcomes nothing is at the vendor: it did not learn our key either.
CERTAINLY_NOT = ("NotSent", "Disconnected", "Refused")


@dataclass(frozen=True)
class Held:
    """A message in a worker's hands: its lease, its way out, and its text once it is written."""

    message_id: int
    token: UUID
    channel: Channel
    lease_s: float
    text: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt: a receipt, or the error that says what may be done."""

    receipt: Receipt | None = None
    error: AdapterError | None = None

    @property
    def name(self) -> str:
        """For the ledger: "sent", or the error's kind."""
        return "sent" if self.receipt else type(self.error).__name__

    @property
    def detail(self) -> str:
        """For the ledger: the vendor's id, or what it said."""
        if self.receipt:
            return self.receipt.provider_id
        return self.error.detail if self.error else ""


def lease(seconds: float) -> ColumnElement[datetime]:
    """So long from now, on the database's clock."""
    return func.clock_timestamp() + text(f"interval '{float(seconds)} seconds'")


def settled_at(message: Message, lease_s: float) -> datetime:
    """From when on a vendor's answer about an open outcome can be believed (product time)."""
    began = message.inflight_at or message.due_at
    return began + timedelta(seconds=lease_s) + _SETTLES


def finish(message: Message, state: MessageState, reason: str) -> None:
    """Give a state that no worker holds."""
    message.state, message.reason = state, reason
    message.lease_token = message.lease_until = message.rung_until = None


def tell(session: Session, message: Message, text_: str, now: datetime) -> None:
    """Tell the story of a message."""
    about = journal.About(message.store_id, message.cart_id, message.contact_id, message.run_id)
    journal.note(session, about, "message", text_, now, message=message.id)
