"""Flows on, paused, off; who is left alone to measure; and how each of a store's flows stands."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.domain.flows.holdout import MAX_PERCENT
from connector.errors import ConfigError
from connector.models import Errand, Flow, FlowState, Message, Run, RunState, Store
from connector.services import errands_plan, flow_texts, flows, installs, journal

OFF = "the flow was switched off"
_MAX_CALIBRATION_DAYS = 60


@dataclass(frozen=True)
class Switched:
    """What a switch did."""

    flow: Flow
    runs: int = 0  # that were ended
    messages: int = 0  # that were taken back


@dataclass(frozen=True)
class Standing:
    """A flow and how many people are in it."""

    flow: Flow
    active: int  # runs on their way
    pending: int  # runs that wait for the flow's time


def switch(session: Session, store: Store, key: str, state: FlowState, now: datetime) -> Switched:
    """Switch a flow on, pause it (runs wait), or off (runs and unsent messages are cancelled).

    NotFound. What has left, or may have, stays as it is.
    """
    row = flow_texts.locked(session, store, key)
    if row.state is state:
        return Switched(row)
    row.state = state
    runs, messages = _end_all(session, row, now) if state is FlowState.OFF else (0, 0)
    ended = (
        f": {runs} runs and {messages} waiting messages were stopped" if runs or messages else ""
    )
    said = f"The flow “{row.name}” is {state} now{ended}"
    journal.note(session, journal.About(store.id), "flow", said, now)
    session.flush()
    return Switched(row, runs, messages)


def _end_all(session: Session, row: Flow, now: datetime) -> tuple[int, int]:
    """Runs first, then messages, each by id: the order in which everybody locks."""
    runs = session.scalars(
        select(Run)
        .where(Run.flow_id == row.id, Run.state.in_(flows.GOING_ON))
        .order_by(Run.id)
        .with_for_update(key_share=True)
    ).all()
    messages = installs.cancel_messages(session, Message.flow_id == row.id, OFF)
    its_runs = select(Run.id).where(Run.flow_id == row.id)
    errands_plan.cancel(session, Errand.run_id.in_(its_runs), OFF)
    for run in runs:
        flows.end(session, run, RunState.CANCELLED, OFF, now)
    return len(runs), messages


def holdout(
    session: Session,
    store: Store,
    key: str,
    now: datetime,
    percent: int | None = None,
    calibrate_days: int | None = None,
) -> Flow:
    """Leave a share of people alone, to measure; 50 % for the days of a calibration.

    A measurement that begins draws anew; one that goes on keeps whom it has. What is None
    stays as it is. Raises NotFound; ConfigError for a share or time that is out of bounds.
    """
    if percent is not None and not 0 <= percent <= MAX_PERCENT:
        raise ConfigError(f"hold out 0 to {MAX_PERCENT} percent, not {percent}")
    if calibrate_days is not None and not 0 <= calibrate_days <= _MAX_CALIBRATION_DAYS:
        raise ConfigError(f"calibrate for 0 to {_MAX_CALIBRATION_DAYS} days, not {calibrate_days}")
    row = flow_texts.locked(session, store, key)
    measured = row.holdout.percent_at(now) > 0
    if percent is not None:
        row.holdout_percent = percent
    if calibrate_days is not None:
        row.calibrating_until = now + timedelta(days=calibrate_days) if calibrate_days else None
    if row.holdout.percent_at(now) > 0 and not measured:
        row.holdout_salt = secrets.token_hex(8)
    share = f"The flow “{row.name}” leaves {row.holdout.percent_at(now)} % of people alone now"
    journal.note(session, journal.About(store.id), "flow", share, now)
    session.flush()
    return row


def standings(session: Session, store: Store) -> list[Standing]:
    """All flows of a store, the highest priority first."""
    going = func.count(Run.id).filter(Run.state == RunState.ACTIVE)
    waiting = func.count(Run.id).filter(Run.state == RunState.PENDING)
    rows = session.execute(
        select(Flow, going, waiting)
        .outerjoin(Run, Run.flow_id == Flow.id)
        .where(Flow.store_id == store.id)
        .group_by(Flow.id)
        .order_by(Flow.priority.desc(), Flow.id)
    )
    return [Standing(flow, active, pending) for flow, active, pending in rows]


def going_on(session: Session, store: Store, key: str) -> int:
    """How many runs of a flow would end if it were switched off; NotFound."""
    row = flow_texts.locked(session, store, key)
    counted = select(func.count(Run.id)).where(Run.flow_id == row.id, Run.state.in_(flows.GOING_ON))
    return session.scalar(counted) or 0
