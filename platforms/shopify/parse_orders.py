"""Orders and refunds."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import add

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
from connector.ports.platform import StoreAccount
from platforms.shopify.lines import bought
from platforms.shopify.payloads import Deleted, Order, Refund, address_of
from platforms.shopify.values import fulfilled_at, money, paid_at, person, text, tokens, utc


def order_changed(_: StoreAccount, order: Order, at: datetime) -> list[StoreEvent]:
    """An order as it stands: called off, or a purchase (also while its payment is pending).

    A delivery has no time of the payment but that of the order itself.
    """
    at = utc(order.updated_at, at)
    return _standing(order, at, utc(order.processed_at, utc(order.created_at, at)))


def order_paid(_: StoreAccount, order: Order, at: datetime) -> list[StoreEvent]:
    """An order whose money has just come: days after the order, if by bank transfer."""
    at = utc(order.updated_at, at)
    return _standing(order, at, at)


def _standing(order: Order, at: datetime, if_paid: datetime) -> list[StoreEvent]:
    if order.cancelled_at or order.financial_status == "voided":
        return [OrderCancelled(text(order.id), utc(order.cancelled_at, at))]
    return [OrderPlaced(_snapshot(order, at, if_paid))]


def order_deleted(_: StoreAccount, order: Deleted, at: datetime) -> list[StoreEvent]:
    """A deleted order is worth no more than a cancelled one."""
    return [OrderCancelled(text(order.id), at)]


def order_refunded(account: StoreAccount, refund: Refund, at: datetime) -> list[StoreEvent]:
    """What really went back: goods may return without money, and a refund may fail."""
    done = [t for t in refund.transactions if (t.kind, t.status) == ("refund", "success")]
    # The currency of a transaction is null in Shopify's own sample.
    currency = next(filter(None, (t.currency for t in done)), account.currency)
    total = reduce(add, (money(t.amount, currency) for t in done), Money(currency, 0))
    if total.minor <= 0:
        return [Ignored("a refund in which no money went back")]
    at = utc(refund.processed_at or refund.created_at, at)
    return [OrderRefunded(text(refund.order_id), at, text(refund.id), total)]


def _snapshot(order: Order, at: datetime, if_paid: datetime) -> OrderSnapshot:
    return OrderSnapshot(
        external_id=text(order.id),
        name=text(order.name),
        person=_buyer(order),
        total=money(order.total_price, order.currency),
        placed_at=utc(order.created_at, at),
        source_at=at,
        cart_tokens=tokens(order.checkout_token, order.cart_token),
        codes=tuple(filter(None, (text(used.code) for used in order.discount_codes or []))),
        test=bool(order.test),
        lines=bought(order.line_items or [], order.currency),
        paid_at=paid_at(order.financial_status, if_paid),
        fulfilled_at=fulfilled_at(order.fulfillment_status, order.fulfillments or [], at),
    )


def _buyer(order: Order) -> Person:
    account = order.customer
    place = address_of(
        order.shipping_address,
        order.billing_address,
        account.default_address if account else None,
    )
    return person(
        account,
        place,
        email=order.email or order.contact_email,
        phone=order.phone,
        locale=order.customer_locale,
    )
