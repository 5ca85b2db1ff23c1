"""Orders from the API: what was bought, also when its webhook was lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from connector.domain.carts import OrderSnapshot
from connector.domain.money import Money
from connector.domain.people import Person
from connector.ports.events import (
    Ignored,
    OrderCancelled,
    OrderPlaced,
    OrderRefunded,
    StoreEvent,
)
from platforms.shopify import payloads
from platforms.shopify.answers import Customer, Order, OrderId, OrdersAnswer, PriceSet
from platforms.shopify.client import Client
from platforms.shopify.errors import UNREADABLE
from platforms.shopify.names import number_of
from platforms.shopify.operations import ORDERS
from platforms.shopify.values import person, text, tokens, utc


def changed_since(client: Client, since: datetime) -> list[StoreEvent]:
    """All orders changed at or after `since`, oldest first; asks for every page."""
    at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    pages = client.pages(
        ORDERS, OrdersAnswer, lambda page: page.orders.page_info, query=f"updated_at:>='{at}'"
    )
    return [event for page in pages for row in page.orders.nodes for event in _read(row)]


def _read(row: msgspec.Raw) -> list[StoreEvent]:
    """One order that makes no sense must not hide the others from us."""
    try:
        return list(_events(msgspec.json.decode(row, type=Order)))
    except UNREADABLE as error:
        return [Ignored(f"order {_name(row)} cannot be read: {text(str(error))[:200]}")]


def _name(row: msgspec.Raw) -> str:
    try:
        return text(number_of(msgspec.json.decode(row, type=OrderId).id))[:100]
    except UNREADABLE:
        return "without an id"


def _events(order: Order) -> Iterator[StoreEvent]:
    at, number = utc(order.updated_at, order.created_at), text(number_of(order.id))
    if order.cancelled_at or order.display_financial_status == "VOIDED":
        yield OrderCancelled(number, utc(order.cancelled_at, at))
    else:
        yield OrderPlaced(_snapshot(order, number, at))
    refunded = _money(order.total_refunded_set) if order.total_refunded_set else None
    if refunded is not None and refunded.minor > 0:
        # The sum so far, not one refund: webhooks of single refunds have their own ids.
        yield OrderRefunded(number, at, "total", refunded)


def _snapshot(order: Order, number: str, at: datetime) -> OrderSnapshot:
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
    )


def _buyer(order: Order) -> Person:
    place = order.shipping_address
    address = (
        payloads.Address(country_code=place.country_code_v2, province_code=place.province_code)
        if place
        else None
    )
    return person(
        _account(order.customer) if order.customer else None,
        address,
        email=order.email,
        phone=order.phone,
        locale=order.customer_locale,
    )


def _account(customer: Customer) -> payloads.Customer:
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
