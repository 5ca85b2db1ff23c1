"""Lines of carts, checkouts and orders, which webhooks and the API write almost alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from connector.domain.carts import CartLine
from connector.domain.money import Money
from platforms.shopify.errors import UNREADABLE
from platforms.shopify.payloads import Amount, Line, PriceSet
from platforms.shopify.values import text

T = TypeVar("T")


def lines_of(lines: Sequence[Line], currency: str) -> tuple[CartLine, ...]:
    """The lines of which there is anything. Raises ValueError for an odd price."""
    return tuple(_line(line, currency) for line in lines if line.quantity)


def bought(rows: Sequence[msgspec.Raw], currency: str) -> tuple[CartLine, ...]:
    """The lines of a purchase that make sense; a purchase counts whatever the others say."""
    return sensible([line for row in rows if (line := readable(row, Line))], currency)


def sensible(lines: Sequence[Line], currency: str) -> tuple[CartLine, ...]:
    """The same of lines that are decoded."""
    return tuple(line for one in lines for line in _sensible(one, currency))


def readable(row: msgspec.Raw, kind: type[T]) -> T | None:
    """A row of the expected form, or None."""
    try:
        return msgspec.json.decode(row, type=kind)
    except UNREADABLE:
        return None


def shop_amount(prices: PriceSet | None) -> Amount:
    """A price in the shop's currency; None where there is none."""
    return prices.shop_money.amount if prices and prices.shop_money else None


def _sensible(line: Line, currency: str) -> tuple[CartLine, ...]:
    try:
        return lines_of([line], currency)
    except UNREADABLE:
        return ()


def _line(line: Line, currency: str) -> CartLine:
    """One line; a custom line has no product, and keeps its title."""
    price = shop_amount(line.price_set) or line.price
    return CartLine(
        product_id=text(line.product_id),
        variant_id=text(line.variant_id),
        title=text(line.title),
        quantity=line.quantity,
        unit_price=Money.rounded(price or 0, currency),
        variant_title=text(line.variant_title),
    )
