"""Planning a message, its next medium, and taking one back that has not left."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain import flows as domain
from connector.domain.flows import Flow
from connector.domain.flows.sending import Sending
from connector.models import FlowVersion, Message, MessageState, Purpose, Run, RunState
from connector.services import journal

WAITING = (MessageState.SCHEDULED, MessageState.CLAIMED)
WITHOUT_EFFECT = (MessageState.CANCELLED, MessageState.DEAD, MessageState.FAILED)
OVERTAKEN = "overtaken by the next step"


def plan(
    session: Session, run: Run, flow: Flow, step_id: str, send: Sending, now: datetime
) -> None:
    """Write the intent to send, once a run and step, whatever happens.

    A marketing message takes back the run's earlier ones that wait: steps never stack.
    """
    planned_for = run.entered_step_at
    row = {
        "store_id": run.store_id,
        "run_id": run.id,
        "step_id": step_id,
        "flow_id": run.flow_id,
        "contact_id": run.contact_id,
        "cart_id": run.cart_id,
        "medium": send.media[0],
        "purpose": Purpose.TRANSACTIONAL if send.transactional else Purpose.MARKETING,
        "template": send.template,
        "priority": flow.text.rules.priority,
        "variants": dict(run.variants),
        "has_offer": flow.offer_at(step_id) is not None,
        "planned_for": planned_for,
        "due_at": now,
        "expires_at": planned_for + timedelta(hours=send.within_hours),
        "created_at": now,
    }
    made = _insert(session, row)
    if made is None:
        return
    if not send.transactional:
        _overtake(session, run, step_id)
    _tell(session, run, made, f"Planned: {send.media[0]} “{send.template}”", now)


def next_medium(session: Session, message: Message, now: datetime, reason: str) -> bool:
    """Plan the step's message for its next medium, now that this one is certainly without effect.

    False if there is no other medium, it is too late, or the run has gone on without it.
    """
    session.flush()
    run = session.get_one(Run, message.run_id)
    if message.maybe_left or message.state not in WITHOUT_EFFECT or now >= message.expires_at:
        return False
    if message.purpose is Purpose.MARKETING and not _waits_for_it(session, run, message):
        return False
    medium = _medium_after(session, run, message)
    made = _insert(session, _by(message, medium, now)) if medium else None
    if made is None:
        return False
    text = f"Planned: {medium} “{message.template}” instead of {message.medium} ({reason})"
    _tell(session, run, made, text, now)
    return True


def _waits_for_it(session: Session, run: Run, message: Message) -> bool:
    """True while the run goes on, or ended well, and no later message took this one's place."""
    going = (run.state is RunState.ACTIVE and run.order_id is None) or ended_well(run)
    return going and not overtaken(session, message)


def overtaken(session: Session, message: Message) -> bool:
    """True if a later step's marketing message took this one's place."""
    later = select(Message.id).where(
        Message.run_id == message.run_id,
        Message.step_id != message.step_id,
        Message.id > message.id,
        Message.purpose == Purpose.MARKETING,
        Message.state.not_in(WITHOUT_EFFECT),
    )
    return session.scalar(later.limit(1)) is not None


def ended_well(run: Run) -> bool:
    """True if the run went through all its steps: its last message stays in the post."""
    return run.state is RunState.FINISHED and run.order_id is None


def _medium_after(session: Session, run: Run, message: Message) -> str:
    """The step's next medium in order of preference; "" if there is none."""
    definition = session.get_one(FlowVersion, run.version_id).definition
    node = domain.read(definition).nodes.get(message.step_id)
    if node is None or not isinstance(node.step, Sending) or message.medium not in node.step.media:
        return ""
    left = node.step.media[node.step.media.index(message.medium) + 1 :]
    return left[0] if left else ""


def _by(message: Message, medium: str, now: datetime) -> dict[str, Any]:
    """The same message by another medium: in its own name, to be written anew."""
    same = (
        *("store_id", "run_id", "step_id", "flow_id", "contact_id", "cart_id", "purpose"),
        *("template", "priority", "variants", "has_offer", "no_offer"),
        *("planned_for", "expires_at"),
    )
    kept = {name: getattr(message, name) for name in same}
    return {**kept, "medium": medium, "due_at": now, "created_at": now}


def _insert(session: Session, row: dict[str, Any]) -> int | None:
    """None if the step has a message by this medium, or one that may have left."""
    fresh = {"state": MessageState.SCHEDULED, **row}
    return session.scalar(
        insert(Message).values(fresh).on_conflict_do_nothing().returning(Message.id)
    )


def _overtake(session: Session, run: Run, step_id: str) -> None:
    rows = session.scalars(
        select(Message)
        .where(Message.run_id == run.id, Message.purpose == Purpose.MARKETING)
        .where(Message.step_id != step_id, Message.state.in_(WAITING))
        .order_by(Message.id)
        .with_for_update(key_share=True)
    )
    for message in rows:
        cancel(message, OVERTAKEN)


def cancel(message: Message, reason: str) -> None:
    """Cancel a message unless it has left or may have: doubt stays to be seen."""
    if message.state not in WAITING:
        return
    message.lease_token = message.lease_until = message.rung_until = None
    if not message.maybe_left:
        message.state, message.reason = MessageState.CANCELLED, reason
        return
    message.state, message.resolvable = MessageState.UNKNOWN, False
    message.reason = f"it may have left, and is not tried again: {reason}"


def _tell(session: Session, run: Run, message_id: int, text: str, now: datetime) -> None:
    about = journal.About(run.store_id, run.cart_id, run.contact_id, run.id)
    journal.note(session, about, "message", text, now, message=message_id)
