"""Whether work is done in time, and what was given up."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from connector import clock
from connector.cli.doctor.finding import Finding, fail, ok, warn
from connector.models import (
    Message,
    MessageState,
    Run,
    RunState,
    Store,
    StoreState,
    Webhook,
    WebhookState,
)
from jobs.runtime import Runtime
from platforms import PLATFORMS

_LATE_S = 60.0


def lateness(means: Runtime) -> Iterator[Finding]:
    """How long the oldest thing that is due has been waiting."""
    with means.sessions.all_stores() as session:
        late = {
            "webhook": _webhooks(session),
            "run": _oldest(session, Run, Run.state == RunState.ACTIVE),
            "message": _oldest(session, Message, Message.state == MessageState.SCHEDULED),
        }
    for what, seconds in late.items():
        if seconds > _LATE_S:
            yield fail(
                f"late {what}s",
                f"the oldest {what} that is due has waited {seconds:.0f} s",
                "see that `cartwright clock` and every `cartwright worker` runs",
            )
        else:
            yield ok(f"late {what}s", f"none waits longer than {_LATE_S:.0f} s")


def _webhooks(session: Session) -> float:
    """Seconds by the database's clock, which deliveries go by."""
    due = func.coalesce(Webhook.retry_at, Webhook.received_at)
    waited = session.scalar(
        select(func.extract("epoch", func.clock_timestamp() - func.min(due))).where(
            Webhook.state == WebhookState.RECEIVED
        )
    )
    return float(waited or 0)


def _oldest(
    session: Session, rows: type[Run] | type[Message], waiting: ColumnElement[bool]
) -> float:
    """Seconds of the product's clock, of stores that are not stopped."""
    running = select(Store.id).where(Store.state == StoreState.ACTIVE)
    oldest = session.scalar(
        select(func.min(rows.due_at)).where(waiting, rows.store_id.in_(running))
    )
    return (clock.now() - oldest).total_seconds() if oldest else 0.0


def given_up(means: Runtime) -> Iterator[Finding]:
    """What needs a person: dead rows, messages that may or may not have left."""
    with means.sessions.all_stores() as session:
        webhooks = _count(session, Webhook.state == WebhookState.DEAD)
        messages = _count(session, Message.state == MessageState.DEAD)
        unknown = _count(session, Message.state == MessageState.UNKNOWN)
    yield _counted(
        "dead webhooks", webhooks, "read their reasons; `cartwright replay ID` reads one again"
    )
    yield _counted("dead messages", messages, "their reasons are on the carts' pages")
    yield _counted(
        "unknown messages", unknown, "they may have left: look them up at the vendor, never resend"
    )


def _count(session: Session, which: ColumnElement[bool]) -> int:
    return int(session.scalar(select(func.count()).where(which)) or 0)


def _counted(what: str, number: int, mend: str) -> Finding:
    return warn(what, f"{number}", mend) if number else ok(what, "none")


def privacy(means: Runtime) -> Iterator[Finding]:
    """No request that the law gives a deadline was left undone."""
    topics = {topic for platform in PLATFORMS.values() for topic in platform.obligations}
    undone = Webhook.state.in_((WebhookState.DEAD, WebhookState.RECEIVED))
    waited = Webhook.received_at < func.clock_timestamp() - text("interval '1 hour'")
    with means.sessions.all_stores() as session:
        late = _count(session, undone & waited & Webhook.topic.in_(topics))
    if late:
        mend = "the law gives a deadline: read their reasons, then `cartwright replay ID`"
        yield fail("privacy", f"{late} privacy requests were not done", mend)
    else:
        yield ok("privacy", "no request of a person was left undone")
