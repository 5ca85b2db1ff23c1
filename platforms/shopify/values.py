"""From Shopify's spelling to ours: times, texts, money, people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from connector.domain.money import Money
from connector.domain.people import Person, clean_email, clean_phone
from connector.domain.text import one_line
from platforms.shopify.payloads import Address, Amount, Customer, Fulfillment, Id

# Money came; that some or all of it went back again does not undo that.
_PAID = frozenset({"paid", "partially_refunded", "refunded"})
_NOT_SENT = frozenset({"cancelled", "error", "failure"})


def utc(at: datetime | None, otherwise: datetime) -> datetime:
    """A source time in UTC; `otherwise` when the payload has none."""
    return at.astimezone(UTC) if at else otherwise


def paid_at(status: str | None, at: datetime) -> datetime | None:
    """`at` if this financial status says that the money has come, else None."""
    return at if (status or "").lower() in _PAID else None


def fulfilled_at(
    status: str | None, parcels: Iterable[Fulfillment], otherwise: datetime
) -> datetime | None:
    """When the last parcel of a wholly fulfilled order left; None while anything is missing."""
    if (status or "").lower() != "fulfilled":
        return None
    sent = [utc(p.created_at, otherwise) for p in parcels if (p.status or "") not in _NOT_SENT]
    return max(sent, default=otherwise)


def text(value: Id | None) -> str:
    """An id or title as safe text on one line; "" for null."""
    return "" if value is None else one_line(str(value))


def money(amount: Amount, currency: str) -> Money:
    """A decimal of the payload, exact; 0 for null. Raises ValueError."""
    return Money.parse(0 if amount is None else amount, currency)


def token(value: Id | None) -> str:
    """A cart's token; storefronts add `?key=…`, a secret that is no part of the name."""
    return text(value).partition("?")[0]


def tokens(*values: Id | None) -> tuple[str, ...]:
    """The names that are known, each once, in order."""
    return tuple(dict.fromkeys(filter(None, map(token, values))))


def person(
    customer: Customer | None,
    address: Address | None,
    *,
    email: str | None = None,
    phone: str | None = None,
    locale: str | None = None,
) -> Person:
    """Who it is. `email` and `phone` were typed now and win over the account's.

    The address's own phone is left out: it is the receiver's, who may be somebody else.
    """
    account, place = customer or Customer(), address or Address()
    country = text(place.country_code).upper()
    return Person(
        email=clean_email(email) or clean_email(account.email),
        phone=clean_phone(phone, country) or clean_phone(account.phone, country),
        customer_id=text(account.id),
        first_name=text(account.first_name) or text(place.first_name),
        last_name=text(account.last_name) or text(place.last_name),
        locale=text(locale),
        country=country,
        province=text(place.province_code),
    )
