"""The way of one message: claimed, checked under the locks, tried once, recorded.

Three short transactions with the vendor's call between them. `inflight` is on disk before a
byte leaves, so that a crash shows as unknown and never becomes a second message.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from connector.errors import AdapterError, OutcomeUnknown
from connector.models import Attempt, Message, MessageState, Run, Store
from connector.ports.channel import Channel, Outgoing
from connector.services import budgets, contacts, gate, last_look, messages_plan, outcomes
from connector.services.ledger import Held, Outcome, finish, lease, tell

_MAX_STUMBLES = 3
_STUMBLE_PAUSE = timedelta(minutes=15)


def claim(session: Session, message_id: int, lease_s: float, now: datetime) -> Message | None:
    """Take a due message for this worker alone: scheduled -> claimed. None if it is not due."""
    claimed: Message | None = session.scalar(
        update(Message)
        .where(Message.id == message_id, Message.state == MessageState.SCHEDULED)
        .where(Message.due_at <= now)
        .values(
            state=MessageState.CLAIMED,
            lease_token=uuid4(),
            lease_until=lease(lease_s),
            rung_until=None,
        )
        .returning(Message)
    )
    return claimed


def release(session: Session, message_id: int, token: UUID, reason: str, due_at: datetime) -> None:
    """Put a message back that this worker holds: nothing had left."""
    message = session.scalar(
        select(Message)
        .where(Message.id == message_id, Message.lease_token == token)
        .where(Message.state.in_((MessageState.CLAIMED, MessageState.INFLIGHT)))
        .with_for_update()
    )
    if message is None:
        return
    if not message.maybe_left:
        budgets.give_back(session, message)
    message.due_at = due_at
    finish(message, MessageState.SCHEDULED, reason)


def broken(
    session: Session, message_id: int, token: UUID | None, reason: str, now: datetime
) -> None:
    """A message could not be written: tried again twice, then given up with the reason.

    Without a token it is one that could not even be claimed.
    """
    held = (
        Message.state == MessageState.SCHEDULED
        if token is None
        else (Message.state == MessageState.CLAIMED) & (Message.lease_token == token)
    )
    message = session.scalar(
        select(Message).where(Message.id == message_id, held).with_for_update()
    )
    if message is None:
        return
    message.stumbles += 1
    said = f"it could not be written ({reason})"
    if message.stumbles < _MAX_STUMBLES:
        message.due_at = now + _STUMBLE_PAUSE
        finish(message, MessageState.SCHEDULED, said)
    elif message.maybe_left:
        messages_plan.cancel(message, said)
    else:
        finish(message, MessageState.DEAD, said)
        tell(session, message, f"{message.medium} given up: {said}", now)


def final_check(session: Session, store_id: int, held: Held, now: datetime) -> int | None:
    """Decide under the order's locks; claimed -> inflight and the attempt's number, or None.

    Locks contacts by id, then the run, then the message: the order of `orders.record`, so
    that either the purchase is seen here or the message counts as before it.
    """
    store = session.get_one(  # an uninstall waits, or is seen
        Store, store_id, with_for_update={"read": True}, populate_existing=True
    )
    locked = _lock(session, held)
    if locked is None:
        return None
    message, kin = locked
    judged = last_look.decide(session, store, message, held, kin, now)
    if not gate.apply(session, message, judged.verdict, now):
        return None
    return _begin(session, message, held, judged.address, now)


def _lock(session: Session, held: Held) -> tuple[Message, list[int]] | None:
    """The message if it is still this worker's, and the contacts under whose locks it is."""
    owner = session.execute(
        select(Message.contact_id, Message.run_id).where(Message.id == held.message_id)
    ).one_or_none()
    if owner is None:
        return None
    kin = contacts.kin(session, owner.contact_id)
    contacts.lock(session, kin)
    session.scalars(select(Run).where(Run.id == owner.run_id).with_for_update(key_share=True)).one()
    message = session.scalar(
        select(Message)
        .where(
            Message.id == held.message_id,
            Message.lease_token == held.token,
            Message.state == MessageState.CLAIMED,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (message, kin) if message is not None else None


def _begin(session: Session, message: Message, held: Held, address: str, now: datetime) -> int:
    message.state, message.inflight_at = MessageState.INFLIGHT, now
    message.attempts += 1
    message.provider, message.reason = held.channel.kind, ""
    message.address_hash = contacts.address_hash(message.store_id, message.medium, address)
    message.lease_until = lease(held.lease_s)
    attempt = Attempt(
        store_id=message.store_id,
        message_id=message.id,
        number=message.attempts,
        lease_token=held.token,
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


def record(session: Session, held: Held, outcome: Outcome, now: datetime) -> Message | None:
    """Complete the attempt, and the message: also when its lease was over meanwhile."""
    session.execute(
        update(Attempt)
        .where(Attempt.message_id == held.message_id, Attempt.lease_token == held.token)
        .where(Attempt.outcome.is_(None))
        .values(outcome=outcome.name, detail=outcome.detail, finished_at=func.clock_timestamp())
    )
    message = session.scalar(select(Message).where(Message.id == held.message_id).with_for_update())
    if message is None:
        return None
    if message.lease_token == held.token and message.state is MessageState.INFLIGHT:
        outcomes.settle(session, message, held, outcome, now)
    else:
        outcomes.late(session, message, outcome, now)
    return message
