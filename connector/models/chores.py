"""What is done for a store again and again, a slice at a time, beside its shoppers' business."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, Word


class Chore(Base):
    """One kind of work for one store: when it is due, how far it has come, what it found last.

    All times are the database's clock: cadence at the outside does not follow the product's.
    """

    __tablename__ = "chores"
    __table_args__ = (
        UniqueConstraint("store_id", "kind"),
        Index("ix_chores_due", "due_at", postgresql_where="due_at is not null"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    kind: Mapped[str]
    due_at: Mapped[datetime | None]  # None: not until somebody asks for it
    rung_until: Mapped[datetime | None]
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)  # where the next slice begins
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what it found, for people
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    error: Mapped[str] = mapped_column(default="")  # of the last try, in words for the merchant
    begun_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]  # when it last came to its end


class RequestKind(StrEnum):
    """What a law gives a person, or a platform for a whole store, the right to ask."""

    EXPORT = "export"
    ERASE = "erase"
    ERASE_STORE = "erase_store"


class PrivacyRequest(Base):
    """One such request: proof of what was done and when. It names nobody once it is done."""

    __tablename__ = "privacy_requests"
    __table_args__ = (
        UniqueConstraint("store_id", "kind", "reference"),
        Index("ix_privacy_requests_open", "due_at", postgresql_where="done_at is null"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    kind: Mapped[RequestKind] = mapped_column(Word(RequestKind))
    reference: Mapped[str]  # the platform's own id of it, or a hash of whom it names
    contact_ids: Mapped[list[int]] = mapped_column(default=list)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]  # within 24 hours
    done_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)  # counts by kind of row
