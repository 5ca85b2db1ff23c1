"""Messages and the ledger of what was tried: one intent a run and step, forever."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, Word


class MessageState(StrEnum):
    """The states of one intended send.

    scheduled -> claimed -> inflight -> sent | unknown | dead
    claimed -> scheduled (nothing had left); inflight -> scheduled (certainly not sent)
    scheduled | claimed -> cancelled | dead; sent -> failed (the vendor says: not delivered)
    unknown -> resolving -> sent | unknown | scheduled (it never left, or the same key is safe)
    unknown -> sent | failed (a report came); claimed -> unknown (it may have left before)
    """

    SCHEDULED = "scheduled"
    CLAIMED = "claimed"
    INFLIGHT = "inflight"
    SENT = "sent"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    DEAD = "dead"
    RESOLVING = "resolving"
    FAILED = "failed"


class Purpose(StrEnum):
    """Why a message is written: the law and the gate treat the two differently."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


class Message(Base):
    """One intended send, by one medium.

    A step has one message that may have left, and no more: the next medium gets a row of its
    own only when it is certain that nothing went out by the one before. The database holds
    both: one row a medium, one row that is not certainly without effect.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("run_id", "step_id", "medium"),
        Index(
            "uq_messages_one_a_step",
            "run_id",
            "step_id",
            unique=True,
            postgresql_where="state not in ('cancelled', 'dead', 'failed')",
        ),
        CheckConstraint(
            "(state in ('claimed', 'inflight', 'resolving')) = (lease_token is not null)", "lease"
        ),
        Index(
            "ix_messages_unknown",
            "due_at",
            postgresql_where="state = 'unknown' and resolvable",
        ),
        CheckConstraint("state <> 'sent' or provider_id <> ''", "receipt"),
        Index("ix_messages_due", "due_at", postgresql_where="state = 'scheduled'"),
        Index(
            "ix_messages_leased",
            "lease_until",
            postgresql_where="state in ('claimed', 'inflight', 'resolving')",
        ),
        Index("ix_messages_contact_id", "contact_id"),
        Index("ix_messages_cart_id", "cart_id"),
        Index("ix_messages_provider_id", "store_id", "provider_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    step_id: Mapped[str]
    flow_id: Mapped[int] = mapped_column(ForeignKey("flows.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    cart_id: Mapped[int | None] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    medium: Mapped[str]  # "email", "sms"
    purpose: Mapped[Purpose] = mapped_column(Word(Purpose))
    template: Mapped[str]
    priority: Mapped[int] = mapped_column(default=0)  # of its flow, when it was planned
    variants: Mapped[dict[str, Any]] = mapped_column(default=dict)  # split step -> her variant
    has_offer: Mapped[bool] = mapped_column(default=False)
    no_offer: Mapped[str] = mapped_column(default="")  # why the guard gave none
    key: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())
    state: Mapped[MessageState] = mapped_column(Word(MessageState), default=MessageState.SCHEDULED)
    reason: Mapped[str] = mapped_column(default="")  # why it waits, was not sent, or is unknown
    planned_for: Mapped[datetime]  # when its step fell due, product time
    due_at: Mapped[datetime]  # product time; of an unknown one: when the vendor is asked
    expires_at: Mapped[datetime]  # too late after this: cancelled
    attempts: Mapped[int] = mapped_column(default=0)  # at the wire
    stumbles: Mapped[int] = mapped_column(default=0)  # times that it could not be written
    maybe_left: Mapped[bool] = mapped_column(default=False)  # an attempt's outcome is unknown
    resolvable: Mapped[bool] = mapped_column(default=False)  # its vendor can say more
    cost_micros: Mapped[int] = mapped_column(default=0)  # reserved, or spent
    cost_month: Mapped[str] = mapped_column(default="")  # the budget that it is reserved from
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


class Budget(Base):
    """What a store spent on a medium in a month ("2026-11"), open outcomes included."""

    __tablename__ = "budgets"
    __table_args__ = (UniqueConstraint("store_id", "medium", "month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    medium: Mapped[str]
    month: Mapped[str]
    used_micros: Mapped[int] = mapped_column(default=0)


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
