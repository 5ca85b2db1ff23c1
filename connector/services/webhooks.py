"""The inbox: deliveries kept before they are answered, claimed before they are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, text, update
from sqlalchemy.orm import Session

from connector.models import Webhook, WebhookState
from connector.ports.platform import RawWebhook

MAX_ATTEMPTS = 5
LEASE_S = 60
BODY_LIFE = timedelta(days=7)  # a body holds personal data: kept no longer than replays need


def row(store_id: int, webhook: RawWebhook, happened_at: datetime) -> dict[str, Any]:
    """A delivery as the row that keeps it."""
    return {
        "store_id": store_id,
        "topic": webhook.topic,
        "dedup_key": webhook.dedup_key,
        "event_id": webhook.event_id,
        "triggered_at": webhook.triggered_at,
        "happened_at": happened_at,
        "body": webhook.body,
    }


_KEPT = ("store_id", "topic", "dedup_key", "event_id", "triggered_at", "happened_at", "body")
# One statement whatever the number of rows, its arrays in binary form (`%b`, psycopg's own):
# six times less work for this process than rows written out, and intake is bound by that.
_KEEP = (
    f"insert into webhooks ({', '.join(_KEPT)})"  # noqa: S608 - our own constants
    " select * from unnest(%b::bigint[], %b::text[], %b::text[], %b::text[],"
    " %b::timestamptz[], %b::timestamptz[], %b::bytea[]) on conflict do nothing"
)


def keep(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep deliveries; ones that are kept already change nothing.

    Sorted by key: two writers with the same keys in opposite order would deadlock.
    """
    ordered = sorted(rows, key=lambda item: (item["store_id"], item["dedup_key"]))
    columns = tuple([row[name] for row in ordered] for name in _KEPT)
    session.connection().exec_driver_sql(_KEEP, columns)


def claim(session: Session, webhook_id: int, lease_s: float = LEASE_S) -> Webhook | None:
    """Take one for reading; counted before the work, so that a poisonous one ends."""
    claimed: Webhook | None = session.scalar(
        update(Webhook)
        .where(Webhook.id == webhook_id, Webhook.state == WebhookState.RECEIVED)
        .values(
            state=WebhookState.CLAIMED,
            attempts=Webhook.attempts + 1,
            lease_until=func.clock_timestamp() + text(f"interval '{float(lease_s)} seconds'"),
        )
        .returning(Webhook)
    )
    return claimed


def done(session: Session, webhook_id: int, ignored: Sequence[str]) -> None:
    """Understood: done, or ignored when every event of it was, with the reasons."""
    state = WebhookState.IGNORED if ignored else WebhookState.DONE
    _finish(session, webhook_id, state, "; ".join(ignored))


def failed(session: Session, webhook_id: int, reason: str) -> None:
    """Not understood: tried again a few times with growing pauses, then dead."""
    session.execute(
        update(Webhook)
        .where(Webhook.id == webhook_id, Webhook.state == WebhookState.CLAIMED)
        .values(
            state=case(
                (Webhook.attempts >= MAX_ATTEMPTS, WebhookState.DEAD),
                else_=WebhookState.RECEIVED,
            ),
            reason=reason,
            lease_until=None,
            rung_until=None,
            retry_at=func.clock_timestamp()
            + func.make_interval(0, 0, 0, 0, 0, 0, func.power(4, Webhook.attempts)),
        )
    )


def later(session: Session, webhook_id: int, reason: str) -> None:
    """Our own servers or settings were in the way: again in a minute, as often as it takes."""
    session.execute(
        update(Webhook)
        .where(Webhook.id == webhook_id, Webhook.state == WebhookState.CLAIMED)
        .values(
            state=WebhookState.RECEIVED,
            attempts=Webhook.attempts - 1,
            reason=reason,
            lease_until=None,
            rung_until=None,
            retry_at=func.clock_timestamp() + text("interval '1 minute'"),
        )
    )


def dead(session: Session, webhook_id: int, reason: str) -> None:
    """It can never be understood: no use in trying again."""
    _finish(session, webhook_id, WebhookState.DEAD, reason)


def _finish(session: Session, webhook_id: int, state: WebhookState, reason: str) -> None:
    session.execute(
        update(Webhook)
        .where(Webhook.id == webhook_id)
        .values(state=state, reason=reason[:500], lease_until=None, rung_until=None)
    )


def replay(session: Session, webhook_id: int) -> bool:
    """Read a dead or ignored delivery again; False if it is neither, or its body is gone."""
    found = session.scalar(
        update(Webhook)
        .where(
            Webhook.id == webhook_id,
            Webhook.state.in_((WebhookState.DEAD, WebhookState.IGNORED)),
            Webhook.body.is_not(None),
        )
        .values(state=WebhookState.RECEIVED, attempts=0, reason="", retry_at=None)
        .returning(Webhook.id)
    )
    return found is not None
