"""What an outcome means for the message, the money and the channel."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import true, update
from sqlalchemy.orm import Session

from connector.errors import Disconnected, NotSent, Refused, Scope
from connector.models import ChannelAccount, Message, MessageState
from connector.ports.channel import Repeat
from connector.services import budgets, contacts, messages_plan
from connector.services.ledger import Held, Outcome, finish, lease, settled_at, tell

_DOUBLINGS = 8
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=10)
_CHANNEL_PAUSE = timedelta(minutes=15)
_OPEN = (MessageState.UNKNOWN, MessageState.RESOLVING)


def settle(session: Session, message: Message, held: Held, outcome: Outcome, now: datetime) -> None:
    """The attempt of this worker, in its time."""
    if outcome.receipt is not None:
        sent(session, message, outcome.receipt.provider_id, now)
        return
    match outcome.error:
        case NotSent(after=after):
            not_sent(session, message, outcome.detail, now + _pause(message.attempts, after))
        case Disconnected():
            _pause_channel(session, message, outcome.detail, now)
            not_sent(session, message, outcome.detail, now + _CHANNEL_PAUSE)
        case Refused(scope=scope):
            _refused(session, message, outcome.detail, scope, now)
        case _:
            _unknown(session, message, held, outcome.detail, now)


def late(session: Session, message: Message, outcome: Outcome, now: datetime) -> None:
    """A worker woke up after its lease: its receipt is proof, a sure "no" ends the doubt."""
    if outcome.receipt is not None:
        prove(session, message, outcome.receipt.provider_id, now)
        return
    if message.state not in _OPEN or message.attempts > 1:  # another attempt may be in doubt
        return
    if isinstance(outcome.error, Refused):
        budgets.give_back(session, message)
        failed(session, message, outcome.detail, now)
    elif isinstance(outcome.error, NotSent | Disconnected):
        _move(session, message, MessageState.RESOLVING)
        message.maybe_left = False
        not_sent(session, message, outcome.detail, now + _FIRST_PAUSE)


def prove(session: Session, message: Message, provider_id: str, at: datetime) -> None:
    """The vendor has the message, whatever was thought of it; nothing if that was known."""
    if message.state in messages_plan.WAITING and message.attempts:
        _move(session, message, MessageState.UNKNOWN)
    if message.state in _OPEN:
        sent(session, message, provider_id, at)


def _move(session: Session, message: Message, state: MessageState) -> None:
    """By a state that the database allows on the way to the next."""
    if message.state is state:
        return
    finish(message, state, message.reason)
    if state is MessageState.RESOLVING:
        message.lease_token, message.lease_until = uuid4(), lease(0)
    session.flush()


def sent(session: Session, message: Message, provider_id: str, now: datetime) -> None:
    """The vendor has it."""
    message.provider_id, message.sent_at = provider_id, message.inflight_at or now
    message.maybe_left = message.resolvable = False
    finish(message, MessageState.SENT, "")
    _pause_channel(session, message, "", now)
    tell(session, message, f"Sent: {message.medium} “{message.template}”", now)


def failed(session: Session, message: Message, reason: str, now: datetime) -> None:
    """The vendor says that it did not arrive: what it cost stays spent, a next medium may try."""
    if message.state is MessageState.RESOLVING:
        _move(session, message, MessageState.UNKNOWN)
    if message.attempts == 1:
        message.maybe_left = False  # the only one that was in doubt
    message.resolvable = False
    finish(message, MessageState.FAILED, reason)
    tell(session, message, f"{message.medium}: {reason}", now)
    messages_plan.next_medium(session, message, now, reason)


def not_sent(session: Session, message: Message, reason: str, due_at: datetime) -> None:
    """This attempt certainly did not leave: it is due again, through the whole gate."""
    if not message.maybe_left:
        budgets.give_back(session, message)
    message.due_at, message.resolvable = due_at, False
    finish(message, MessageState.SCHEDULED, reason)


def _pause(attempts: int, after: float | None) -> timedelta:
    """How long to wait: growing, and never shorter than the vendor asked for."""
    grown = min(_FIRST_PAUSE * (1 << min(max(0, attempts - 1), _DOUBLINGS)), _LONGEST_PAUSE)
    return max(grown, timedelta(seconds=after or 0))


def _refused(session: Session, message: Message, detail: str, scope: Scope, now: datetime) -> None:
    if scope is not Scope.MESSAGE and message.address_hash is not None:
        reason = "opted out at the vendor" if scope is Scope.OPT_OUT else contacts.BAD_ADDRESS
        contacts.suppress_hash(
            session, message.store_id, message.medium, message.address_hash, reason, now
        )
    tell(session, message, f"{message.medium} refused: {detail}", now)
    if message.maybe_left:
        finish(message, MessageState.UNKNOWN, f"it may have left before; now refused: {detail}")
        return
    budgets.give_back(session, message)
    finish(message, MessageState.DEAD, detail)
    messages_plan.next_medium(session, message, now, detail)


def _pause_channel(session: Session, message: Message, why: str, now: datetime) -> None:
    """Nothing more goes out this way for an hour; "" as the reason ends the pause."""
    account = (ChannelAccount.store_id == message.store_id) & (
        ChannelAccount.kind == message.provider
    )
    session.execute(
        update(ChannelAccount)
        .where(account, true() if why else ChannelAccount.paused != "")
        .values(paused=why, paused_at=now)
    )


def _unknown(session: Session, message: Message, held: Held, detail: str, now: datetime) -> None:
    message.maybe_left = True
    message.resolvable = held.channel.repeat is not Repeat.NEVER
    message.due_at = settled_at(message, held.lease_s)
    finish(message, MessageState.UNKNOWN, f"it may have left: {detail}")
    tell(session, message, f"{message.medium} may or may not have left: {detail}", now)
