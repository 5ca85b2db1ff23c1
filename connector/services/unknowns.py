"""Outcomes that nobody knows: what each vendor can still say of them, and what may be done.

NEVER: shown, and left as it is. FIND: the vendor is asked; what it shows was sent. LOOK_UP: what
it does not show never left, and is due again. SAME_KEY: due again while the vendor knows our
key. Rows are claimed as for sending (unknown -> resolving), so that two workers never do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.models import Attempt, Contact, Message, MessageState
from connector.ports.channel import Channel, Repeat, Trace
from connector.services import budgets, contacts, links, outcomes, reports
from connector.services.last_look import may_repeat
from connector.services.ledger import finish, lease, settled_at, tell

_ASKED_AFTER = (timedelta(minutes=15), timedelta(hours=1))  # after the first time
_GIVEN_UP_AFTER = timedelta(days=1)  # a vendor that does not answer
_ASK_AGAIN = timedelta(minutes=15)
_EARLIER = timedelta(minutes=5)  # vendors' clocks, and how they round


@dataclass(frozen=True)
class Doubt:
    """A message that this worker asks its vendor about."""

    message_id: int
    token: UUID
    channel: Channel
    key: str
    to: str
    since: datetime


def due(session: Session, message_id: int, lease_s: float, now: datetime) -> Message | None:
    """The message if its vendor may be asked now, locked; a young doubt is given time to settle."""
    message: Message | None = session.scalar(
        select(Message)
        .where(Message.id == message_id, Message.state == MessageState.UNKNOWN)
        .where(Message.resolvable, Message.due_at <= now)
        .with_for_update(skip_locked=True)
    )
    if message is None:
        return None
    message.rung_until = None
    if now < settled_at(message, lease_s):
        message.due_at = settled_at(message, lease_s)
        return None
    return message


def begin(
    session: Session, message: Message, channel: Channel | None, lease_s: float, now: datetime
) -> Doubt | None:
    """Settle what needs no call; else claim the message and say what to ask."""
    if message.provider_id:  # a report told it before the crash
        outcomes.prove(session, message, message.provider_id, now)
        session.flush()
        reports.catch_up(session, message)
        return None
    if channel is None or channel.repeat is Repeat.NEVER:
        message.resolvable = False
        return None
    _claim(session, message, lease_s, now)
    if channel.repeat is Repeat.SAME_KEY:
        _once_more(session, message, channel, lease_s, now)
        return None
    return _doubt(session, message, channel, now)


def _claim(session: Session, message: Message, lease_s: float, now: datetime) -> None:
    """Unknown -> resolving; when it is next asked is on disk first, so that no crash loops."""
    began = message.inflight_at or now
    later = next((began + after for after in _ASKED_AFTER if began + after > now), None)
    message.resolvable, message.due_at = later is not None, later or now
    message.state = MessageState.RESOLVING
    message.lease_token, message.lease_until = uuid4(), lease(lease_s)
    session.flush()


def _once_more(
    session: Session, message: Message, channel: Channel, lease_s: float, now: datetime
) -> None:
    """The vendor will not send twice what it knows by our key; what it forgot stays unknown."""
    if may_repeat(session, message, channel, lease_s):
        outcomes.not_sent(session, message, "tried again with the same key", now)
        tell(session, message, f"{message.medium}: tried again with the same key", now)
    else:
        _stays(message, "the vendor may have forgotten our key", final=True)


def _doubt(session: Session, message: Message, channel: Channel, now: datetime) -> Doubt | None:
    """None if it is not known any more where the message went: she changed it, or is forgotten."""
    contact = session.get_one(Contact, message.contact_id)
    to = contacts.address_of(contact, message.medium)
    if contacts.address_hash(message.store_id, message.medium, to) != message.address_hash:
        _stays(message, "the address is not known any more", final=True)
        return None
    first = session.scalar(
        select(func.min(Attempt.started_at)).where(Attempt.message_id == message.id)
    )
    token = message.lease_token
    if token is None:
        return None
    since = (first or message.inflight_at or now) - _EARLIER  # the vendor's time is the real one
    return Doubt(message.id, token, channel, str(message.key), to, since)


def conclude(session: Session, doubt: Doubt, traces: Sequence[Trace], now: datetime) -> None:
    """The vendor showed these: sent, never left, or still unknown."""
    message = _held(session, doubt)
    if message is None:
        return
    found = next((t for t in traces if _is_ours(session, message, t)), None)
    if found is not None:
        outcomes.prove(session, message, found.provider_id, now)
        session.flush()
        reports.catch_up(session, message)
    elif doubt.channel.repeat is Repeat.LOOK_UP and all(map(_is_anothers, traces)):
        message.maybe_left = False
        budgets.give_back(session, message)
        outcomes.not_sent(session, message, "the vendor says that it never left", now)
        tell(session, message, f"{message.medium}: the vendor says that it never left", now)
    else:
        _stays(message, "the vendor does not show it", final=not message.resolvable)


def _is_ours(session: Session, message: Message, trace: Trace) -> bool:
    """By our key where the vendor keeps it, else by the links that only this message has."""
    if trace.key:
        return trace.key == str(message.key)
    return links.belong(session, message, links.in_text(trace.text))


def _is_anothers(trace: Trace) -> bool:
    """True if it is known to be another message: without a mark of ours it might be this one."""
    return bool(trace.key or links.in_text(trace.text))


def unanswered(
    session: Session, doubt: Doubt, why: str, after: float | None, now: datetime
) -> None:
    """The vendor could not be asked: asked again later, for a day."""
    message = _held(session, doubt)
    if message is None:
        return
    message.due_at = now + max(_ASK_AGAIN, timedelta(seconds=after or 0))
    too_late = message.due_at > (message.inflight_at or now) + _GIVEN_UP_AFTER
    message.resolvable = not too_late
    _stays(message, why, final=too_late)


def unanswerable(session: Session, doubt: Doubt, why: str) -> None:
    """The vendor will never say: shown as unknown for good."""
    message = _held(session, doubt)
    if message is not None:
        _stays(message, why, final=True)


def _held(session: Session, doubt: Doubt) -> Message | None:
    """The message, unless a report or a late worker settled it meanwhile."""
    found: Message | None = session.scalar(
        select(Message)
        .where(Message.id == doubt.message_id, Message.lease_token == doubt.token)
        .where(Message.state == MessageState.RESOLVING)
        .with_for_update()
    )
    return found


def _stays(message: Message, why: str, *, final: bool) -> None:
    message.resolvable = message.resolvable and not final
    finish(message, MessageState.UNKNOWN, f"it may have left: {why}")
