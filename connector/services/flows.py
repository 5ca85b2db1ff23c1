"""Flows and runs as rows: their definitions, who is in them, and what ends them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from connector.domain import flows as domain
from connector.domain.carts import CLOSED_STATES
from connector.domain.flows import Exit
from connector.models import (
    Cart,
    Errand,
    Flow,
    FlowState,
    FlowVersion,
    Message,
    MessageState,
    Purpose,
    Run,
    RunState,
    Store,
)
from connector.services import errands_plan, journal, messages_plan, tidying

GOING_ON = (RunState.ACTIVE, RunState.PENDING)
_MAX_STUMBLES = 5


def install(session: Session, store: Store, text: dict[str, Any], now: datetime) -> Flow:
    """Add a flow to a store, switched on; FlowError if its text is wrong."""
    definition = domain.read(text)
    flow = Flow(
        store_id=store.id,
        key=definition.key,
        name=definition.text.name,
        priority=definition.text.rules.priority,
    )
    session.add(flow)
    session.flush()
    session.add(
        FlowVersion(store_id=store.id, flow_id=flow.id, version=1, definition=text, created_at=now)
    )
    session.flush()
    return flow


def definition(session: Session, run: Run) -> domain.Flow:
    """The version of the flow that the run follows."""
    found = session.scalars(
        select(FlowVersion.definition).where(FlowVersion.id == run.version_id)
    ).one()
    return as_read(found)


def as_read(stored: dict[str, Any]) -> domain.Flow:
    """A stored definition, ready to run; each text is read once a process."""
    return _read(json.dumps(stored, sort_keys=True))


@lru_cache(maxsize=500)
def _read(text: str) -> domain.Flow:
    return domain.read(json.loads(text))


def running(session: Session, store_id: int) -> list[tuple[Flow, FlowVersion]]:
    """The flows that are on, with their newest version: the highest priority first."""
    rows = session.execute(
        select(Flow, FlowVersion)
        .join(
            FlowVersion,
            (FlowVersion.flow_id == Flow.id) & (FlowVersion.version == Flow.version),
        )
        .where(Flow.store_id == store_id, Flow.state == FlowState.ON)
        .order_by(Flow.priority.desc(), Flow.id)
    )
    return [(flow, version) for flow, version in rows]


def ask(session: Session, store_id: int, question: str) -> bool:
    """True if a flow that is on asks this of shoppers ("collections")."""
    versions = (version for _, version in running(session, store_id))
    return any(question in as_read(version.definition).questions for version in versions)


def active_runs(
    session: Session, contact_ids: Sequence[int], cart_id: int | None = None
) -> list[Run]:
    """Runs of locked contacts that go on, locked in the order of their ids."""
    about = true() if cart_id is None else Run.cart_id == cart_id
    rows = session.scalars(
        select(Run)
        .where(Run.contact_id.in_(contact_ids), Run.state.in_(GOING_ON), about)
        .order_by(Run.id)
        .with_for_update(key_share=True)
    )
    return list(rows)


def listening_run(session: Session, contact_ids: Sequence[int]) -> list[Run]:
    """The newest run that went through all its steps while its cart still waits, if any.

    Its order may come after the last step: the on-order branch is hers all the same.
    """
    rows = session.scalars(
        select(Run)
        .join(Cart, Cart.id == Run.cart_id)
        .where(Run.contact_id.in_(contact_ids), Run.state == RunState.FINISHED)
        .where(Run.order_id.is_(None), Cart.state.not_in(CLOSED_STATES))
        .order_by(Run.id.desc())
        .limit(1)
        .with_for_update(key_share=True, of=Run)
    )
    return list(rows)


def order_arrived(session: Session, run: Run, order_id: int, now: datetime) -> None:
    """The person ordered: the run's marketing and errands are off, its own branch begins.

    A run that had not begun has no branch to go to: there is nothing to thank for.
    """
    if run.state is RunState.PENDING:
        cancel(session, run, "the person has ordered", now)
        return
    run.state, run.ended_at, run.reason = RunState.ACTIVE, None, ""
    run.order_id, run.due_at, run.rung_until = order_id, now, None
    cancel_messages(session, run, "the person has ordered")
    tidying.end_now(session, run, now)
    flow = definition(session, run)
    before = [node.id for node in flow.nodes.values() if ended_by_order(flow, node.id)]
    not_told = (Errand.run_id == run.id) & Errand.step_id.in_(before)
    errands_plan.cancel(session, not_told, "the person has ordered")


def ended_by_order(flow: domain.Flow, step_id: str) -> bool:
    """True if the step belongs to a way that a run leaves when its order arrives."""
    node = flow.nodes.get(step_id)
    leaves = Exit.ORDER in flow.exits and not flow.stays_on_order
    return leaves and node is not None and node.branch == domain.STEPS


def wake(runs: Sequence[Run], now: datetime) -> None:
    """Let runs look around: something happened that they may have waited for."""
    for run in runs:
        if run.state is RunState.ACTIVE:
            run.due_at = min(run.due_at, now)


def left_by(session: Session, run: Run, how: Exit) -> bool:
    """True if such an event ends the run early."""
    return how in definition(session, run).exits


def cancel(session: Session, run: Run, reason: str, now: datetime) -> None:
    """Stop a run, all its marketing messages that have not left, and what it was to tell."""
    cancel_messages(session, run, reason)
    errands_plan.cancel(session, Errand.run_id == run.id, reason)
    end(session, run, RunState.CANCELLED, reason, now)


def cancel_messages(session: Session, run: Run, reason: str) -> None:
    """Cancel a run's marketing messages, each with the reason."""
    rows = session.scalars(
        select(Message)
        .where(Message.run_id == run.id, Message.purpose == Purpose.MARKETING)
        .order_by(Message.id)
        .with_for_update(key_share=True)
    )
    for message in rows:
        messages_plan.cancel(message, reason)


def stop_after_purchase(session: Session, contact_id: int, bought_at: datetime) -> None:
    """Take back what waits of her runs that are through their steps, where orders end them."""
    for message, run in _waiting(session, contact_id, Run.started_at <= bought_at):
        if left_by(session, run, Exit.ORDER):
            messages_plan.cancel(message, "the person has ordered")


def stop_about_order(
    session: Session, contact_id: int, order_id: int, reason: str, how: Exit | None = None
) -> None:
    """Take back her marketing that waits because of an order, where `how` ends its runs."""
    about_it = or_(Run.entry_order_id == order_id, Run.order_id == order_id)
    for message, run in _waiting(session, contact_id, about_it):
        if how is None or left_by(session, run, how):
            messages_plan.cancel(message, reason)


def _waiting(
    session: Session, contact_id: int, which: ColumnElement[bool]
) -> list[tuple[Message, Run]]:
    """A locked contact's marketing that has not left, of such runs, locked by id."""
    rows = session.execute(
        select(Message, Run)
        .join(Run, Run.id == Message.run_id)
        .where(
            Message.contact_id == contact_id,
            Message.purpose == Purpose.MARKETING,
            Message.state.in_((MessageState.SCHEDULED, MessageState.CLAIMED)),
            which,
        )
        .order_by(Message.id)
        .with_for_update(of=Message)
    )
    return [(message, run) for message, run in rows]


def end(session: Session, run: Run, state: RunState, reason: str, now: datetime) -> None:
    """Close a run for good."""
    run.state, run.reason, run.ended_at, run.rung_until = state, reason, now, None
    if state is not RunState.FINISHED:
        tidying.end_now(session, run, now)
    journal.note(session, about(run), "flow", f"The flow ended: {reason}", now)


def about(run: Run) -> journal.About:
    """The journal's heading for a run."""
    return journal.About(run.store_id, run.cart_id, run.contact_id, run.id)


def stumbled(session: Session, run_id: int, error: str, now: datetime) -> None:
    """A step crashed: tried again with growing pauses, then the run is marked as failed."""
    run = session.scalar(
        select(Run).where(Run.id == run_id, Run.state.in_(GOING_ON)).with_for_update()
    )
    if run is None:
        return
    run.errors, run.rung_until = run.errors + 1, None
    if run.errors < _MAX_STUMBLES:
        run.due_at = now + timedelta(minutes=1 << run.errors)
    else:
        cancel_messages(session, run, "a step of its flow failed")
        end(session, run, RunState.FAILED, f"a step failed ({error})", now)
