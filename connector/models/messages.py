"""Messages and the ledger of what was tried: one intent a run and step, forever."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, Word


class MessageState(StrEnum):
    """The states of one intended send.

    scheduled -> claimed -> inflight -> sent | unknown | dead
    claimed -> scheduled (nothing had left); inflight -> scheduled (certainly not sent)
    scheduled | claimed -> cancelled | dead; unknown -> sent | dead
    """

    SCHEDULED = "scheduled"
    CLAIMED = "claimed"
    INFLIGHT = "inflight"
    SENT = "sent"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    DEAD = "dead"


class Purpose(StrEnum):
    """Why a message is written: the law and the gate treat the two differently."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


class Message(Base):
    """One intended send; unique by run and step, so that nothing can be meant twice."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("run_id", "step_id"),
        CheckConstraint("(state in ('claimed', 'inflight')) = (lease_token is not null)", "lease"),
        CheckConstraint("state <> 'sent' or provider_id <> ''", "receipt"),
        Index("ix_messages_due", "due_at", postgresql_where="state = 'scheduled'"),
        Index(
            "ix_messages_leased",
            "lease_until",
            postgresql_where="state in ('claimed', 'inflight')",
        ),
        Index("ix_messages_contact_id", "contact_id"),
        Index("ix_messages_cart_id", "cart_id"),
        Index("ix_messages_provider_id", "store_id", "provider_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    step_id: Mapped[str]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    cart_id: Mapped[int | None] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    medium: Mapped[str]  # "email", "sms"
    purpose: Mapped[Purpose] = mapped_column(Word(Purpose))
    template: Mapped[str]
    key: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())
    state: Mapped[MessageState] = mapped_column(Word(MessageState), default=MessageState.SCHEDULED)
    reason: Mapped[str] = mapped_column(default="")  # why it waits, was not sent, or is unknown
    due_at: Mapped[datetime]  # product time
    expires_at: Mapped[datetime]  # too late after this: cancelled
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]  # the database's clock
    provider: Mapped[str] = mapped_column(default="")
    provider_id: Mapped[str] = mapped_column(default="")
    address_hash: Mapped[bytes | None]  # where it went: what an unsubscription is about
    created_at: Mapped[datetime]
    inflight_at: Mapped[datetime | None]  # product time of the last attempt
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    rung_until: Mapped[datetime | None]


class Attempt(Base):
    """One try at the wire: written before it, completed after it, never changed again."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("message_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    number: Mapped[int]
    lease_token: Mapped[UUID]
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    detail: Mapped[str | None]


class MessageEvent(Base):
    """A vendor's report, kept once; it may arrive before our own record of the send."""

    __tablename__ = "message_events"
    __table_args__ = (
        UniqueConstraint("store_id", "provider", "event_key"),
        Index("ix_message_events_provider_id", "store_id", "provider_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    provider: Mapped[str]
    event_key: Mapped[str]
    provider_id: Mapped[str]
    kind: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
