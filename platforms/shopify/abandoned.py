"""Checkouts that were left, from the API: also those whose webhook was lost.

The list tells no token, e-mail or phone of a checkout: it is known by its id (which
deliveries write as its name), by the cart's token inside its address, and its shopper by her
account. It cannot be sorted by the time of change, so a reading that was interrupted goes on
at its page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from connector.domain.carts import CartKind, CartSnapshot
from connector.domain.money import Money
from connector.domain.people import Person
from connector.errors import NotSent
from connector.ports.events import CartChanged, Ignored, StoreEvent
from connector.ports.listing import Listed
from platforms.shopify import payloads
from platforms.shopify.care_answers import AbandonedAnswer, AbandonmentAnswer, Checkout
from platforms.shopify.care_operations import ABANDONED, ABANDONED_UNLINKED, ABANDONMENT
from platforms.shopify.client import Client
from platforms.shopify.errors import UNREADABLE, Denied
from platforms.shopify.lines import readable, sensible
from platforms.shopify.names import checkout_name, checkout_number, gid, number_of
from platforms.shopify.operation import Operation
from platforms.shopify.order_answers import LineItem, OrderId
from platforms.shopify.orders import as_delivered
from platforms.shopify.parse_carts import number_name
from platforms.shopify.values import person, text, tokens, utc

LINK = "abandonedCheckoutUrl"
_CART_IN_PATH = re.compile(r"/checkouts/ac/([^/]{1,200})(?:/|\Z)")
_WRITES = frozenset({"SENT", "SCHEDULED"})


def changed_since(client: Client, since: datetime, cursor: str) -> Listed:
    """Checkouts changed at or after `since`, from `cursor` on, while the store allows it.

    A store that keeps the links back: once more without, so that the carts are not lost.
    """
    try:
        return _listed(client, ABANDONED, since, cursor)
    except Denied as error:
        if error.field != LINK:
            raise
        return _listed(client, ABANDONED_UNLINKED, since, cursor)


def _listed(client: Client, operation: Operation, since: datetime, cursor: str) -> Listed:
    at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found: list[StoreEvent] = []
    after: str | None = cursor or None
    while True:
        try:
            answer = client.run(
                operation, AbandonedAnswer, query=f"updated_at:>='{at}'", after=after
            )
        except NotSent as error:
            if not found or after is None:
                raise
            return Listed(tuple(found), after, error.after or 0.0)
        found += [_read(row) for row in answer.abandoned_checkouts.nodes]
        page = answer.abandoned_checkouts.page_info
        if not page.has_next_page or page.end_cursor in {None, after}:
            return Listed(tuple(found))
        after = page.end_cursor
        if client.pause_s and after is not None:
            return Listed(tuple(found), after, client.pause_s)


def _read(row: msgspec.Raw) -> StoreEvent:
    """One checkout that makes no sense must not hide the others from us."""
    try:
        return CartChanged(snapshot(msgspec.json.decode(row, type=Checkout)))
    except UNREADABLE as error:
        return Ignored(f"checkout {_name(row)} cannot be read: {text(str(error))[:200]}")


def _name(row: msgspec.Raw) -> str:
    known = readable(row, OrderId)
    return text(number_of(known.id))[:100] if known else "without an id"


def snapshot(checkout: Checkout) -> CartSnapshot:
    """The cart that a listed checkout is. Raises ValueError for one without sense."""
    price, shopper = checkout.total_price_set.shop_money, _shopper(checkout)
    names = _names(checkout)
    if not names:
        raise ValueError("it has no id")
    return CartSnapshot(
        external_id=names[0],
        kind=CartKind.CHECKOUT,
        lines=sensible(_lines(checkout), price.currency_code),
        total=Money.parse(price.amount, price.currency_code),
        person=shopper,
        source_at=utc(checkout.updated_at, checkout.created_at),
        tokens=names,
        recovery_url=text(checkout.abandoned_checkout_url),
        locale=shopper.locale,
        completed_at=utc(checkout.completed_at, checkout.created_at)
        if checkout.completed_at
        else None,
        listed=True,
    )


def _names(checkout: Checkout) -> tuple[str, ...]:
    """The cart's token, where its address tells it, and the checkout's id."""
    return tokens(
        _cart_token(checkout.abandoned_checkout_url),
        checkout_name(number_of(checkout.id)) or number_name(checkout.name),
    )


def _cart_token(url: str | None) -> str:
    try:
        found = _CART_IN_PATH.search(urlsplit(url or "").path)
    except ValueError:  # no address: its cart is known by the checkout's id alone
        return ""
    return found[1] if found else ""


def _lines(checkout: Checkout) -> Sequence[payloads.Line]:
    rows = checkout.line_items.nodes if checkout.line_items else []
    found = (readable(row, LineItem) for row in rows)
    return [item.as_delivered() for item in found if item]


def _shopper(checkout: Checkout) -> Person:
    place = checkout.shipping_address or checkout.billing_address
    address = (
        payloads.Address(country_code=place.country_code_v2, province_code=place.province_code)
        if place
        else None
    )
    account = checkout.customer
    locale = account.locale if account else None
    return person(as_delivered(account) if account else None, address, locale=locale)


def reminded(client: Client, names: Sequence[str], now: datetime) -> datetime | None:
    """When the shop's own reminder of this cart left; `now` for one that is to leave.

    None where there is none, and where the app may not see it: then the merchant is told.
    """
    number = checkout_number(names)
    if not number:
        return None
    try:
        answer = client.run(
            ABANDONMENT, AbandonmentAnswer, id=gid("AbandonedCheckout", number)
        ).abandonment_by_abandoned_checkout_id
    except Denied:
        return None
    if answer is None or answer.email_state not in _WRITES:
        return None
    return utc(answer.email_sent_at, now)
