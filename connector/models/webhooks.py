"""Deliveries of platforms, kept raw until they are understood."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, Word


class WebhookState(StrEnum):
    """received -> claimed -> done | ignored | dead; claimed -> received; dead -> received."""

    RECEIVED = "received"
    CLAIMED = "claimed"
    DONE = "done"
    IGNORED = "ignored"
    DEAD = "dead"


class Webhook(Base):
    """One delivery. A 2xx was answered only after this row was on disk."""

    __tablename__ = "webhooks"
    __table_args__ = (
        UniqueConstraint("store_id", "dedup_key"),
        Index(
            "ix_webhooks_due",
            "received_at",
            postgresql_where="state = 'received'",
        ),
        Index("ix_webhooks_bodies", "received_at", postgresql_where="body is not null"),
        Index("ix_webhooks_leased", "lease_until", postgresql_where="state = 'claimed'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    topic: Mapped[str]
    dedup_key: Mapped[str]
    event_id: Mapped[str] = mapped_column(default="")
    triggered_at: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    happened_at: Mapped[datetime]  # product time of receipt
    body: Mapped[bytes | None] = mapped_column(LargeBinary)  # None once its time is over
    state: Mapped[WebhookState] = mapped_column(
        Word(WebhookState), server_default=WebhookState.RECEIVED
    )
    reason: Mapped[str] = mapped_column(server_default="")
    attempts: Mapped[int] = mapped_column(server_default="0")
    retry_at: Mapped[datetime | None]  # on the database's clock
    lease_until: Mapped[datetime | None]
    rung_until: Mapped[datetime | None]
