"""Merchants: who signs in, which stores are theirs, and what they tried."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, Word


class Account(Base):
    """A merchant. No store's rows are seen through it: a desk session of one store does that."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]  # as she spells it: where mail goes
    email_key: Mapped[str] = mapped_column(unique=True)  # one spelling for all
    password_hash: Mapped[str]  # argon2id; "" until she chose one
    verified_at: Mapped[datetime | None]  # she opened a link that we sent there
    created_at: Mapped[datetime]


class AccountStore(Base):
    """A store that a merchant may open. What she may do there: `role` ("owner").

    "promised": she asked for it before she proved that the address is hers; it opens nothing.
    """

    __tablename__ = "account_stores"
    __table_args__ = (
        UniqueConstraint("account_id", "store_id"),
        Index("ix_account_stores_store_id", "store_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(default="owner")
    added_at: Mapped[datetime]


class KeyPurpose(StrEnum):
    """What an account's key opens, and nothing else."""

    SESSION = "session"
    RESET = "reset"  # a new password
    VERIFY = "verify"  # proves that the address is hers


class AccountKey(Base):
    """A signed-in browser, or a link sent by mail; the token is stored hashed."""

    __tablename__ = "account_keys"
    __table_args__ = (Index("ix_account_keys_account_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    purpose: Mapped[KeyPurpose] = mapped_column(Word(KeyPurpose))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime]  # on the database's clock
    used_at: Mapped[datetime | None]


class Trial(Base):
    """Somebody tried something that may be tried only so often: counted by whom, hashed."""

    __tablename__ = "trials"
    __table_args__ = (Index("ix_trials_who_at", "who", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[bytes] = mapped_column(LargeBinary)  # hash of what and whose: no address is kept
    at: Mapped[datetime]  # on the database's clock


class MailKind(StrEnum):
    """What a mail of the service's own is about; `templates/system` has the words."""

    WELCOME = "welcome"  # somebody signed up with this address
    RESET = "reset"  # somebody forgot the password
    CHANGED = "changed"  # the password is another one now


class SystemMail(Base):
    """A mail of the service's own that is to go out; the row is removed when it has.

    It holds no link: whose account it is, and the link's token, are found and made by whoever
    sends it. So a request does the same work for an address that is known and one that is not.
    """

    __tablename__ = "system_mails"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MailKind] = mapped_column(Word(MailKind))
    email: Mapped[str]  # as it was typed
    due_at: Mapped[datetime]  # on the database's clock; later while a worker is at it
    rung_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]  # on the database's clock


class OwnSecret(Base):
    """A secret of the installation itself, sealed: it outlives the key that sealed it."""

    __tablename__ = "own_secrets"

    name: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class InstallState(Base):
    """An installation that came back from its platform: its one-time state is spent by this row."""

    __tablename__ = "install_states"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    platform: Mapped[str]
    domain: Mapped[str]
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    outcome: Mapped[str] = mapped_column(default="")  # "" while under way, "connected", or why not
    at: Mapped[datetime]  # on the database's clock
