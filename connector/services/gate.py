"""The gate's verdict on a message, and what becomes of the message by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from connector.domain.gate import Go, Never, NotBefore, Verdict, may_send
from connector.domain.settings import StoreSettings
from connector.models import Message, MessageState, Purpose, Store
from connector.services import gate_facts, journal, messages_plan


@dataclass(frozen=True)
class Judged:
    """A verdict, where the message would go and what it would cost."""

    verdict: Verdict
    address: str = ""
    cost_micros: int = 0


def judge(
    session: Session,
    store: Store,
    message: Message,
    channel: str,
    now: datetime,
    *,
    kin: Sequence[int],
    text: str = "",
) -> Judged:
    """May this message leave now; the caller holds the locks, or asks only to save work.

    `kin` are the contacts that share a name with her; `text` is what it says, once written.
    """
    if _overtaken(session, message):
        return Judged(Never(messages_plan.OVERTAKEN))
    facts = gate_facts.gather(session, store, message, channel, now, kin=kin, text=text)
    decided = may_send(facts, StoreSettings.of(store.settings), now)
    return Judged(decided, facts.address, facts.cost_micros)


def _overtaken(session: Session, message: Message) -> bool:
    """A message that was at the wire while the next step was planned; others were taken back."""
    tried = message.attempts > 0 and message.purpose is Purpose.MARKETING
    return tried and messages_plan.overtaken(session, message)


def apply(session: Session, message: Message, decided: Verdict, now: datetime) -> bool:
    """Put a claimed message back or away as was decided; True if it may go on.

    Where nothing can have left, another medium of its step may be tried.
    """
    match decided:
        case Go():
            return True
        case NotBefore(at, reason):
            _wait(session, message, at, reason, now)
        case Never(reason, elsewhere):
            _away(session, message, reason, now)
            if elsewhere:
                messages_plan.next_medium(session, message, now, reason)
    return False


def _wait(session: Session, message: Message, at: datetime, reason: str, now: datetime) -> None:
    if message.reason != reason:
        _tell(session, message, f"{message.medium} waits: {reason}", now)
    message.lease_token = message.lease_until = message.rung_until = None
    message.state, message.due_at, message.reason = MessageState.SCHEDULED, at, reason


def _away(session: Session, message: Message, reason: str, now: datetime) -> None:
    messages_plan.cancel(message, reason)
    again = " again" if message.maybe_left else ""
    _tell(session, message, f"{message.medium} not sent{again}: {reason}", now)


def _tell(session: Session, message: Message, text: str, now: datetime) -> None:
    about = journal.About(message.store_id, message.cart_id, message.contact_id, message.run_id)
    journal.note(session, about, "gate", text, now, message=message.id)
