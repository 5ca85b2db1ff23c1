"""Accounts, consent, and what the law lets people ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from connector.domain.people import Person, clean_email, clean_phone
from connector.ports.events import (
    ConsentChanged,
    ConsentMark,
    ConsentState,
    ContactChanged,
    DataAsked,
    ErasureAsked,
    Ignored,
    StoreEvent,
)
from connector.ports.platform import StoreAccount
from platforms.shopify.payloads import (
    Account,
    Consent,
    Customer,
    DataRequest,
    EmailConsent,
    Redact,
    ShopRedact,
    SmsConsent,
    address_of,
)
from platforms.shopify.values import person, text, utc

# PENDING and NOT_SUBSCRIBED are neither: nobody said anything that binds.
SAID = {
    "SUBSCRIBED": ConsentState.YES,
    "UNSUBSCRIBED": ConsentState.NO,
    "REDACTED": ConsentState.NO,
    "INVALID": ConsentState.NO,
}


def account_created(_: StoreAccount, account: Account, at: datetime) -> list[StoreEvent]:
    """An account was made, by the shopper or by her first order."""
    return [replace(_account(account, at), created=True)]


def account_changed(_: StoreAccount, account: Account, at: datetime) -> list[StoreEvent]:
    """An account's data changed."""
    return [_account(account, at)]


def _account(account: Account, at: datetime) -> ContactChanged:
    """Consent comes by its own topics; tags and what was bought left these bodies in 2025-01."""
    known = Customer(
        id=account.id,
        email=account.email,
        phone=account.phone,
        first_name=account.first_name,
        last_name=account.last_name,
    )
    who = person(known, address_of(account.default_address))
    return ContactChanged(who, utc(account.updated_at, at))


def email_consent(_: StoreAccount, said: EmailConsent, at: datetime) -> list[StoreEvent]:
    """A yes or no to e-mails."""
    who = Person(email=clean_email(said.email_address), customer_id=text(said.customer_id))
    return _consent(who, "email", said.email_marketing_consent, at)


def sms_consent(_: StoreAccount, said: SmsConsent, at: datetime) -> list[StoreEvent]:
    """A yes or no to texts."""
    who = Person(phone=clean_phone(said.phone), customer_id=text(said.id))
    return _consent(who, "sms", said.sms_marketing_consent, at)


def _consent(who: Person, channel: str, said: Consent, at: datetime) -> list[StoreEvent]:
    state = SAID.get((said.state or "").upper())
    if state is None:
        return [Ignored(f"no yes or no to {channel}: {text(said.state) or 'no state'}")]
    undated = said.consent_updated_at is None
    mark = ConsentMark(channel, state, utc(said.consent_updated_at, at), "account", undated)
    return [ConsentChanged(who, (mark,))]


def erasure_asked(_: StoreAccount, asked: Redact, at: datetime) -> list[StoreEvent]:
    """A person must be forgotten, with these orders of hers."""
    orders = tuple(text(order) for order in asked.orders_to_redact or [])
    who = person(asked.customer, None)
    if not (who.identities() or orders):
        return [Ignored("an erasure request that names nobody")]
    return [ErasureAsked(who, orders, asked_at=at)]


def data_asked(_: StoreAccount, asked: DataRequest, at: datetime) -> list[StoreEvent]:
    """A person wants to see what is kept of her."""
    orders = tuple(text(order) for order in asked.orders_requested or [])
    return [DataAsked(person(asked.customer, None), orders, text(asked.data_request.id), at)]


def store_erasure(_: StoreAccount, __: ShopRedact, at: datetime) -> list[StoreEvent]:
    """The whole store must be forgotten."""
    return [ErasureAsked(Person(), (), whole_store=True, asked_at=at)]
