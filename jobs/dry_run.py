"""The flows of a store played over its past: what they would have sent."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from connector.domain.settings import StoreSettings
from connector.models import Store
from connector.rehearsal.backtest import FlowDays, backtest
from connector.services import flows, history
from jobs import flow_means

SPAN = timedelta(days=30)


def first_play(session: Session, store: Store, now: datetime) -> list[dict[str, Any]]:
    """Each flow that is on, over the last 30 days: people, messages by medium, codes, cost.

    [{"flow", "entered", "sent": {"email": 12}, "codes", "cost_micros"}]; nothing of revenue,
    since nobody can know what a message would have changed.
    """
    means = flow_means.of_store(session, store)
    on = [flows.as_read(version.definition) for _, version in flows.running(session, store.id)]
    together = sorted(on, key=lambda flow: -flow.text.rules.priority)
    if not together:
        return []
    past = history.of_store(session, store, means.media or frozenset(), now)
    settings = StoreSettings.of(store.settings)
    played = backtest(together, settings, past, now - SPAN, now)
    return [_summed(days) for days in played.flows.values()]


def _summed(days: FlowDays) -> dict[str, Any]:
    sent = Counter(write.medium for write in days.writes if write.left_at is not None)
    return {
        "flow": days.key,
        "entered": len(days.entered),
        "sent": dict(sent),
        "codes": days.codes,
        "cost_micros": days.cost_micros,
    }
