"""Flows, their versions, and runs: one contact's way through one version."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, Word


class Flow(Base):
    """A sequence that the merchant switched on or off; its steps are in its versions."""

    __tablename__ = "flows"
    __table_args__ = (UniqueConstraint("store_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    key: Mapped[str]
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)  # what new runs follow


class FlowVersion(Base):
    """The steps of a flow as they were; runs keep to the version they began with."""

    __tablename__ = "flow_versions"
    __table_args__ = (UniqueConstraint("flow_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    flow_id: Mapped[int] = mapped_column(ForeignKey("flows.id", ondelete="CASCADE"))
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class RunState(StrEnum):
    """active -> finished | cancelled | failed; finished -> active when its order comes late."""

    ACTIVE = "active"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Run(Base):
    """One contact's way through a flow. One active run a flow and contact, ever one a cart."""

    __tablename__ = "runs"
    __table_args__ = (
        UniqueConstraint("flow_id", "contact_id", "entry_key"),
        Index(
            "uq_runs_active",
            "flow_id",
            "contact_id",
            unique=True,
            postgresql_where="state = 'active'",
        ),
        Index("ix_runs_due", "due_at", postgresql_where="state = 'active'"),
        Index("ix_runs_contact_id", "contact_id"),
        Index("ix_runs_cart_id", "cart_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    flow_id: Mapped[int] = mapped_column(ForeignKey("flows.id", ondelete="CASCADE"))
    version_id: Mapped[int] = mapped_column(ForeignKey("flow_versions.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    cart_id: Mapped[int | None] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    entry_key: Mapped[str]
    state: Mapped[RunState] = mapped_column(Word(RunState), default=RunState.ACTIVE)
    reason: Mapped[str] = mapped_column(default="")  # why it ended
    branch: Mapped[str] = mapped_column(default="steps")  # "steps" | "on_order"
    step_id: Mapped[str]
    entered_step_at: Mapped[datetime]
    started_at: Mapped[datetime]  # when she left her cart: orders count from here
    ended_at: Mapped[datetime | None]
    order_id: Mapped[int | None]  # the order that took it to its on-order branch
    due_at: Mapped[datetime]
    errors: Mapped[int] = mapped_column(default=0)
    rung_until: Mapped[datetime | None]
