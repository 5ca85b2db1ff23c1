"""The port to a store platform: webhooks in, discounts, orders and products out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from connector.domain.carts import CartLine
from connector.domain.discounts import DiscountTerms
from connector.domain.money import Money
from connector.ports.events import ConsentState, StoreEvent
from connector.ports.listing import Listed
from connector.ports.settings import Setting
from connector.ports.survey import Survey


@dataclass(frozen=True)
class RawWebhook:
    """One delivery, exactly as it came. Only `body` is covered by the signature."""

    topic: str
    body: bytes
    signature: str  # "" when the header was missing
    dedup_key: str  # the same for repeats of one delivery
    shop: str = ""  # what the headers say the shop is: unsigned, to be cross-checked
    event_id: str = ""
    triggered_at: datetime | None = None
    probe: bool = False  # an unsigned hello that means nothing (WooCommerce's ping)


@dataclass(frozen=True)
class StoreAccount:
    """What an adapter needs to know of one connected store; credentials in clear."""

    domain: str  # how the platform names the store: "x.myshopify.com", "https://x.example/shop"
    currency: str
    timezone: str  # IANA
    credentials: Mapping[str, str]
    storefront: str = ""  # origin of the shop's pages, without a trailing slash
    options: Mapping[str, str] = field(default_factory=dict)
    token: Callable[[str], str] | None = None  # gives one that is good now, and not the refused
    ref: str = ""  # the platform's own id of the shop, see StoreInfo; "" while it is not known


@dataclass(frozen=True)
class StoreInfo:
    """What the platform says of the store, asked at installation and by `doctor`."""

    name: str
    currency: str
    timezone: str
    storefront: str
    email: str
    country: str = ""
    locale: str = "en"
    ref: str = ""  # the platform's own id of the shop, which outlives its name; "" if it has none


@dataclass(frozen=True)
class DiscountMade:
    """A code that exists at the platform."""

    platform_id: str
    code: str
    expires_at: datetime | None
    reference: str = ""  # "" where the platform cannot tell


@dataclass(frozen=True)
class ProductCard:
    """What a message shows of a product; "" where the shop has nothing."""

    product_id: str
    title: str
    image_url: str
    product_url: str
    collections: tuple[str, ...] = ()  # ids of the collections or categories it is in


@dataclass(frozen=True)
class CustomerCard:
    """What the shop knows of a customer over her whole life; None where it does not tell."""

    customer_id: str
    orders_count: int | None  # purchases, also those from before we were connected
    total_spent: Money | None  # less what was given back, as far as the shop counts that
    tags: tuple[str, ...] | None


@dataclass(frozen=True)
class Retired:
    """What became of a code that should no longer be valid; `error` is "" when it is not."""

    platform_id: str
    used: bool = False  # an order used it: the platform may keep it in its books
    error: str = ""


@dataclass(frozen=True)
class ConsentWord:
    """A yes or no that a shopper said to us, for the platform to know."""

    customer_id: str
    email: str
    phone: str
    channel: str  # "email", "sms"
    state: ConsentState
    at: datetime


class PastKind(StrEnum):
    """What is taken over of a store's past, in this order."""

    CUSTOMERS = "customers"
    PRODUCTS = "products"
    ORDERS = "orders"
    CARTS = "carts"


@dataclass(frozen=True)
class PastSlice:
    """One slice of a store's past. `cursor` asks for the next one; "" at the end."""

    events: tuple[StoreEvent, ...]
    cursor: str
    total: int | None = None  # how many there are in all, if the platform tells
    read: int = 0  # rows of the platform in this slice
    products: tuple[ProductCard, ...] = ()


class StorePlatform(ABC):
    """A place where a shop is. Methods that call out raise `connector.errors` only."""

    kind: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]]  # what connecting by keys asks for
    obligations: ClassVar[frozenset[str]] = frozenset()  # topics with a deadline by law
    tokens_expire: ClassVar[bool] = False  # what consent grants must be renewed
    lists_checkouts: ClassVar[bool] = False  # `abandoned_since` tells something

    def __init__(self, account: StoreAccount) -> None:
        self.account = account

    @classmethod
    def named(cls, typed: str) -> str:
        """How this platform names the store that somebody typed; Refused if it is none."""
        return typed.strip().rstrip("/")

    @classmethod
    @abstractmethod
    def read_webhook(cls, headers: Sequence[tuple[str, str]], body: bytes) -> RawWebhook:
        """Pick a delivery's facts from its headers; InvalidSignature if one comes twice."""

    @classmethod
    @abstractmethod
    def verify(cls, webhook: RawWebhook, secrets: Sequence[str]) -> None:
        """Return if one of the secrets signed the body; else raise InvalidSignature."""

    @abstractmethod
    def parse(self, webhook: RawWebhook, received_at: datetime) -> list[StoreEvent]:
        """A verified delivery as events, never empty; Malformed for a wrong body. Calls nobody."""

    @abstractmethod
    def info(self) -> StoreInfo:
        """Ask the store who it is: proves that the credentials work."""

    def settle(self) -> dict[str, str]:
        """The options by which this store has to be called, found out when it is connected.

        Also proves that the credentials may do all that is needed; changes nothing there.
        """
        return dict(self.account.options)

    @abstractmethod
    def subscribe(self, callback_url: str, secret: str) -> list[str]:
        """Make every webhook subscription that is missing; returns all topics subscribed."""

    @abstractmethod
    def orders_since(self, since: datetime) -> list[StoreEvent]:
        """All orders changed at or after `since`, oldest first, as events (all pages).

        Raises Interrupted with those that were read when the platform wants a pause.
        """

    @abstractmethod
    def find_discount(self, code: str) -> DiscountMade | None:
        """Look a code up (in any case of letters); None if there is none."""

    @abstractmethod
    def create_discount(self, terms: DiscountTerms) -> DiscountMade:
        """Make a code; CodeTaken if it exists, Refused if the terms are not accepted."""

    @abstractmethod
    def products(self, product_ids: Sequence[str]) -> list[ProductCard]:
        """The cards of those products that still exist."""

    @abstractmethod
    def customer(self, customer_id: str, email: str) -> CustomerCard | None:
        """What the shop knows of a customer, by her account or else her address; None: nobody.

        Changes nothing; raises NotSent, Refused, or Disconnected like any other read. Neither
        name may stand in a log, and an address may not stand in a URL.
        """

    @abstractmethod
    def past(self, kind: PastKind, since: datetime, cursor: str) -> PastSlice:
        """A slice of what was there before us: at most 250 rows, the same for the same cursor.

        `cursor` "" begins. Orders and carts since then, as far back as they are shown; all
        customers and products, and of people only an explicit word is consent. A slice that
        read nothing and has a cursor: ask again in some seconds. Refused where it may not be read.
        """

    @abstractmethod
    def cart_link(self, lines: Sequence[CartLine], codes: Sequence[str]) -> str:
        """A URL of the store that rebuilds the cart, with all of `codes` applied."""

    @abstractmethod
    def owns_url(self, url: str) -> bool:
        """True if `url` leads to this very store: the only places that links may lead to."""

    def abandoned_since(self, since: datetime, cursor: str = "") -> Listed:
        """Checkouts changed at or after `since`, as far as they can be read just now.

        `cursor` "" begins. Empty where a platform keeps no such list (`lists_checkouts`).
        """
        del since, cursor
        return Listed(())

    def reminded(self, names: Sequence[str], now: datetime) -> datetime | None:
        """When the platform's own reminder of the cart known by `names` left; `now` if it will.

        None when there is none, or the platform does not tell.
        """
        del names, now
        return None

    def leave(self, callback_url: str) -> None:
        """Remove at the store what connecting made there: our webhooks. Repeatable."""
        del callback_url

    def survey(self, callback_url: str) -> Survey:
        """Look at how the store is connected; changes nothing there."""
        del callback_url
        return Survey(capture="full", notes=())

    def check_discount(self, found: DiscountMade, wanted: DiscountTerms) -> None:
        """Refused, and the code taken away, if a code of ours that was found has other terms."""
        del found, wanted

    @abstractmethod
    def retire_discounts(self, platform_ids: Sequence[str]) -> list[Retired]:
        """See to it that these codes are no longer valid; one result a code, repeatable.

        What nobody used is deleted; what was used stays in the shop's books.
        """

    def tell_consent(self, word: ConsentWord) -> bool:
        """Write what a shopper said to us into the platform; False if it keeps no such thing."""
        del word
        return False

    def recovery_links(
        self, recovery_url: str, lines: Sequence[CartLine], codes: Sequence[str]
    ) -> list[str]:
        """Where a shopper gets her cart back with `codes` applied, the best address first."""
        candidates = [recovery_url, self.cart_link(lines, codes)]
        if codes:
            candidates.reverse()  # the platform's own page knows no code
        return [url for url in candidates if url]
