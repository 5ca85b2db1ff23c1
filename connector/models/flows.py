"""Flows, their versions, and runs: one contact's way through one version."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, Word
from connector.domain.flows.holdout import Arm, Holdout


class FlowState(StrEnum):
    """on <-> paused (runs wait); on | paused -> off (runs are cancelled) -> on."""

    ON = "on"
    PAUSED = "paused"
    OFF = "off"


class Flow(Base):
    """A sequence that the merchant switched on or off; its steps are in its versions.

    Of the carts' flows the one with the highest priority takes a person, then the oldest.
    """

    __tablename__ = "flows"
    __table_args__ = (UniqueConstraint("store_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    key: Mapped[str]
    name: Mapped[str]
    state: Mapped[FlowState] = mapped_column(Word(FlowState), default=FlowState.ON)
    priority: Mapped[int] = mapped_column(default=0)  # of the newest version
    version: Mapped[int] = mapped_column(default=1)  # what new runs follow
    holdout_percent: Mapped[int] = mapped_column(default=0)  # 0: nobody is held out
    holdout_salt: Mapped[str] = mapped_column(default="")
    calibrating_until: Mapped[datetime | None]  # 50 % until then

    @property
    def holdout(self) -> Holdout:
        """Who is held out, as a value."""
        return Holdout(self.holdout_percent, self.holdout_salt, self.calibrating_until)


class FlowVersion(Base):
    """The steps of a flow as they were; runs keep to the version they began with."""

    __tablename__ = "flow_versions"
    __table_args__ = (UniqueConstraint("flow_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    flow_id: Mapped[int] = mapped_column(ForeignKey("flows.id", ondelete="CASCADE"))
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    text: Mapped[str] = mapped_column(default="")  # as the merchant wrote it, comments and all
    created_at: Mapped[datetime]


class RunState(StrEnum):
    """pending -> active | held_out | cancelled; active -> finished | cancelled | failed.

    finished -> active when its order comes late. `pending` waits for its flow's time (win-back,
    a fixed time of day); `held_out` is a person left alone, and final.
    """

    PENDING = "pending"
    HELD_OUT = "held_out"
    ACTIVE = "active"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Run(Base):
    """One contact's way through a flow: ever one a cart, and one at a time until she orders."""

    __tablename__ = "runs"
    __table_args__ = (
        UniqueConstraint("flow_id", "contact_id", "entry_key"),
        Index(
            "uq_runs_active",
            "flow_id",
            "contact_id",
            unique=True,
            postgresql_where="state = 'active' and order_id is null",
        ),
        Index("ix_runs_due", "due_at", postgresql_where="state in ('active', 'pending')"),
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
    entry_order_id: Mapped[int | None]  # the order that it is about, where one began it
    order_id: Mapped[int | None]  # the order that took it to its on-order branch
    variants: Mapped[dict[str, Any]] = mapped_column(default=dict)  # split step -> her variant
    arm: Mapped[Arm] = mapped_column(Word(Arm), default=Arm.TREATED)
    due_at: Mapped[datetime]
    errors: Mapped[int] = mapped_column(default=0)
    rung_until: Mapped[datetime | None]


class Assignment(Base):
    """Which arm a person has in a flow's measurement: drawn when she is first eligible.

    Everybody eligible has one, also while nobody is held out (`percent` 0): statistics are
    read by the first, whatever was sent afterwards. A second row says when she was set free.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        UniqueConstraint("flow_id", "contact_id", "salt", "arm"),
        Index("ix_assignments_contact_id", "contact_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    flow_id: Mapped[int] = mapped_column(ForeignKey("flows.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    cart_id: Mapped[int | None] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    salt: Mapped[str]
    percent: Mapped[int]  # how many were held out when it was drawn
    arm: Mapped[Arm] = mapped_column(Word(Arm))
    at: Mapped[datetime]


class ErrandState(StrEnum):
    """scheduled -> claimed -> done | dead | unknown; claimed -> scheduled (not told yet)."""

    SCHEDULED = "scheduled"
    CLAIMED = "claimed"
    DONE = "done"
    DEAD = "dead"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class Errand(Base):
    """Something that a flow tells staff or other software: one a run and step, forever."""

    __tablename__ = "errands"
    __table_args__ = (
        UniqueConstraint("run_id", "step_id"),
        CheckConstraint("(state = 'claimed') = (lease_until is not null)", "lease"),
        Index("ix_errands_due", "due_at", postgresql_where="state = 'scheduled'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    step_id: Mapped[str]
    outlet: Mapped[str]  # "slack", "webhook", "staff_email"
    target: Mapped[str] = mapped_column(default="")
    repeatable: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(default="")
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    key: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())
    state: Mapped[ErrandState] = mapped_column(Word(ErrandState), default=ErrandState.SCHEDULED)
    reason: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]  # the database's clock
    rung_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
