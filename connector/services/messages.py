"""The way of one message: claimed, checked under the locks, tried once, recorded.

Three short transactions with the vendor's call between them. `inflight` is on disk before a
byte leaves, so that a crash shows as unknown and never becomes a second message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from connector.errors import (
    AdapterError,
    Disconnected,
    NotSent,
    OutcomeUnknown,
    Refused,
    Scope,
)
from connector.models import (
    Attempt,
    ChannelAccount,
    Contact,
    Message,
    MessageState,
    Run,
    Store,
)
from connector.ports.channel import Channel, Outgoing, Receipt
from connector.services import contacts, gate, journal

_MAX_STUMBLES = 3
_DOUBLINGS = 8
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=10)
_CHANNEL_PAUSE = timedelta(minutes=15)


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


def claim(session: Session, message_id: int, lease_s: float, now: datetime) -> Message | None:
    """Take a due message for this worker alone: scheduled -> claimed. None if it is not due."""
    claimed: Message | None = session.scalar(
        update(Message)
        .where(Message.id == message_id, Message.state == MessageState.SCHEDULED)
        .where(Message.due_at <= now)
        .values(
            state=MessageState.CLAIMED,
            lease_token=uuid4(),
            lease_until=_lease(lease_s),
            rung_until=None,
        )
        .returning(Message)
    )
    return claimed


def _lease(lease_s: float):  # type: ignore[no-untyped-def]  # an SQL expression
    return func.clock_timestamp() + text(f"interval '{float(lease_s)} seconds'")


def release(session: Session, message_id: int, token: UUID, reason: str, due_at: datetime) -> None:
    """Put a claimed message back: nothing had left."""
    session.execute(
        update(Message)
        .where(Message.id == message_id, Message.lease_token == token)
        .where(Message.state.in_((MessageState.CLAIMED, MessageState.INFLIGHT)))
        .values(
            state=MessageState.SCHEDULED,
            lease_token=None,
            lease_until=None,
            rung_until=None,
            reason=reason,
            due_at=due_at,
        )
    )


def broken(session: Session, message_id: int, token: UUID, reason: str, now: datetime) -> None:
    """A claimed message could not be written: tried again twice, then given up with the reason."""
    message = session.scalar(
        select(Message)
        .where(Message.id == message_id, Message.lease_token == token)
        .where(Message.state == MessageState.CLAIMED)
        .with_for_update()
    )
    if message is None:
        return
    message.attempts += 1
    said = f"it could not be written ({reason})"
    if message.attempts < _MAX_STUMBLES:
        _again(message, said, now + _CHANNEL_PAUSE)
        return
    _finish(message, MessageState.DEAD, said)
    text_ = f"{message.medium} given up: {said}"
    journal.note(session, _about(message), "message", text_, now, message=message.id)


def final_check(
    session: Session, store: Store, message_id: int, token: UUID, channel: str, lease_s: float,
    now: datetime,
) -> int | None:  # fmt: skip
    """Decide under the order's locks; claimed -> inflight and the attempt's number, or None.

    Locks contacts by id, then the run, then the message: the order of `orders.record`, so
    that either the purchase is seen here or the message counts as before it.
    """
    session.refresh(store, with_for_update={"read": True})  # an uninstall waits, or is seen
    message = _lock(session, message_id, token)
    if message is None:
        return None
    decided = gate.verdict(session, store, message, channel, now)
    if not gate.apply(session, message, decided, now):
        return None
    return _begin(session, message, channel, lease_s, now)


def _lock(session: Session, message_id: int, token: UUID) -> Message | None:
    known = session.get(Message, message_id)
    if known is None:
        return None
    contacts.lock(session, contacts.kin(session, known.contact_id))
    session.scalars(select(Run).where(Run.id == known.run_id).with_for_update(key_share=True)).one()
    locked: Message | None = session.scalar(
        select(Message)
        .where(
            Message.id == message_id,
            Message.lease_token == token,
            Message.state == MessageState.CLAIMED,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return locked


def _begin(session: Session, message: Message, channel: str, lease_s: float, now: datetime) -> int:
    message.state, message.inflight_at = MessageState.INFLIGHT, now
    message.attempts += 1
    message.provider, message.reason = channel, ""
    contact = session.get_one(Contact, message.contact_id)
    address = contacts.address_of(contact, message.medium)
    message.address_hash = contacts.address_hash(message.store_id, message.medium, address)
    message.lease_until = _lease(lease_s)
    attempt = Attempt(
        store_id=message.store_id,
        message_id=message.id,
        number=message.attempts,
        lease_token=message.lease_token,
    )
    session.add(attempt)
    session.flush()
    return message.attempts


def attempt(channel: Channel, outgoing: Outgoing) -> Outcome:
    """The call itself; whatever is not understood counts as "may have left"."""
    try:
        return Outcome(receipt=channel.send(outgoing))
    except AdapterError as error:
        return Outcome(error=error)
    except Exception as error:  # noqa: BLE001 - silence means "it may have left"
        return Outcome(error=OutcomeUnknown(f"unexpected {type(error).__name__}"))


def record(session: Session, message_id: int, token: UUID, outcome: Outcome, now: datetime) -> None:
    """Complete the attempt, and the message unless somebody else has it by now."""
    session.execute(
        update(Attempt)
        .where(Attempt.message_id == message_id, Attempt.lease_token == token)
        .where(Attempt.outcome.is_(None))
        .values(outcome=outcome.name, detail=outcome.detail, finished_at=func.clock_timestamp())
    )
    message = session.scalar(
        select(Message)
        .where(Message.id == message_id)
        .where((Message.lease_token == token) | (Message.state == MessageState.UNKNOWN))
        .with_for_update()
    )
    if message is not None:
        _settle(session, message, outcome, now)


def _settle(session: Session, message: Message, outcome: Outcome, now: datetime) -> None:
    if outcome.receipt is not None:
        sent(session, message, outcome.receipt.provider_id, now)
        return
    match outcome.error:
        case NotSent(after=after):
            _again(message, outcome.detail, now + _pause(message.attempts, after))
        case Disconnected():
            _pause_channel(session, message, outcome.detail, now)
            _again(message, outcome.detail, now + _CHANNEL_PAUSE)
        case Refused(scope=scope):
            _refused(session, message, outcome.detail, scope, now)
        case _:
            _unknown(session, message, outcome.detail, now)


def sent(session: Session, message: Message, provider_id: str, now: datetime) -> None:
    """The vendor has it."""
    message.provider_id, message.sent_at = provider_id, message.inflight_at or now
    _finish(message, MessageState.SENT, "")
    _pause_channel(session, message, "", now)
    text_ = f"Sent: {message.medium} “{message.template}”"
    journal.note(session, _about(message), "message", text_, now, message=message.id)


def _again(message: Message, reason: str, due_at: datetime) -> None:
    message.due_at = due_at
    _finish(message, MessageState.SCHEDULED, reason)


def _pause(attempts: int, after: float | None) -> timedelta:
    """How long to wait: growing, and never shorter than the vendor asked for."""
    grown = min(_FIRST_PAUSE * (1 << min(max(0, attempts - 1), _DOUBLINGS)), _LONGEST_PAUSE)
    return max(grown, timedelta(seconds=after or 0))


def _refused(session: Session, message: Message, detail: str, scope: Scope, now: datetime) -> None:
    if scope is not Scope.MESSAGE:
        contact = session.get_one(Contact, message.contact_id)
        address = contacts.address_of(contact, message.medium)
        reason = "opted out at the vendor" if scope is Scope.OPT_OUT else "bad address"
        contacts.suppress(session, message.store_id, message.medium, address, reason, now)
    _finish(message, MessageState.DEAD, detail)
    text_ = f"{message.medium} refused: {detail}"
    journal.note(session, _about(message), "message", text_, now, message=message.id)


def _pause_channel(session: Session, message: Message, why: str, now: datetime) -> None:
    """Nothing more goes out this way for an hour; "" as the reason ends the pause."""
    session.execute(
        update(ChannelAccount)
        .where(ChannelAccount.store_id == message.store_id, ChannelAccount.kind == message.provider)
        .values(paused=why, paused_at=now)
    )


def _unknown(session: Session, message: Message, detail: str, now: datetime) -> None:
    _finish(message, MessageState.UNKNOWN, f"it may have left: {detail}")
    text_ = f"{message.medium} may or may not have left: {detail}"
    journal.note(session, _about(message), "message", text_, now, message=message.id)


def _finish(message: Message, state: MessageState, reason: str) -> None:
    message.state, message.reason = state, reason
    message.lease_token = message.lease_until = message.rung_until = None


def _about(message: Message) -> journal.About:
    return journal.About(message.store_id, message.cart_id, message.contact_id, message.run_id)
