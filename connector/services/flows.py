"""Runs: who enters a flow, what a run does next, and what ends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain import flows as domain
from connector.domain.carts import CLOSED_STATES
from connector.domain.flows import Finish, GoTo, Plan, RunFacts, WaitUntil
from connector.models import (
    Cart,
    Contact,
    Flow,
    FlowVersion,
    Message,
    Purpose,
    Run,
    RunState,
    Store,
)
from connector.services import journal, messages_plan

_MAX_STUMBLES = 5
_MAX_MOVES = 50  # a flow of shipped size never needs as many in one go


def install(session: Session, store: Store, text: dict[str, Any], now: datetime) -> Flow:
    """Add a flow to a store, switched on; FlowError if its text is wrong."""
    definition = domain.read(text)
    flow = Flow(store_id=store.id, key=definition.key, name=definition.name)
    session.add(flow)
    session.flush()
    session.add(
        FlowVersion(store_id=store.id, flow_id=flow.id, version=1, definition=text, created_at=now)
    )
    session.flush()
    return flow


def enter(
    session: Session, store: Store, trigger: str, cart: Cart, contact: Contact, now: datetime
) -> Run | None:
    """Begin a run of the first active flow with this trigger; None if she is in it already.

    The contact is locked by the caller, so that no order slips in between.
    """
    for flow, version in _active_flows(session, store.id):
        definition = domain.read(version.definition)
        start = domain.entry(definition)
        if definition.trigger != trigger or isinstance(start, Finish):
            continue
        return _begin(session, flow, version, cart, contact, start, now)
    return None


def _active_flows(session: Session, store_id: int) -> list[tuple[Flow, FlowVersion]]:
    rows = session.execute(
        select(Flow, FlowVersion)
        .join(
            FlowVersion,
            (FlowVersion.flow_id == Flow.id) & (FlowVersion.version == Flow.version),
        )
        .where(Flow.store_id == store_id, Flow.active)
        .order_by(Flow.id)
    )
    return [(flow, version) for flow, version in rows]


def _begin(
    session: Session,
    flow: Flow,
    version: FlowVersion,
    cart: Cart,
    contact: Contact,
    start: GoTo,
    now: datetime,
) -> Run | None:
    row = {
        "store_id": flow.store_id,
        "flow_id": flow.id,
        "version_id": version.id,
        "contact_id": contact.id,
        "cart_id": cart.id,
        "entry_key": f"cart:{cart.id}",
        "state": RunState.ACTIVE,
        "step_id": start.step_id,
        "branch": start.branch,
        "entered_step_at": now,
        "started_at": cart.activity_at,
        "due_at": now,
    }
    run_id = session.scalar(insert(Run).values(row).on_conflict_do_nothing().returning(Run.id))
    about = journal.About(flow.store_id, cart.id, contact.id, run_id)
    if run_id is None:
        journal.note(session, about, "flow", "Not begun again: she is or was in it", now)
        return None
    journal.note(session, about, "flow", f"Entered the flow “{flow.name}”", now)
    return session.get_one(Run, run_id)


def active_runs(
    session: Session, contact_ids: Sequence[int], cart_id: int | None = None
) -> list[Run]:
    """Active runs of locked contacts, locked in the order of their ids."""
    wanted = [Run.contact_id.in_(contact_ids), Run.state == RunState.ACTIVE]
    if cart_id is not None:
        wanted.append(Run.cart_id == cart_id)
    rows = session.scalars(
        select(Run).where(*wanted).order_by(Run.id).with_for_update(key_share=True)
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


def advance(session: Session, run_id: int, now: datetime) -> Run | None:
    """Take a due run as far as it goes: rows only, until it waits or ends."""
    run = session.scalar(
        select(Run)
        .where(Run.id == run_id, Run.state == RunState.ACTIVE, Run.due_at <= now)
        .with_for_update(key_share=True)
    )
    if run is None:
        return None
    run.rung_until = None
    flow = domain.read(session.get_one(FlowVersion, run.version_id).definition)
    for _ in range(_MAX_MOVES):
        action = domain.decide(flow, facts(session, run), now)
        if isinstance(action, Plan):
            messages_plan.plan(session, run, action.step, now)
            action = action.then
        if _done(session, run, action, now):
            return run
    end(session, run, RunState.FAILED, "the flow goes in circles", now)
    return run


def facts(session: Session, run: Run) -> RunFacts:
    """What a run's next move depends on."""
    cart = session.get(Cart, run.cart_id) if run.cart_id else None
    return RunFacts(
        branch=run.branch,
        step_id=run.step_id,
        entered_step_at=run.entered_step_at,
        last_activity_at=cart.activity_at if cart else run.started_at,
        ordered=run.order_id is not None,
    )


def _done(session: Session, run: Run, action: GoTo | WaitUntil | Finish, now: datetime) -> bool:
    """Carry a move out; True if the run has nothing more to do now."""
    if isinstance(action, Finish):
        end(session, run, RunState.FINISHED, action.reason, now)
        return True
    if isinstance(action, WaitUntil):
        run.due_at = action.at
        return True
    # As of when the step fell due: a service that was away must not shift all that follows.
    run.entered_step_at = min(now, run.due_at)
    run.branch, run.step_id = action.branch, action.step_id
    return False


def order_arrived(session: Session, run: Run, order_id: int, now: datetime) -> None:
    """The person ordered: every marketing message of the run is off, its own branch begins."""
    run.state, run.ended_at, run.reason = RunState.ACTIVE, None, ""
    run.order_id, run.due_at, run.rung_until = order_id, now, None
    cancel_messages(session, run, "the person has ordered")


def cancel(session: Session, run: Run, reason: str, now: datetime) -> None:
    """Stop a run and all its marketing messages that have not left."""
    cancel_messages(session, run, reason)
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


def end(session: Session, run: Run, state: RunState, reason: str, now: datetime) -> None:
    """Close a run for good."""
    run.state, run.reason, run.ended_at = state, reason, now
    about = journal.About(run.store_id, run.cart_id, run.contact_id, run.id)
    journal.note(session, about, "flow", f"The flow ended: {reason}", now)


def stumbled(session: Session, run_id: int, error: str, now: datetime) -> None:
    """A step crashed: tried again with growing pauses, then the run is marked as failed."""
    run = session.scalar(
        select(Run).where(Run.id == run_id, Run.state == RunState.ACTIVE).with_for_update()
    )
    if run is None:
        return
    run.errors, run.rung_until = run.errors + 1, None
    if run.errors < _MAX_STUMBLES:
        run.due_at = now + timedelta(minutes=1 << run.errors)
    else:
        end(session, run, RunState.FAILED, f"a step failed ({error})", now)
