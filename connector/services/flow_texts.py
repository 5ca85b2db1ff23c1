"""A store's flows as versioned text: applied, exported, compared; runs keep their version."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain import flows as domain
from connector.domain.flows.checks import StoreMeans, problems
from connector.domain.flows.errors import FlowError, Problem
from connector.domain.flows.source import with_lines
from connector.domain.settings import StoreSettings
from connector.errors import NotFound
from connector.models import ChannelAccount, Flow, FlowState, FlowVersion, Store
from connector.services import flows, journal

LIBRARY = Path(__file__).resolve().parents[2] / "templates" / "flows"


@dataclass(frozen=True)
class Checked:
    """A text that can be run, and what is unwise about it."""

    flow: domain.Flow
    warnings: list[Problem]


@dataclass(frozen=True)
class Applied:
    """What applying a text did; `created` is False if this very version was there."""

    flow: Flow
    version: int
    created: bool
    problems: list[Problem]  # warnings


def means_of(
    session: Session, store: Store, product: StoreMeans, vendors: Mapping[str, str]
) -> StoreMeans:
    """What a store's flows can count on; `vendors` says which medium each vendor serves."""
    kinds = session.scalars(
        select(ChannelAccount.kind).where(ChannelAccount.store_id == store.id)
    ).all()
    settings = StoreSettings.of(store.settings)
    staff = {"staff_email"} if settings.staff_email else set()
    return replace(
        product,
        currency=store.currency,
        media=frozenset(vendors[kind] for kind in kinds if kind in vendors),
        outlets=frozenset(kind for kind in kinds if kind not in vendors) | staff,
        per_day=settings.caps.per_day,
        per_week=settings.caps.per_week,
    )


def checked(source: str, means: StoreMeans) -> Checked:
    """Read a text and check it; FlowError with everything that is wrong, each with its line."""
    flow = domain.read_text(source)
    found = with_lines(source, problems(flow, means))
    errors = [one for one in found if not one.warning]
    if errors:
        raise FlowError.of(errors)
    return Checked(flow, found)


def apply(
    session: Session,
    store: Store,
    source: str,
    means: StoreMeans,
    now: datetime,
    state: FlowState = FlowState.ON,
) -> Applied:
    """Make a text the newest version of its flow; a new flow begins in `state`.

    Raises FlowError. Runs keep the version they began with. A text that says the same as the
    newest version makes no new one: only its comments are taken over.
    """
    text = checked(source, means)
    row = _row(session, store, text.flow, state)
    newest = _version(session, row) if row.version else None
    if newest is not None and newest.definition == domain.plain(text.flow):
        newest.text = source
        return Applied(row, row.version, created=False, problems=text.warnings)
    row.name, row.priority = text.flow.text.name, text.flow.text.rules.priority
    row.version += 1
    session.add(
        FlowVersion(
            store_id=store.id,
            flow_id=row.id,
            version=row.version,
            definition=domain.plain(text.flow),
            text=source,
            created_at=now,
        )
    )
    said = f"The flow “{row.name}” is at version {row.version} now"
    journal.note(session, journal.About(store.id), "flow", said, now)
    session.flush()
    return Applied(row, row.version, created=True, problems=text.warnings)


def _row(session: Session, store: Store, flow: domain.Flow, state: FlowState) -> Flow:
    """The flow's row, locked; a new one is at version 0."""
    new = {"store_id": store.id, "key": flow.key, "name": flow.text.name, "state": state}
    session.execute(insert(Flow).values(**new, version=0).on_conflict_do_nothing())
    return locked(session, store, flow.key)


def find(session: Session, store: Store, key: str) -> Flow | None:
    """A store's flow by its key."""
    found: Flow | None = session.scalar(
        select(Flow).where(Flow.store_id == store.id, Flow.key == key)
    )
    return found


def locked(session: Session, store: Store, key: str) -> Flow:
    """A store's flow, locked against others who would change it; NotFound says what there is."""
    found: Flow | None = session.scalar(
        select(Flow)
        .where(Flow.store_id == store.id, Flow.key == key)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        keys = session.scalars(select(Flow.key).where(Flow.store_id == store.id).order_by(Flow.key))
        raise NotFound(f"{store.name} has no flow {key!r}: it has {', '.join(keys) or 'none'}")
    return found


def _version(session: Session, row: Flow) -> FlowVersion:
    """The newest version of a flow."""
    return session.scalars(
        select(FlowVersion).where(FlowVersion.flow_id == row.id, FlowVersion.version == row.version)
    ).one()


def newest(session: Session, row: Flow) -> domain.Flow:
    """A flow as new runs follow it."""
    return flows.as_read(_version(session, row).definition)


def export(session: Session, store: Store, key: str) -> str:
    """The newest version as the merchant wrote it; NotFound."""
    version = _version(session, locked(session, store, key))
    return version.text or domain.dump(flows.as_read(version.definition))


def diff(session: Session, store: Store, source: str) -> str:
    """What a text would change in the flow of its key, line by line; "" if nothing. FlowError."""
    key = domain.read_text(source).key
    return compared(export(session, store, key), source, "stored", "file")


def compared(before: str, after: str, old: str, new: str) -> str:
    """Two texts as a unified diff."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm="")
    return "\n".join(lines)


def library() -> dict[str, domain.Flow]:
    """The flows that come with the product, by key."""
    found = [domain.read_text(path.read_text(encoding="utf-8")) for path in LIBRARY.glob("*.yaml")]
    return {flow.key: flow for flow in sorted(found, key=lambda one: one.key)}


def library_text(key: str) -> str:
    """A flow of the library as it is written; NotFound says what there is."""
    keys = sorted(path.stem for path in LIBRARY.glob("*.yaml"))
    if key not in keys:
        raise NotFound(f"there is no flow {key!r} in the library: choose {', '.join(keys)}")
    return (LIBRARY / f"{key}.yaml").read_text(encoding="utf-8")
