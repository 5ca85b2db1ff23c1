"""The shared events into which every platform's webhooks are turned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector.domain.carts import CartSnapshot, OrderSnapshot
from connector.domain.money import Money
from connector.domain.people import Person


@dataclass(frozen=True)
class CartChanged:
    """A cart was made or changed; also an order that waits for its payment."""

    cart: CartSnapshot


@dataclass(frozen=True)
class CartClosed:
    """A cart was emptied or deleted at the shop; `names` are the names it is known by."""

    names: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class OrderPlaced:
    """A purchase: from here on no marketing message about its cart may leave."""

    order: OrderSnapshot


@dataclass(frozen=True)
class OrderFailed:
    """The shopper tried to pay and could not; the cart of it comes as CartChanged beside."""

    order: OrderSnapshot


@dataclass(frozen=True)
class OrderCancelled:
    """An order was called off (or its unpaid order closed by the shop)."""

    order_id: str
    at: datetime


@dataclass(frozen=True)
class OrderRefunded:
    """Money went back. `refunded` is the total so far, or None when only `refund` is known."""

    order_id: str
    at: datetime
    refund_id: str
    refund: Money


class ConsentState(StrEnum):
    """What a person said about marketing over one channel."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True)
class ConsentMark:
    """A yes or no for one channel ("email", "sms"), when and where it was given."""

    channel: str
    state: ConsentState
    at: datetime
    source: str  # "checkout", "account", "form": where it was said
    # Told again with every change of what carries it: `at` is that change, not when it was said.
    repeated: bool = False


@dataclass(frozen=True)
class ContactChanged:
    """An account or its data changed; None means that the platform did not say."""

    person: Person
    source_at: datetime
    created: bool = False  # the account is new
    tags: tuple[str, ...] | None = None  # the shop's own tags for her
    roles: tuple[str, ...] | None = None
    orders_count: int | None = None  # over her whole life, as the platform counts
    total_spent: Money | None = None
    asked_at: datetime | None = None  # the shop was asked then: what it left out it cannot tell

    @property
    def counts(self) -> bool:
        """True if it says how much she bought, or that the shop cannot tell."""
        told = (self.asked_at, self.orders_count, self.total_spent)
        return any(one is not None for one in told)


@dataclass(frozen=True)
class ConsentChanged:
    """A person said yes or no; silence is no event."""

    person: Person
    marks: tuple[ConsentMark, ...]


@dataclass(frozen=True)
class ProductChanged:
    """A product's picture, title or address may differ from what is cached."""

    product_id: str


@dataclass(frozen=True)
class ProductViewed:
    """A shopper looked at a product; `cart_token` joins her views when she says who she is."""

    person: Person
    cart_token: str
    product_id: str
    title: str
    at: datetime


@dataclass(frozen=True)
class CartReminded:
    """The platform itself wrote to her about the cart known by `names`: we must not double it."""

    names: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class ScopesChanged:
    """The merchant granted other permissions than before; all that are granted now."""

    scopes: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class ErasureAsked:
    """A person (or, with an empty person, the whole store) must be forgotten."""

    person: Person
    order_ids: tuple[str, ...]
    whole_store: bool = False
    request_id: str = ""  # the platform's own name of the request, "" if it has none
    asked_at: datetime | None = None


@dataclass(frozen=True)
class DataAsked:
    """A person asked the merchant for all that is kept of her."""

    person: Person
    order_ids: tuple[str, ...]
    request_id: str
    asked_at: datetime | None = None


@dataclass(frozen=True)
class AppUninstalled:
    """The merchant removed the app: stop at once.

    `digest` is the same for the same news: what was obeyed once is no reason to stop again.
    """

    at: datetime
    digest: str = ""


@dataclass(frozen=True)
class Ignored:
    """Understood and of no use, with the reason that the merchant reads."""

    reason: str


StoreEvent = (
    CartChanged
    | CartClosed
    | OrderPlaced
    | OrderFailed
    | OrderCancelled
    | OrderRefunded
    | ContactChanged
    | ConsentChanged
    | ProductChanged
    | ProductViewed
    | CartReminded
    | ScopesChanged
    | ErasureAsked
    | DataAsked
    | AppUninstalled
    | Ignored
)
