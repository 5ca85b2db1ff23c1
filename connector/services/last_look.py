"""The last look at a message, under the locks: what may only be counted or taken there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.domain.gate import Go, Never, NotBefore, Verdict
from connector.models import Attempt, Message, Store
from connector.ports.channel import Channel, Repeat
from connector.services import budgets, gate, offers
from connector.services.gate import Judged
from connector.services.ledger import CERTAINLY_NOT, Held, lease


def decide(
    session: Session, store: Store, message: Message, held: Held, kin: list[int], now: datetime
) -> Judged:
    """The gate's verdict; then what may only be counted, or taken, by whoever holds the locks."""
    if not may_repeat(session, message, held.channel, held.lease_s):
        return Judged(Never("the vendor may have forgotten our key"))
    judged = gate.judge(session, store, message, held.channel.kind, now, kin=kin, text=held.text)
    if not isinstance(judged.verdict, Go):
        return judged
    decided = _offer_stands(session, store, message, kin, now)
    cost = judged.cost_micros
    if isinstance(decided, Go) and not budgets.reserve(session, store, message, cost, now):
        decided = Never("the month's cap for texts is used up", elsewhere=True)
    return replace(judged, verdict=decided)


def may_repeat(session: Session, message: Message, channel: Channel, call_s: float) -> bool:
    """False for a message that may have left, once its vendor may not know our key any more.

    Vendors live in real time: counted on the database's clock from the first doubtful attempt.
    """
    if not message.maybe_left:
        return True
    if channel.repeat is not Repeat.SAME_KEY or message.provider != channel.kind:
        return False
    doubtful = Attempt.outcome.is_(None) | Attempt.outcome.not_in(CERTAINLY_NOT)
    first = select(func.min(Attempt.started_at)).where(Attempt.message_id == message.id, doubtful)
    oldest = lease(call_s - channel.key_ttl.total_seconds())
    return bool(session.scalar(select(first.scalar_subquery() > oldest)))


def _offer_stands(
    session: Session, store: Store, message: Message, kin: list[int], now: datetime
) -> Verdict:
    """The guard, counted under the locks: two flows at once give one person no more than one."""
    promise = offers.promised(session, message) if message.has_offer else None
    why_not = promise and offers.refusal(session, store, message, promise, kin, now)
    if promise is None or not why_not:
        return Go()
    if offers.withdraw(session, message, promise, why_not, now):
        return NotBefore(now, "it is written anew, without an offer")
    return Never(f"no offer: {why_not}")
