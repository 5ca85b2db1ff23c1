"""What people had the right to ask, when it was done, and how much it was: the proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.models import PrivacyRequest, RequestKind, Store, StoreState

WITHIN = timedelta(hours=24)  # platforms allow 30 days
EXPORT_LIFE = timedelta(days=30)  # how long the desk hands an export out


@dataclass(frozen=True)
class Asked:
    """A request: what for, under which name of the platform's, since when, about whom."""

    kind: RequestKind
    reference: str
    at: datetime | None = None
    contact_ids: tuple[int, ...] = ()


def done(
    session: Session, store_id: int, asked: Asked, report: Mapping[str, Any], now: datetime
) -> None:
    """Keep that a request was fulfilled; a repeated one keeps when it was done first."""
    asked_at = min(asked.at or now, now)
    row = {
        "store_id": store_id,
        "kind": asked.kind,
        "reference": asked.reference[:200],
        "contact_ids": list(asked.contact_ids),
        "asked_at": asked_at,
        "due_at": asked_at + WITHIN,
        "done_at": now,
        "report": dict(report),
    }
    statement = insert(PrivacyRequest).values(row)
    again: dict[str, Any] = {"contact_ids": statement.excluded.contact_ids}
    if asked.kind is RequestKind.ERASE_STORE:  # it may come back, and leave again
        again |= {"done_at": now, "report": dict(report)}
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["store_id", "kind", "reference"], set_=again
        )
    )


def latest(session: Session, store_id: int, limit: int = 100) -> list[PrivacyRequest]:
    """A store's requests, newest first."""
    rows = session.scalars(
        select(PrivacyRequest)
        .where(PrivacyRequest.store_id == store_id)
        .order_by(PrivacyRequest.asked_at.desc(), PrivacyRequest.id.desc())
        .limit(limit)
    )
    return list(rows)


def export_of(
    session: Session, store_id: int, request_id: int, now: datetime
) -> PrivacyRequest | None:
    """A request for data that may still be handed out."""
    row: PrivacyRequest | None = session.scalar(
        select(PrivacyRequest).where(
            PrivacyRequest.id == request_id,
            PrivacyRequest.store_id == store_id,
            PrivacyRequest.kind == RequestKind.EXPORT,
            PrivacyRequest.asked_at > now - EXPORT_LIFE,
        )
    )
    return row


def handed_out(row: PrivacyRequest, now: datetime) -> None:
    """The merchant took an export: when, for the proof."""
    row.report = {**row.report, "handed out": now.isoformat(timespec="seconds")}


def long_gone(session: Session, before: datetime) -> list[int]:
    """Stores that removed us before then and still have data (broker's transaction)."""
    erased = (
        select(PrivacyRequest.id)
        .where(PrivacyRequest.store_id == Store.id)
        .where(PrivacyRequest.kind == RequestKind.ERASE_STORE)
        .where(PrivacyRequest.done_at >= Store.uninstalled_at)
        .exists()
    )
    query = select(Store.id).where(
        Store.state == StoreState.UNINSTALLED, Store.uninstalled_at < before, ~erased
    )
    return list(session.scalars(query))
