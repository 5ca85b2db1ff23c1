"""Planning a message, and taking one back that has not left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.flows import SendStep
from connector.models import Message, MessageState, Purpose, Run
from connector.services import journal


def plan(session: Session, run: Run, step: SendStep, now: datetime) -> None:
    """Write the intent to send, once a run and step, whatever happens."""
    purpose = Purpose.TRANSACTIONAL if step.transactional else Purpose.MARKETING
    row = {
        "store_id": run.store_id,
        "run_id": run.id,
        "step_id": step.id,
        "contact_id": run.contact_id,
        "cart_id": run.cart_id,
        "medium": step.medium,
        "purpose": purpose,
        "template": step.template,
        "state": MessageState.SCHEDULED,
        "due_at": now,
        "expires_at": min(now, run.due_at) + step.within,
        "created_at": now,
    }
    made = session.scalar(
        insert(Message).values(row).on_conflict_do_nothing().returning(Message.id)
    )
    if made is not None:
        about = journal.About(run.store_id, run.cart_id, run.contact_id, run.id)
        text = f"Planned: {step.medium} “{step.template}”"
        journal.note(session, about, "message", text, now, message=made)


def cancel(message: Message, reason: str) -> None:
    """Cancel a message unless it has left or may have."""
    if message.state not in {MessageState.SCHEDULED, MessageState.CLAIMED}:
        return
    message.state, message.reason = MessageState.CANCELLED, reason
    message.lease_token = message.lease_until = None
