"""Orders from the API: what was bought, also when its webhook was lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from connector.domain.carts import CartLine, OrderSnapshot
from connector.domain.money import Money
from connector.domain.people import Person
from connector.errors import NotSent
from connector.ports.events import (
    Ignored,
    OrderCancelled,
    OrderPlaced,
    OrderRefunded,
    StoreEvent,
)
from connector.ports.listing import Interrupted
from platforms.shopify import payloads
from platforms.shopify.answers import PriceSet
from platforms.shopify.client import Client
from platforms.shopify.errors import UNREADABLE
from platforms.shopify.lines import readable, sensible
from platforms.shopify.names import number_of
from platforms.shopify.operations import ORDER_LINES, ORDERS
from platforms.shopify.order_answers import (
    Customer,
    LineItem,
    Order,
    OrderId,
    OrderLinesAnswer,
    OrdersAnswer,
)
from platforms.shopify.values import fulfilled_at, paid_at, person, text, tokens, utc

_IN = frozenset({"SALE", "CAPTURE"})  # an authorization is a promise, no money


def changed_since(client: Client, since: datetime) -> list[StoreEvent]:
    """All orders changed at or after `since`, oldest first; asks for every page.

    Raises Interrupted with those of the pages before, where the store wants a pause.
    """
    at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    pages = client.pages(
        ORDERS, OrdersAnswer, lambda page: page.orders.page_info, query=f"updated_at:>='{at}'"
    )
    found: list[StoreEvent] = []
    try:
        for page in pages:
            found += [event for row in page.orders.nodes for event in _read(client, row)]
    except NotSent as error:
        raise Interrupted(error, found) from error
    return found


def _read(client: Client, row: msgspec.Raw) -> list[StoreEvent]:
    """One order that makes no sense must not hide the others from us."""
    try:
        order = msgspec.json.decode(row, type=Order)
        return list(events_of(order, _rows(client, order)))
    except UNREADABLE as error:
        return [Ignored(f"order {_name(row)} cannot be read: {text(str(error))[:200]}")]


def _name(row: msgspec.Raw) -> str:
    try:
        return text(number_of(msgspec.json.decode(row, type=OrderId).id))[:100]
    except UNREADABLE:
        return "without an id"


def _rows(client: Client, order: Order) -> list[msgspec.Raw]:
    """An order's lines; those of a long one are asked for on their own."""
    if order.line_items is None:
        return []
    if not order.line_items.page_info.has_next_page:
        return order.line_items.nodes
    pages = client.pages(ORDER_LINES, OrderLinesAnswer, lambda page: page.page_info, id=order.id)
    return [row for page in pages if page.order for row in page.order.line_items.nodes]


def events_of(order: Order, rows: Sequence[msgspec.Raw]) -> Iterator[StoreEvent]:
    """What an order with these lines says. Raises what decoding does for one without sense."""
    at, number = utc(order.updated_at, order.created_at), text(number_of(order.id))
    if order.cancelled_at or order.display_financial_status == "VOIDED":
        yield OrderCancelled(number, utc(order.cancelled_at, at))
    else:
        yield OrderPlaced(_snapshot(order, number, at, rows))
    refunded = _money(order.total_refunded_set) if order.total_refunded_set else None
    if refunded is not None and refunded.minor > 0:
        # The sum so far, not one refund: webhooks of single refunds have their own ids.
        yield OrderRefunded(number, at, "total", refunded)


def _snapshot(
    order: Order, number: str, at: datetime, rows: Sequence[msgspec.Raw]
) -> OrderSnapshot:
    parcels = [parcel.as_delivered() for parcel in order.fulfillments or []]
    return OrderSnapshot(
        external_id=number,
        name=text(order.name),
        person=_buyer(order),
        total=_money(order.total_price_set),
        placed_at=utc(order.created_at, at),
        source_at=at,
        cart_tokens=tokens(order.checkout_token, order.cart_token),
        codes=tuple(map(text, order.discount_codes)),
        test=order.test,
        lines=_lines(rows, order.total_price_set.shop_money.currency_code),
        paid_at=paid_at(order.display_financial_status, _money_came(order)),
        fulfilled_at=fulfilled_at(order.display_fulfillment_status, parcels, at),
    )


def _lines(rows: Sequence[msgspec.Raw], currency: str) -> tuple[CartLine, ...]:
    found = (readable(row, LineItem) for row in rows)
    return sensible([item.as_delivered() for item in found if item], currency)


def _money_came(order: Order) -> datetime:
    """When the last part of the money came; when the order was made, if nothing tells."""
    moves = [t for t in order.transactions or [] if t.kind in _IN and t.status == "SUCCESS"]
    made = utc(order.processed_at, utc(order.created_at, order.created_at))
    return max((utc(move.processed_at, made) for move in moves), default=made)


def _buyer(order: Order) -> Person:
    place = order.shipping_address
    address = (
        payloads.Address(country_code=place.country_code_v2, province_code=place.province_code)
        if place
        else None
    )
    return person(
        as_delivered(order.customer) if order.customer else None,
        address,
        email=order.email,
        phone=order.phone,
        locale=order.customer_locale,
    )


def as_delivered(customer: Customer) -> payloads.Customer:
    """The account in the form that webhooks have, so that both are read alike."""
    email, phone = customer.default_email_address, customer.default_phone_number
    return payloads.Customer(
        id=number_of(customer.id),
        email=email.email_address if email else None,
        phone=phone.phone_number if phone else None,
        first_name=customer.first_name,
        last_name=customer.last_name,
    )


def _money(prices: PriceSet) -> Money:
    return Money.parse(prices.shop_money.amount, prices.shop_money.currency_code)
