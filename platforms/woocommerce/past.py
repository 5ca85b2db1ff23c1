"""A shop's past, one page of REST a slice: a small shop is not asked for more at once.

Lists go up by id, and are read from their last page to the first. What is new meanwhile comes
behind (webhooks tell of it); where something is deleted, the others move towards the front,
where they are yet to be read: one may be seen twice, none is skipped. The first page, which
told how many there are, is therefore read again at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from connector.errors import NotSent
from connector.ports.events import (
    CartChanged,
    OrderCancelled,
    OrderPlaced,
    OrderRefunded,
    StoreEvent,
)
from connector.ports.platform import PastKind, PastSlice, ProductCard, StoreAccount
from connector.structs import work_out
from platforms.woocommerce import customers, shop, statuses, values
from platforms.woocommerce.client import Answer, Client, StoreRefused
from platforms.woocommerce.parse import UNREADABLE, account_events, read
from platforms.woocommerce.parse_orders import left_cart, order_events
from platforms.woocommerce.payloads import Customer, Order

Found = StoreEvent | ProductCard

_PAGE = 100  # the most that REST gives at once
_OF_ORDERS = (OrderPlaced, OrderRefunded, OrderCancelled)


class Account(Customer):
    """An account, with what REST v2 alone tells; v2's count of orders counts failed ones too."""

    total_spent: str | None = None


@dataclass(frozen=True)
class Source:
    """Where the rows of a kind are, and what one of them says."""

    ask: Callable[[Client, StoreAccount, datetime, int], Answer]
    read: Callable[[StoreAccount, msgspec.Raw, datetime], Sequence[Found]]


def part_of(
    client: Client, account: StoreAccount, kind: PastKind, since: datetime, cursor: str
) -> PastSlice:
    """The page that `cursor` names; raises what any read does."""
    page = int(cursor) if values.is_id(cursor) else 0
    source = SOURCES[kind]
    answer = source.ask(client, account, since, page or 1)
    rows = answer.read(list[msgspec.Raw])
    if answer.total is None and len(rows) >= _PAGE:  # something in between took the headers
        raise NotSent("the store's list does not say how long it is")
    found = [one for row in rows for one in _read(source, account, row, since)]
    return PastSlice(
        events=tuple(one for one in found if not isinstance(one, ProductCard)),
        cursor=_next(page, answer.pages),
        total=answer.total,
        read=0 if page == 1 else len(rows),  # the first page was counted when it told the number
        products=tuple(one for one in found if isinstance(one, ProductCard)),
    )


def _next(page: int, pages: int) -> str:
    """Which page follows page `page` (0: it was only begun, on the first one)."""
    if page:
        return str(page - 1) if page > 1 else ""
    return str(pages) if pages > 1 else ""


def _read(
    source: Source, account: StoreAccount, row: msgspec.Raw, since: datetime
) -> Sequence[Found]:
    """One row that makes no sense says nothing, and hides no other."""
    try:
        return source.read(account, row, since)
    except UNREADABLE:
        return []


def _listed(page: int, kind: type[msgspec.Struct]) -> dict[str, str]:
    """Some page of a list, up by id, with only the fields that we read of it."""
    return {
        "orderby": "id",
        "order": "asc",
        "per_page": str(_PAGE),
        "page": str(page),
        "_fields": ",".join(kind.__struct_encode_fields__),
    }


def _customers(client: Client, _: StoreAccount, _since: datetime, page: int) -> Answer:
    """Accounts of any role and age; from v3, which tells less, where v2 was taken away."""
    asked = {**_listed(page, Account), "role": "all"}
    try:
        return client.get_older("customers", **asked)
    except StoreRefused as refusal:
        if refusal.code != customers.NO_V2:
            raise
        return client.get("customers", **asked)


def _customer(account: StoreAccount, row: msgspec.Raw, since: datetime) -> Sequence[Found]:
    known = read(row, Account)
    at = values.utc(known.date_modified_gmt or known.date_created_gmt, since)
    changed, *said = account_events(known, at)
    spent = customers.spent_of(known.total_spent, account.currency) if known.total_spent else None
    return [replace(changed, total_spent=spent), *said]


def _products(client: Client, _: StoreAccount, _since: datetime, page: int) -> Answer:
    return client.get("products", **_listed(page, shop.Product), status="publish")


def _product(_: StoreAccount, row: msgspec.Raw, _since: datetime) -> Sequence[Found]:
    product = read(row, shop.Product)
    return [shop.card(product)] if product.status == "publish" else []


def _orders(client: Client, _: StoreAccount, since: datetime, page: int) -> Answer:
    return client.get("orders", **_listed(page, Order), **_made_since(since), status="any")


def _order(account: StoreAccount, row: msgspec.Raw, since: datetime) -> Sequence[Found]:
    order = read(row, Order)
    told = order_events(account, order, values.utc(order.date_created_gmt, since))
    return [event for event in told if isinstance(event, _OF_ORDERS)]


def _carts(client: Client, account: StoreAccount, since: datetime, page: int) -> Answer:
    status = ",".join(statuses.left(statuses.overrides(account.options)))
    return client.get("orders", **_listed(page, Order), **_made_since(since), status=status)


def _cart(account: StoreAccount, row: msgspec.Raw, since: datetime) -> Sequence[Found]:
    order = read(row, Order)
    cart = left_cart(account, order, values.utc(order.date_created_gmt, since))
    return [CartChanged(cart)] if cart else []


def _made_since(since: datetime) -> dict[str, str]:
    before = since.astimezone(UTC).replace(microsecond=0) - timedelta(seconds=1)
    return {
        "after": before.strftime("%Y-%m-%dT%H:%M:%S"),  # strictly after, whole seconds
        "dates_are_gmt": "true",
    }


SOURCES: dict[PastKind, Source] = {
    PastKind.CUSTOMERS: Source(_customers, _customer),
    PastKind.PRODUCTS: Source(_products, _product),
    PastKind.ORDERS: Source(_orders, _order),
    PastKind.CARTS: Source(_carts, _cart),
}

work_out(globals())
