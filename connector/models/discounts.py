"""Codes made for runs, links sent to shoppers, and the clicks on them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, Word
from connector.domain.discounts import OfferKind


class DiscountState(StrEnum):
    """planned -> live | failed; live -> used | ended.

    What is planned may have been made, and is looked up first.
    """

    PLANNED = "planned"
    LIVE = "live"
    FAILED = "failed"
    USED = "used"  # an order used it
    ENDED = "ended"  # no longer valid at the platform: its run or its time was over


class Discount(Base):
    """One code for one run, step and kind: at most one, ever."""

    __tablename__ = "discounts"
    __table_args__ = (
        UniqueConstraint("run_id", "step_id", "kind"),
        UniqueConstraint("store_id", "code"),
        Index("ix_discounts_contact_id", "contact_id"),
        Index("ix_discounts_tidy", "tidy_at", postgresql_where="tidy_at is not null"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    step_id: Mapped[str]
    kind: Mapped[OfferKind] = mapped_column(Word(OfferKind))
    code: Mapped[str]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    offer: Mapped[dict[str, Any]] = mapped_column(default=dict)  # amount, minimum, limits
    state: Mapped[DiscountState] = mapped_column(Word(DiscountState), default=DiscountState.PLANNED)
    reason: Mapped[str] = mapped_column(default="")
    platform_id: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tidy_at: Mapped[datetime | None]  # when it must be taken away at the platform (product time)
    tidy_tries: Mapped[int] = mapped_column(default=0)
    rung_until: Mapped[datetime | None]


class LinkPurpose(StrEnum):
    """What a link does, and the only thing that it does."""

    RECOVER = "recover"
    UNSUBSCRIBE = "unsubscribe"


class Link(Base):
    """A random token in a message; the row says what it opens. It never logs anyone in."""

    __tablename__ = "links"
    __table_args__ = (UniqueConstraint("message_id", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    purpose: Mapped[LinkPurpose] = mapped_column(Word(LinkPurpose))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime | None]  # product time; None: never


class Click(Base):
    """Somebody opened a recovery link: append-only, a scanner's click is marked as one."""

    __tablename__ = "clicks"
    __table_args__ = (Index("ix_clicks_message_id", "message_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    link_id: Mapped[int] = mapped_column(ForeignKey("links.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    human: Mapped[bool]
    at: Mapped[datetime]
