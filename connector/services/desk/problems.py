"""What went wrong and wants a person's eye: deliveries, messages, channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.models import (
    ChannelAccount,
    JournalEntry,
    Message,
    MessageState,
    Run,
    RunState,
    Store,
    Webhook,
    WebhookState,
)
from connector.services import journal, webhooks
from connector.services.desk.words import medium_name, shown

_MOST = 50  # of each kind on the page


@dataclass(frozen=True)
class DeadWebhook:
    """A delivery that could not be understood; its body stays out of pages."""

    id: int
    topic: str
    reason: str
    at: datetime
    replayable: bool  # its body is still kept


@dataclass(frozen=True)
class IgnoredCount:
    """Deliveries that were knowingly left alone, by reason."""

    topic: str
    reason: str
    count: int
    last_at: datetime


@dataclass(frozen=True)
class TroubledMessage:
    """A message that may have left, or never will."""

    id: int
    cart_id: int | None
    text: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class FailedRun:
    """A shopper's way through a flow that broke off at a step."""

    id: int
    cart_id: int | None
    step: str
    reason: str
    at: datetime | None


@dataclass(frozen=True)
class PausedChannel:
    """A vendor's account by which nothing goes out for now."""

    kind: str
    reason: str


@dataclass(frozen=True)
class Note:
    """A line of the store's own diary."""

    text: str
    at: datetime


@dataclass(frozen=True)
class Problems:
    """Everything of the page; each list holds the newest ones."""

    dead_webhooks: tuple[DeadWebhook, ...]
    ignored: tuple[IgnoredCount, ...]
    unknown: tuple[TroubledMessage, ...]
    dead: tuple[TroubledMessage, ...]
    failed_runs: tuple[FailedRun, ...]
    paused: tuple[PausedChannel, ...]
    notes: tuple[Note, ...]

    @property
    def any(self) -> bool:
        """True if something waits for the merchant."""
        return any((self.dead_webhooks, self.unknown, self.dead, self.failed_runs, self.paused))


def problems(session: Session, store: Store) -> Problems:
    """Gather a store's troubles."""
    return Problems(
        dead_webhooks=_dead_webhooks(session, store.id),
        ignored=_ignored(session, store.id),
        unknown=_messages(session, store.id, MessageState.UNKNOWN),
        dead=_messages(session, store.id, MessageState.DEAD),
        failed_runs=_failed_runs(session, store.id),
        paused=_paused(session, store.id),
        notes=notes(session, store.id),
    )


def _dead_webhooks(session: Session, store_id: int) -> tuple[DeadWebhook, ...]:
    kept = Webhook.body.is_not(None)
    rows = session.execute(
        select(Webhook.id, Webhook.topic, Webhook.reason, Webhook.received_at, kept)
        .where(Webhook.store_id == store_id, Webhook.state == WebhookState.DEAD)
        .order_by(Webhook.id.desc())
        .limit(_MOST)
    )
    return tuple(DeadWebhook(i, shown(t), shown(r), at, bool(k)) for i, t, r, at, k in rows)


def _ignored(session: Session, store_id: int) -> tuple[IgnoredCount, ...]:
    rows = session.execute(
        select(Webhook.topic, Webhook.reason, func.count(), func.max(Webhook.received_at))
        .where(Webhook.store_id == store_id, Webhook.state == WebhookState.IGNORED)
        .group_by(Webhook.topic, Webhook.reason)
        .order_by(func.count().desc(), Webhook.topic, Webhook.reason)
        .limit(_MOST)
    )
    return tuple(IgnoredCount(shown(t), shown(r), count, at) for t, r, count, at in rows)


def _messages(session: Session, store_id: int, state: MessageState) -> tuple[TroubledMessage, ...]:
    rows: Sequence[Message] = session.scalars(
        select(Message)
        .where(Message.store_id == store_id, Message.state == state)
        .order_by(Message.id.desc())
        .limit(_MOST)
    ).all()
    return tuple(_troubled(row) for row in rows)


def _troubled(row: Message) -> TroubledMessage:
    text = f"{medium_name(row.medium)} “{shown(row.template)}”"
    at = row.inflight_at or row.created_at
    return TroubledMessage(row.id, row.cart_id, text, shown(row.reason), at)


def _failed_runs(session: Session, store_id: int) -> tuple[FailedRun, ...]:
    rows = session.execute(
        select(Run.id, Run.cart_id, Run.step_id, Run.reason, Run.ended_at)
        .where(Run.store_id == store_id, Run.state == RunState.FAILED)
        .order_by(Run.id.desc())
        .limit(_MOST)
    )
    return tuple(FailedRun(i, cart, shown(step), shown(why), at) for i, cart, step, why, at in rows)


def _paused(session: Session, store_id: int) -> tuple[PausedChannel, ...]:
    rows = session.execute(
        select(ChannelAccount.kind, ChannelAccount.paused)
        .where(ChannelAccount.store_id == store_id, ChannelAccount.paused != "")
        .order_by(ChannelAccount.kind)
    )
    return tuple(PausedChannel(shown(kind), shown(reason)) for kind, reason in rows)


def notes(session: Session, store_id: int) -> tuple[Note, ...]:
    """The newest entries that are about the store itself, not about a cart or a person."""
    of_store = JournalEntry.cart_id.is_(None) & JournalEntry.contact_id.is_(None)
    rows = session.scalars(
        select(JournalEntry)
        .where(JournalEntry.store_id == store_id, of_store)
        .order_by(JournalEntry.id.desc())
        .limit(10)
    )
    return tuple(Note(shown(row.text), row.at) for row in rows)


def replay(session: Session, store_id: int, webhook_id: int, now: datetime) -> bool | None:
    """Put a dead delivery back to be read again; None if the store has no such delivery."""
    known = session.get(Webhook, webhook_id)
    if known is None or known.store_id != store_id:
        return None
    again = webhooks.replay(session, webhook_id)
    if again:
        text = f"Delivery {webhook_id} ({shown(known.topic)}) was put back to be read again"
        journal.note(session, journal.About(store_id), "webhook", text, now, webhook=webhook_id)
    return again
