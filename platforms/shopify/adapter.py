"""Shopify as the rest of the product sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from connector import clock
from connector.domain.carts import CartLine
from connector.domain.discounts import DiscountTerms
from connector.errors import InvalidSignature
from connector.ports.events import StoreEvent
from connector.ports.listing import Listed
from connector.ports.platform import (
    ConsentWord,
    CustomerCard,
    DiscountMade,
    PastKind,
    PastSlice,
    ProductCard,
    RawWebhook,
    Retired,
    StoreInfo,
    StorePlatform,
)
from connector.ports.settings import Setting
from connector.ports.survey import Survey
from connector.signing import is_valid
from platforms.shopify import (
    abandoned,
    consents,
    customers,
    deliveries,
    discounts,
    links,
    orders,
    parse,
    past,
    shop,
    survey,
    webhooks,
)
from platforms.shopify.client import Client


class Shopify(StorePlatform):
    """A Shopify store; its deliveries are signed with the app's secret, one for all shops."""

    kind = "shopify"
    settings = (Setting("access_token", "Admin API access token", secret=True),)
    tokens_expire = True
    lists_checkouts = True
    obligations = frozenset({"customers/data_request", "customers/redact", "shop/redact"})

    @cached_property
    def _client(self) -> Client:
        return Client(self.account)

    @classmethod
    def read_webhook(cls, headers: Sequence[tuple[str, str]], body: bytes) -> RawWebhook:
        """Pick a delivery's facts from its headers; InvalidSignature if one comes twice."""
        return deliveries.read(headers, body)

    @classmethod
    def verify(cls, webhook: RawWebhook, secrets: Sequence[str]) -> None:
        """Return if one of the app's secrets signed the body; else raise InvalidSignature."""
        if not is_valid(webhook.body, webhook.signature, secrets):
            raise InvalidSignature("no secret of the app made this signature")

    def parse(self, webhook: RawWebhook, received_at: datetime) -> list[StoreEvent]:
        """Turn a verified delivery into events; Malformed when its body makes no sense."""
        return parse.parse(self.account, webhook, received_at)

    def info(self) -> StoreInfo:
        """Ask the store who it is."""
        return shop.info(self._client)

    def subscribe(self, callback_url: str, secret: str) -> list[str]:  # noqa: ARG002 - the app's secret signs
        """Make every missing webhook subscription; returns all topics subscribed."""
        return webhooks.subscribe(self._client, callback_url)

    def leave(self, callback_url: str) -> None:
        """End the webhooks that lead to us."""
        webhooks.leave(self._client, callback_url)

    def survey(self, callback_url: str) -> Survey:
        """Webhooks, version, permissions, links, the shop's own mail; changes nothing."""
        return survey.survey(self._client, callback_url)

    def orders_since(self, since: datetime) -> list[StoreEvent]:
        """All orders changed at or after `since`, oldest first."""
        return orders.changed_since(self._client, since)

    def abandoned_since(self, since: datetime, cursor: str = "") -> Listed:
        """Checkouts changed at or after `since`, as far as the store's budget goes."""
        return abandoned.changed_since(self._client, since, cursor)

    def reminded(self, names: Sequence[str], now: datetime) -> datetime | None:
        """When the shop's own reminder of a cart left; `now` for one that is to leave."""
        return abandoned.reminded(self._client, names, now)

    def find_discount(self, code: str) -> DiscountMade | None:
        """Look a code up in any case of letters."""
        return discounts.find(self._client, code)

    def create_discount(self, terms: DiscountTerms) -> DiscountMade:
        """Make a single-use code; CodeTaken, Refused, or OutcomeUnknown when it may exist."""
        return discounts.create(self._client, self.account.currency, terms)

    def retire_discounts(self, platform_ids: Sequence[str]) -> list[Retired]:
        """Delete unused codes; used ones only stop, so that reports keep them."""
        return discounts.retire(self._client, platform_ids)

    def tell_consent(self, word: ConsentWord) -> bool:
        """Write a shopper's yes or no into her account; False if she has none."""
        return consents.tell(self._client, word)

    def products(self, product_ids: Sequence[str]) -> list[ProductCard]:
        """The cards of those products that still exist."""
        return shop.products(self._client, product_ids)

    def customer(self, customer_id: str, email: str) -> CustomerCard | None:
        """What the shop knows of a customer, by her account or else her address."""
        return customers.find(self._client, customer_id, email)

    def cart_link(self, lines: Sequence[CartLine], codes: Sequence[str]) -> str:
        """A cart permalink, with all of `codes` applied."""
        return links.cart_link(self.account, lines, codes)

    def owns_url(self, url: str) -> bool:
        """True if `url` leads to this very store."""
        return links.owns_url(self.account, url)

    def past(self, kind: PastKind, since: datetime, cursor: str) -> PastSlice:
        """A slice of the past, from an export; orders and checkouts reach back 60 days."""
        return past.part_of(self._client, kind, since, cursor, clock.now())
