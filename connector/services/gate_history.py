"""What was written to her lately, under all her names: for caps, order and priority."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from connector.domain.gate import TEXTS, WEEK
from connector.models import Contact, Flow, FlowState, Message, MessageState, Purpose
from connector.services import contacts, messages_plan

LEFT = (
    MessageState.INFLIGHT,
    MessageState.SENT,
    MessageState.UNKNOWN,
    MessageState.RESOLVING,
)


def lately(session: Session, message: Message, kin: Sequence[int], now: datetime) -> dict[str, Any]:
    """The gate's facts about her other messages, by their names in SendFacts."""
    history = _history(session, message, kin, now)
    left = [row for row in history if row.left and row.inflight_at is not None]
    others = [row for row in left if row.marketing and row.flow_id != message.flow_id]
    same_flow = [row for row in left if row.marketing and row.flow_id == message.flow_id]
    own = [row for row in same_flow if row.run_id == message.run_id]
    last = max(own, key=lambda row: row.inflight_at, default=None)
    there = _address(session, message)
    not_own = [row for row in same_flow if row.run_id != message.run_id]
    same_address = [row.inflight_at for row in not_own if row.address_hash == there]
    texts = [row for row in left if row.cart_id is not None and row.medium in TEXTS]
    return {
        "others_sent": tuple(row.inflight_at for row in others if row.inflight_at > now - WEEK),
        "own_last": (last.planned_for, last.inflight_at) if last else None,
        "address_last": max(same_address, default=None),
        "texts_about_cart": sum(row.cart_id == message.cart_id for row in texts),
        "outranked": any(_outranks(row, message, now) for row in history),
    }


def _address(session: Session, message: Message) -> bytes:
    """Where the message would go, as it is kept of those that left."""
    contact = session.get_one(Contact, message.contact_id)
    address = contacts.address_of(contact, message.medium)
    return contacts.address_hash(message.store_id, message.medium, address)


def _history(session: Session, message: Message, kin: Sequence[int], now: datetime) -> list[Any]:
    """Her other messages that wait, may have left within the week, or are of this run or cart."""
    waits = Message.state.in_(messages_plan.WAITING)
    about_cart = false() if message.cart_id is None else Message.cart_id == message.cart_id
    lately = or_(about_cart, Message.run_id == message.run_id, Message.inflight_at > now - WEEK)
    may_have_left = or_(Message.state.in_(LEFT), waits & Message.maybe_left)
    found = session.execute(
        select(
            Message.id,
            Message.run_id,
            Message.flow_id,
            Message.step_id,
            Message.cart_id,
            Message.medium,
            Message.priority,
            Message.planned_for,
            Message.due_at,
            Message.expires_at,
            Message.inflight_at,
            Message.address_hash,
            (Flow.state == FlowState.ON).label("flow_is_on"),
            (Message.purpose == Purpose.MARKETING).label("marketing"),
            may_have_left.label("left"),
        )
        .join(Flow, Flow.id == Message.flow_id)
        .where(or_(Message.contact_id.in_(kin), about_cart))
        .where(Message.id != message.id, or_(waits, may_have_left & lately))
    )
    return list(found)


def _outranks(row: Any, message: Message, now: datetime) -> bool:
    """A message of a higher flow that waits, and will not wait for longer than this one can.

    What is paused or off writes to nobody: others need not wait for it.
    """
    waits = row.marketing and row.flow_is_on and not row.left and row.expires_at > now
    in_time: bool = row.due_at < message.expires_at
    return waits and in_time and row.flow_id != message.flow_id and row.priority > message.priority
