"""Lines of an export as rows, and rows as what the shared past is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from connector.domain.money import Money
from connector.ports.events import (
    CartChanged,
    ConsentChanged,
    ConsentMark,
    ConsentState,
    ContactChanged,
    StoreEvent,
)
from connector.ports.platform import PastKind, ProductCard
from connector.structs import work_out
from platforms.shopify import payloads
from platforms.shopify.abandoned import snapshot
from platforms.shopify.answers import (
    Answer,
    Collection,
    Collections,
    Count,
    Country,
    Moment,
    Price,
    Product,
)
from platforms.shopify.bulk import Lines
from platforms.shopify.care_answers import Checkout
from platforms.shopify.customers import tags_of
from platforms.shopify.errors import UNREADABLE
from platforms.shopify.lines import readable
from platforms.shopify.order_answers import (
    Customer,
    EmailAddress,
    LineItems,
    Order,
    PhoneNumber,
)
from platforms.shopify.orders import as_delivered, events_of
from platforms.shopify.parse_people import SAID
from platforms.shopify.shop import card
from platforms.shopify.values import person, utc

Found = StoreEvent | ProductCard

_COLLECTIONS = 50  # of one product: as many as are asked for when it is looked up by itself


@dataclass(frozen=True)
class Row:
    """One object of a root list, and the objects of its own lists."""

    body: bytes
    nested: tuple[bytes, ...] = ()


class Line(Answer):
    """What tells of any line whether it belongs to another."""

    parent: str | None = msgspec.field(name="__parentId", default=None)


class EmailConsent(EmailAddress):
    """Her address, and what she said to e-mails."""

    marketing_state: str | None = None
    marketing_updated_at: Moment | None = None


class SmsState(Answer):
    """What she said to texts."""

    state: str | None = None
    updated_at: Moment | None = None


class SmsConsent(PhoneNumber):
    """Her number, and what she said to texts."""

    sms_marketing_consent: SmsState | None = None


class Account(Customer, kw_only=True):
    """An account over its whole life."""

    created_at: Moment
    updated_at: Moment | None = None
    number_of_orders: Count
    amount_spent: Price
    tags: list[str] = []
    default_email_address: EmailConsent | None = None
    default_phone_number: SmsConsent | None = None
    default_address: Country | None = None


def rows_of(lines: Lines, most: int) -> tuple[list[Row], int | None]:
    """At most `most` whole rows, and the byte where the next one begins (None at the end).

    A part may end among the lines of its last row: that one is left for the next part, unless
    it is the only one. Then it is taken with the lines that are there: those that come later
    stand before any row in their part, and are passed over.
    """
    heads = [n for n, line in enumerate(lines.lines) if not _is_nested(line)]
    spans = list(zip(heads, [*heads[1:], len(lines.lines)], strict=False))  # no heads: none
    cut = lines.next is not None and len(spans) > 1
    taken = spans[: min(most, len(spans) - cut)]
    rest = spans[len(taken) :]
    rows = [Row(lines.lines[head], lines.lines[head + 1 : end]) for head, end in taken]
    return rows, lines.starts[rest[0][0]] if rest else lines.next


def _is_nested(line: bytes) -> bool:
    if b"__parentId" not in line:
        return False
    found = readable(msgspec.Raw(line), Line)
    return found is not None and found.parent is not None


def read(kind: PastKind, rows: Iterable[Row]) -> list[Found]:
    """What the rows say; one that makes no sense says nothing, and hides no other."""
    return [found for row in rows for found in _read(kind, row)]


def _read(kind: PastKind, row: Row) -> Sequence[Found]:
    try:
        return _READERS[kind](row)
    except UNREADABLE:
        return []


def _customer(row: Row) -> Sequence[Found]:
    account = msgspec.json.decode(row.body, type=Account)
    at = utc(account.updated_at, account.created_at)
    place = account.default_address or Country()
    address = payloads.Address(
        country_code=place.country_code_v2, province_code=place.province_code
    )
    who = person(as_delivered(account), address, locale=account.locale)
    changed = ContactChanged(
        who,
        at,
        tags=tags_of(account.tags),
        orders_count=int(account.number_of_orders),
        total_spent=Money.rounded(account.amount_spent.amount, account.amount_spent.currency_code),
    )
    marks = _marks(account)
    return [changed, *([ConsentChanged(who, marks)] if marks else [])]


def _marks(account: Account) -> tuple[ConsentMark, ...]:
    """What she said herself; never asked, or not yet confirmed, is neither yes nor no.

    A yes without a time of its own is as old as the account: it outdoes nothing we heard.
    """
    email, phone = account.default_email_address, account.default_phone_number
    sms = phone.sms_marketing_consent if phone else None
    made, touched = account.created_at, utc(account.updated_at, account.created_at)
    asked = {ConsentState.YES: made, ConsentState.NO: touched}
    told: list[tuple[str, str | None, datetime | None]] = []
    if email:
        told.append(("email", email.marketing_state, email.marketing_updated_at))
    if sms:
        told.append(("sms", sms.state, sms.updated_at))
    return tuple(
        ConsentMark(channel, word, utc(said_at, asked[word]), "account")
        for channel, state, said_at in told
        if (word := SAID.get(state or "")) is not None
    )


def _product(row: Row) -> Sequence[Found]:
    product = msgspec.json.decode(row.body, type=Product)
    if not product.id:
        raise ValueError("a product without an id")
    found = (readable(msgspec.Raw(line), Collection) for line in row.nested)
    nodes = [one for one in found if one][:_COLLECTIONS]
    return [card(msgspec.structs.replace(product, collections=Collections(nodes)))]


def _order(row: Row) -> Sequence[Found]:
    order = msgspec.json.decode(row.body, type=Order)
    return list(events_of(order, [msgspec.Raw(line) for line in row.nested]))


def _cart(row: Row) -> Sequence[Found]:
    lines = LineItems([msgspec.Raw(line) for line in row.nested])
    checkout = msgspec.json.decode(row.body, type=Checkout)
    return [CartChanged(snapshot(msgspec.structs.replace(checkout, line_items=lines)))]


_READERS: dict[PastKind, Callable[[Row], Sequence[Found]]] = {
    PastKind.CUSTOMERS: _customer,
    PastKind.PRODUCTS: _product,
    PastKind.ORDERS: _order,
    PastKind.CARTS: _cart,
}

work_out(globals())
