"""Shoppers, the names by which they are known, and what they said yes or no to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from connector.db import Base, Word
from connector.domain.people import IdentityKind, Person
from connector.ports.events import ConsentState


class Contact(Base):
    """One shopper of one store. The row is locked by whoever decides about her."""

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(default="")  # as she spells it: where mail goes
    phone: Mapped[str] = mapped_column(default="")  # E.164
    customer_id: Mapped[str] = mapped_column(default="")
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="")
    province: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]] = mapped_column(default=list)  # set by flows
    shop_tags: Mapped[list[str]] = mapped_column(default=list)  # set at the shop
    roles: Mapped[list[str]] = mapped_column(default=list)
    shop_orders: Mapped[int | None]  # over her whole life, as the shop counts
    shop_spent_minor: Mapped[int | None]  # the store's currency
    shop_asked_at: Mapped[datetime | None]  # as of when the shop counted these, or knew nobody
    source_at: Mapped[datetime]  # how old the newest of these data are
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    audience_due_at: Mapped[datetime | None]  # when outside audiences must hear of a change
    rung_until: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_contacts_audience_due",
            "audience_due_at",
            postgresql_where="audience_due_at is not null",
        ),
    )

    @property
    def person(self) -> Person:
        """The row as a value."""
        return Person(
            email=self.email,
            phone=self.phone,
            customer_id=self.customer_id,
            first_name=self.first_name,
            last_name=self.last_name,
            locale=self.locale,
            country=self.country,
            province=self.province,
        )


class ContactIdentity(Base):
    """One name of a shopper; two shoppers may share one (a family's phone)."""

    __tablename__ = "contact_identities"
    __table_args__ = (
        UniqueConstraint("store_id", "kind", "value", "contact_id"),
        Index("ix_contact_identities_contact_id", "contact_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    kind: Mapped[IdentityKind] = mapped_column(Word(IdentityKind))
    value: Mapped[str]


class Consent(Base):
    """What a shopper last said of marketing over one medium, and of which address."""

    __tablename__ = "consents"
    __table_args__ = (
        UniqueConstraint("contact_id", "medium"),
        Index("ix_consents_tell", "tell_at", postgresql_where="tell_at is not null"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    medium: Mapped[str]  # "email", "sms"
    state: Mapped[ConsentState] = mapped_column(Word(ConsentState))
    source: Mapped[str]
    at: Mapped[datetime]
    address_hash: Mapped[bytes]  # a yes is for this address and no other
    tell_at: Mapped[datetime | None]  # when the platform must be told: what was said to us
    tell_tries: Mapped[int] = mapped_column(default=0)
    tell_error: Mapped[str] = mapped_column(default="")  # why it was not told, for the merchant
    rung_until: Mapped[datetime | None]


class Suppression(Base):
    """An address that asked us to stop: outlives the contact, no import clears it."""

    __tablename__ = "suppressions"
    __table_args__ = (UniqueConstraint("store_id", "medium", "address_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    medium: Mapped[str]
    address_hash: Mapped[bytes]
    reason: Mapped[str]
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]  # the person herself said yes again, later


class AudienceMember(Base):
    """What an outside audience was last told of a contact."""

    __tablename__ = "audience_members"
    __table_args__ = (UniqueConstraint("contact_id", "audience"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    audience: Mapped[str]
    email: Mapped[str]
    tags: Mapped[list[str]]
    error: Mapped[str] = mapped_column(default="")
    synced_at: Mapped[datetime]
