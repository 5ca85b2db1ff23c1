"""Connected stores: the tenants, what they are called and how they want things done."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, Word


class StoreState(StrEnum):
    """active -> paused -> active; active | paused | needs_reauth -> uninstalled."""

    ACTIVE = "active"
    PAUSED = "paused"  # the merchant stopped all marketing
    NEEDS_REAUTH = "needs_reauth"  # her platform no longer accepts our token
    UNINSTALLED = "uninstalled"


class Store(Base):
    """One connected shop. `credentials` and `webhook_secrets` are sealed by the vault."""

    __tablename__ = "stores"
    __table_args__ = (UniqueConstraint("platform", "domain"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)  # in URLs; not to be guessed
    platform: Mapped[str]
    domain: Mapped[str]
    storefront: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    currency: Mapped[str]
    timezone: Mapped[str]
    country: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="en")
    state: Mapped[StoreState] = mapped_column(Word(StoreState), default=StoreState.ACTIVE)
    sandbox: Mapped[bool] = mapped_column(default=False)  # lets the product clock be shifted
    credentials: Mapped[bytes] = mapped_column(LargeBinary)
    webhook_secrets: Mapped[bytes] = mapped_column(LargeBinary)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)  # see domain.settings
    installed_at: Mapped[datetime]
    uninstalled_at: Mapped[datetime | None]
    orders_cursor: Mapped[datetime]  # orders changed before this are known (platform's time)
    orders_failed_at: Mapped[datetime | None]  # asked in vain, real time
    orders_seen_at: Mapped[datetime | None]  # when they were last asked for (database's clock)
    platform_ref: Mapped[str] = mapped_column(default="")  # the platform's own id of the shop
    scopes: Mapped[list[str]] = mapped_column(default=list)  # what the merchant granted
    trouble: Mapped[str] = mapped_column(default="")  # why it is NEEDS_REAUTH, in words
    # Of tokens that expire (database's clock); None where they do not.
    access_expires_at: Mapped[datetime | None]
    refresh_expires_at: Mapped[datetime | None]
    refreshed_at: Mapped[datetime | None]
    token_generation: Mapped[int] = mapped_column(default=0)  # goes up with every new pair
    capture: Mapped[str] = mapped_column(default="")  # "full", "reduced": see `ports.survey`


class ChannelAccount(Base):
    """A store's account with a channel's vendor, or with an audience's."""

    __tablename__ = "channel_accounts"
    __table_args__ = (UniqueConstraint("store_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    kind: Mapped[str]  # "smtp", "twilio", "mailchimp"
    account: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    paused: Mapped[str] = mapped_column(default="")  # why nothing goes out by it, or ""
    paused_at: Mapped[datetime | None]  # since when; tried again after a while


class ProductClock(Base):
    """At most one row: how the product's time is shifted while only sandboxes are connected."""

    __tablename__ = "product_clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    real: Mapped[datetime]
    product: Mapped[datetime]
    rate: Mapped[float]


class DeskKey(Base):
    """A sign-in link (used once) or an open desk session; the token is stored hashed."""

    __tablename__ = "desk_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    session: Mapped[bool]  # False: a link that opens one
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]  # on the database's clock
    used_at: Mapped[datetime | None]
