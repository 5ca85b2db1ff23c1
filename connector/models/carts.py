"""Carts, the orders they became, and the products that messages show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, Word
from connector.domain.carts import CartKind, CartState, OrderState
from connector.domain.money import Money


class Cart(Base):
    """A cart of either platform. `due_at`: when its state must be looked at again."""

    __tablename__ = "carts"
    __table_args__ = (
        UniqueConstraint("store_id", "external_id"),
        Index("ix_carts_due", "due_at", postgresql_where="due_at is not null"),
        Index("ix_carts_contact_id", "contact_id"),
        Index("ix_carts_store_id_activity_at", "store_id", "activity_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    external_id: Mapped[str]
    kind: Mapped[CartKind] = mapped_column(Word(CartKind))
    state: Mapped[CartState] = mapped_column(Word(CartState), default=CartState.OPEN)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    lines: Mapped[list[Any]] = mapped_column(default=list)
    currency: Mapped[str]
    total_minor: Mapped[int]
    locale: Mapped[str] = mapped_column(default="")
    recovery_url: Mapped[str] = mapped_column(default="")
    source_at: Mapped[datetime]  # the platform's time of the newest data
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)  # breaks ties of source_at
    created_at: Mapped[datetime]
    activity_at: Mapped[datetime]  # what the shopper last did, product time
    abandoned_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    rung_until: Mapped[datetime | None]
    order_id: Mapped[int | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)  # why it has its state
    payment: Mapped[str] = mapped_column(default="")  # "waiting", "failed": of an unpaid order
    held_out: Mapped[bool] = mapped_column(default=False)  # left alone, to measure
    excluded: Mapped[str] = mapped_column(default="")  # what excludes it (never the value)
    imported: Mapped[bool] = mapped_column(default=False)  # from before we were connected
    platform_mail_at: Mapped[datetime | None]  # when the platform itself reminded her

    @property
    def total(self) -> Money:
        """The cart's worth as the platform stated it."""
        return Money(self.currency, self.total_minor)


class CartToken(Base):
    """A further name under which an order may point back at a cart."""

    __tablename__ = "cart_tokens"
    __table_args__ = (
        UniqueConstraint("store_id", "token"),
        Index("ix_cart_tokens_cart_id", "cart_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    cart_id: Mapped[int] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    token: Mapped[str]


class Order(Base):
    """A purchase as the platform told us of it."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("store_id", "external_id"),
        Index("ix_orders_contact_id", "contact_id"),
        Index("ix_orders_cart_tokens", "cart_tokens", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    external_id: Mapped[str]
    name: Mapped[str]
    state: Mapped[OrderState] = mapped_column(Word(OrderState))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    cart_id: Mapped[int | None] = mapped_column(ForeignKey("carts.id"))
    currency: Mapped[str]
    total_minor: Mapped[int]
    refunded_minor: Mapped[int] = mapped_column(default=0)
    codes: Mapped[list[str]] = mapped_column(default=list)
    cart_tokens: Mapped[list[str]] = mapped_column(default=list)  # carts it says it came from
    test: Mapped[bool] = mapped_column(default=False)
    lines: Mapped[list[Any]] = mapped_column(default=list)
    paid_at: Mapped[datetime | None]
    fulfilled_at: Mapped[datetime | None]
    placed_at: Mapped[datetime]
    source_at: Mapped[datetime]
    recorded_at: Mapped[datetime]  # when we knew of it: product time
    imported: Mapped[bool] = mapped_column(default=False)  # from before we were connected

    @property
    def total(self) -> Money:
        """What the shopper agreed to pay."""
        return Money(self.currency, self.total_minor)


class Refund(Base):
    """One refund, so that a repeated webhook takes nothing off twice."""

    __tablename__ = "refunds"
    __table_args__ = (UniqueConstraint("order_id", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    external_id: Mapped[str]
    minor: Mapped[int]
    at: Mapped[datetime]


class OrderNews(Base):
    """A cancellation or refund that came before its order: applied when the order arrives."""

    __tablename__ = "order_news"
    __table_args__ = (UniqueConstraint("store_id", "order_external_id", "kind", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    order_external_id: Mapped[str]
    kind: Mapped[str]  # "cancelled" | "refunded"
    reference: Mapped[str] = mapped_column(default="")
    minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class ProductView(Base):
    """A shopper looked at a product; kept for a month."""

    __tablename__ = "product_views"
    __table_args__ = (
        Index("ix_product_views_store_id_at", "store_id", "at"),
        Index("ix_product_views_contact_id", "contact_id"),
        UniqueConstraint("store_id", "cart_token", "product_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    cart_token: Mapped[str]  # the visitor's cart: joins her views when she says who she is
    product_id: Mapped[str]
    title: Mapped[str]
    at: Mapped[datetime]


class Product(Base):
    """What messages show of a product; looked up once and kept."""

    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("store_id", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    external_id: Mapped[str]
    title: Mapped[str]
    image_url: Mapped[str]
    product_url: Mapped[str]
    collections: Mapped[list[str]] = mapped_column(default=list)
    fetched_at: Mapped[datetime]
    stale: Mapped[bool] = mapped_column(default=False)
