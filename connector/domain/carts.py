"""One cart model for both platforms, and when a cart counts as abandoned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector.domain.money import Money
from connector.domain.people import Person


class CartKind(StrEnum):
    """Where the shopper stopped."""

    CART = "cart"  # goods in the cart, no checkout yet
    CHECKOUT = "checkout"  # checkout begun
    UNPAID_ORDER = "unpaid_order"  # order placed, payment failed or never made


class CartState(StrEnum):
    """open -> abandoned -> recovered | ordered | lost; open -> ordered; abandoned -> open."""

    OPEN = "open"
    ABANDONED = "abandoned"
    RECOVERED = "recovered"  # ordered after a message of ours about it
    ORDERED = "ordered"  # ordered without one
    LOST = "lost"  # nothing for 30 days


class Payment(StrEnum):
    """How far paying for an unpaid order has come; a cart or checkout has NONE."""

    NONE = ""
    WAITING = "waiting"  # ordered, and the money has not come
    FAILED = "failed"  # the shopper tried, and saw that it failed


CLOSED_STATES = frozenset({CartState.RECOVERED, CartState.ORDERED, CartState.LOST})


@dataclass(frozen=True)
class CartLine:
    """One line of a cart; ids are the platform's, as text; "" where it has none."""

    product_id: str
    variant_id: str
    title: str
    quantity: int
    unit_price: Money
    variant_title: str = ""
    image_url: str = ""
    product_url: str = ""


@dataclass(frozen=True)
class CartSnapshot:
    """A cart as the platform described it at `source_at` (UTC, the platform's own time).

    `external_id` names the cart for its whole life. `tokens` are all further names under
    which an order may point back at it (cart token, checkout token, order id).
    """

    external_id: str
    kind: CartKind
    lines: tuple[CartLine, ...]
    total: Money
    person: Person
    source_at: datetime
    tokens: tuple[str, ...] = ()
    recovery_url: str = ""
    locale: str = ""
    completed_at: datetime | None = None
    ip: str = ""  # compared with the store's exclusions, never stored; "" when not told
    roles: tuple[str, ...] = ()  # the account's roles at the shop ("customer", "wholesale")
    payment: Payment = Payment.NONE
    listed: bool = False  # from a list, which tells less than a delivery of the same moment


class OrderState(StrEnum):
    """placed -> cancelled | refunded; placed again by a reinstated order."""

    PLACED = "placed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


@dataclass(frozen=True)
class OrderSnapshot:
    """An order that counts as a purchase (paid, on hold, cash on delivery)."""

    external_id: str
    name: str  # as the merchant reads it: "#1001"
    person: Person
    total: Money
    placed_at: datetime
    source_at: datetime
    cart_tokens: tuple[str, ...] = ()  # every cart or checkout it says it came from
    codes: tuple[str, ...] = ()  # discount codes that were used
    test: bool = False
    lines: tuple[CartLine, ...] = ()
    paid_at: datetime | None = None  # None while no money has come (on hold, cash on delivery)
    fulfilled_at: datetime | None = None  # when the whole order was sent out
