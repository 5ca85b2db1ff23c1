"""A WooCommerce store, as the rest of us sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connector.domain.carts import CartLine
from connector.domain.discounts import DiscountTerms
from connector.http import loopback
from connector.ports.events import StoreEvent
from connector.ports.platform import (
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
from platforms.woocommerce import (
    addresses,
    coupons,
    customers,
    links,
    options,
    parse,
    past,
    plugin_status,
    proof,
    shop,
    survey,
    webhooks,
)
from platforms.woocommerce.client import Client


class WooCommerce(StorePlatform):
    """One store, named by its address without trailing slash; it is called with REST keys.

    Options: `order_meanings`, JSON of {"gateway:status" or "*:status": meaning}, explains the
    statuses of plugins (see `statuses.py`).
    """

    kind = "woocommerce"
    settings = (
        Setting("consumer_key", "Consumer key (ck_…), with read and write permission"),
        Setting("consumer_secret", "Consumer secret (cs_…)", secret=True),
    )

    obligations = frozenset({"privacy.asked"})

    @classmethod
    def named(cls, typed: str) -> str:
        """The shop's one address, of what people type: https, ASCII, with its folder."""
        return addresses.canonical(typed, loopback().doors)

    @classmethod
    def read_webhook(cls, headers: Sequence[tuple[str, str]], body: bytes) -> RawWebhook:
        """Pick a delivery's facts from its X-WC-Webhook headers; the ping has none."""
        return webhooks.read_webhook(headers, body)

    @classmethod
    def verify(cls, webhook: RawWebhook, secrets: Sequence[str]) -> None:
        """Return if one of the store's secrets signed the body; else InvalidSignature."""
        webhooks.verify(webhook, secrets)

    def parse(self, webhook: RawWebhook, received_at: datetime) -> list[StoreEvent]:
        """Events of a verified delivery: the state at delivery time, maybe seen before."""
        return parse.parse(self.account, webhook, received_at)

    def info(self) -> StoreInfo:
        """Who the store is: from its open index and, with the keys, its settings."""
        return shop.info(self._client)

    def settle(self) -> dict[str, str]:
        """Which permalinks the shop has and how keys reach it; proves that they may write."""
        return proof.settle(self.account)

    def subscribe(self, callback_url: str, secret: str) -> list[str]:
        """Make the webhooks that are missing or no longer active, with our secret."""
        plugin = plugin_status.read(self._client) is not None
        return webhooks.subscribe(self._client, callback_url, secret, plugin=plugin)

    def leave(self, callback_url: str) -> None:
        """Delete our webhooks; the keys stay until the merchant revokes them."""
        webhooks.leave(self._client, callback_url)

    def survey(self, callback_url: str) -> Survey:
        """Plugin, webhooks, cron, addresses and what changed, each in words with its mend."""
        return survey.survey(self._client, self.account, callback_url)

    def orders_since(self, since: datetime) -> list[StoreEvent]:
        """Orders changed at or after `since`, oldest first: core never repeats a webhook."""
        return shop.orders_since(self._client, self.account, since)

    def find_discount(self, code: str) -> DiscountMade | None:
        """The coupon of this code, or None."""
        return coupons.find(self._client, code)

    def create_discount(self, terms: DiscountTerms) -> DiscountMade:
        """Make a single-use coupon; it works at once (WooCommerce knows no start)."""
        return coupons.create(self._client, self.account.currency, terms)

    def check_discount(self, found: DiscountMade, wanted: DiscountTerms) -> None:
        """Refused, and the coupon deleted, if it is not as asked: it may be open to everybody."""
        coupons.check(self._client, found.platform_id, wanted)

    def retire_discounts(self, platform_ids: Sequence[str]) -> list[Retired]:
        """Delete unused coupons for good, in batches; used ones are spent."""
        return coupons.retire(self._client, platform_ids)

    def products(self, product_ids: Sequence[str]) -> list[ProductCard]:
        """Cards of the products that are on show."""
        return shop.products(self._client, product_ids)

    def customer(self, customer_id: str, email: str) -> CustomerCard | None:  # noqa: ARG002 - stays out of URLs
        """What the shop knows of an account; guests have none, and its REST knows no tags."""
        return customers.find(self._client, self.account, customer_id)

    def past(self, kind: PastKind, since: datetime, cursor: str) -> PastSlice:
        """A page of the past: accounts, goods, orders of any age, and those never paid."""
        return past.part_of(self._client, self.account, kind, since, cursor)

    def cart_link(self, lines: Sequence[CartLine], codes: Sequence[str]) -> str:
        """A link of core that empties the visitor's cart, fills it and applies the first code.

        Further codes are applied where our shop plugin is installed, else she types them.
        """
        return links.cart_link(self.account, lines, codes)

    def recovery_links(
        self, recovery_url: str, lines: Sequence[CartLine], codes: Sequence[str]
    ) -> list[str]:
        """Where she gets her cart back; our shop plugin's link comes first, and takes codes."""
        ours = links.restore_link(recovery_url, codes)
        taken = codes if options.knows_links(self.account.options) else ()  # else: typed by her
        others = super().recovery_links(recovery_url, lines, taken)
        return [ours, *others] if ours else others

    def owns_url(self, url: str) -> bool:
        """True if the link stays on this store's host and in its folder."""
        return links.owns_url(self.account, url)

    @property
    def _client(self) -> Client:
        return Client(self.account)
