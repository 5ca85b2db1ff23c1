"""What applying a flow's text would do: runs that stay behind, who would enter, who else writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.domain import flows as domain
from connector.domain.flows import TriggerKind
from connector.domain.flows.checks import StoreMeans
from connector.domain.flows.errors import Problem
from connector.domain.flows.flow import Trigger
from connector.domain.flows.source import with_lines
from connector.models import Flow, FlowVersion, Run, Store
from connector.services import flow_history, flow_texts, flows

LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Plan:
    """What applying a text would do."""

    flow: domain.Flow
    change: Literal["new", "changed", "unchanged"]
    version: int  # that it would have
    diff: str = ""  # of what it says, without comments
    stay_behind: dict[int, int] = field(default_factory=dict)  # older version -> runs that go on
    would_enter: dict[TriggerKind, int] = field(default_factory=dict)  # in the last 30 days
    problems: list[Problem] = field(default_factory=list)  # warnings

    @property
    def key(self) -> str:
        """The flow's name in files and commands."""
        return self.flow.key


def plan(session: Session, store: Store, source: str, means: StoreMeans, now: datetime) -> Plan:
    """What applying a text would do; nothing is changed. FlowError as in `apply`."""
    text = flow_texts.checked(source, means)
    row = flow_texts.find(session, store, text.flow.key)
    before = domain.dump(flow_texts.newest(session, row)) if row else ""
    diff = flow_texts.compared(before, domain.dump(text.flow), "stored", "file")
    version = row.version + bool(diff) if row else 1
    rivals = with_lines(source, _rivals(session, store, text.flow))
    return Plan(
        flow=text.flow,
        change="new" if row is None else "changed" if diff else "unchanged",
        version=version,
        diff=diff if row else "",
        stay_behind=_stay_behind(session, row, version) if row else {},
        would_enter=_would_enter(session, store, text.flow.text.entry, now),
        problems=[*text.warnings, *rivals],
    )


def _stay_behind(session: Session, row: Flow, version: int) -> dict[int, int]:
    counted = session.execute(
        select(FlowVersion.version, func.count())
        .join(Run, Run.version_id == FlowVersion.id)
        .where(FlowVersion.flow_id == row.id, FlowVersion.version < version)
        .where(Run.state.in_(flows.GOING_ON))
        .group_by(FlowVersion.version)
        .order_by(FlowVersion.version)
    )
    return {row[0]: row[1] for row in counted}


def _rivals(session: Session, store: Store, flow: domain.Flow) -> list[Problem]:
    """Other flows that begin with the same: one person must not be written to twice."""
    found = []
    for row, version in flows.running(session, store.id):
        other = flows.as_read(version.definition)
        shared = sorted(flow.text.entry.kinds & other.text.entry.kinds)
        if shared and row.key != flow.key:
            found.append(_rival(row, flow, shared))
    return found


def _rival(row: Flow, flow: domain.Flow, shared: list[TriggerKind]) -> Problem:
    what = f"the flow {row.key!r} begins with {', '.join(shared)} too"
    if not flow.text.entry.about_cart:
        return Problem("trigger", what, "both would write to her: switch one off", warning=True)
    mine, its = flow.text.rules.priority, row.priority
    first = "this one" if mine > its else "that one"
    mend = f"{first} takes whom both want (priority {mine} and {its})"
    return Problem("trigger", what, mend, warning=True)


def _would_enter(
    session: Session, store: Store, trigger: Trigger, now: datetime
) -> dict[TriggerKind, int]:
    """How often each event happened in the last 30 days; filter and cool-down are not asked."""
    past = flow_history.Past(session, store.id, now - LOOK_BACK, now)
    return {kind: past.count(kind, trigger) for kind in sorted(trigger.kinds)}
