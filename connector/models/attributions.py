"""The credit ledger, and the journal from which a cart's story is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base


class Attribution(Base):
    """One order credited to one message under one model, with rule, window and evidence."""

    __tablename__ = "attributions"
    __table_args__ = (UniqueConstraint("order_id", "model"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    model: Mapped[str]  # "last click", ...
    rule: Mapped[str]  # in words, for the merchant
    window_s: Mapped[int]
    evidence: Mapped[dict[str, Any]]
    currency: Mapped[str]
    minor: Mapped[int]  # the order's total when credited
    reversed_minor: Mapped[int] = mapped_column(default=0)  # cancelled or refunded since
    at: Mapped[datetime]
    reversed_at: Mapped[datetime | None]


class JournalEntry(Base):
    """One thing that happened or was decided about a cart, in order; append-only.

    `data` holds ids, amounts and reasons, never an address or a name.
    """

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_cart_id", "cart_id"),
        Index("ix_journal_contact_id", "contact_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    cart_id: Mapped[int | None] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    kind: Mapped[str]
    text: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
