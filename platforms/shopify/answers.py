"""The shapes of the answers to our operations: only what we read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from connector.structs import work_out
from platforms.shopify.errors import UserError

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
# An UnsignedInt64 comes as text: "12".
Count = (
    Annotated[int, msgspec.Meta(ge=0, lt=10**9)]
    | Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,9}$")]
)


class Answer(msgspec.Struct, rename="camel"):
    """Shopify writes camelCase; unknown fields are skipped."""


class Page(Answer):
    """Where the next page begins."""

    has_next_page: bool = False
    end_cursor: str | None = None


class Url(Answer):
    """Anything of which only the address matters."""

    url: str | None = None


class Country(Answer):
    """A place, as two codes."""

    country_code_v2: str | None = msgspec.field(default=None, name="countryCodeV2")
    province_code: str | None = None


class Shop(Answer):
    """The store about itself."""

    id: str
    name: str
    primary_domain: Url
    currency_code: str
    iana_timezone: str
    contact_email: str | None = None
    shop_address: Country | None = None


class ShopAnswer(Answer):
    """To Shop."""

    shop: Shop


class ApiVersion(Answer):
    """A version of the API."""

    handle: str


class Subscription(Answer):
    """A webhook subscription."""

    id: str
    topic: str
    uri: str | None = None
    api_version: ApiVersion | None = None


class Subscriptions(Answer):
    """A page of subscriptions."""

    nodes: list[Subscription]
    page_info: Page


class WebhooksAnswer(Answer):
    """To Webhooks."""

    webhook_subscriptions: Subscriptions


class Created(Answer):
    """The outcome of a subscription."""

    user_errors: list[UserError] = []


class WebhookCreateAnswer(Answer):
    """To WebhookCreate."""

    webhook_subscription_create: Created


class Code(Answer):
    """One code of a discount."""

    code: str


class Codes(Answer):
    """The codes of a discount."""

    nodes: list[Code] = []


class Discount(Answer):
    """A code discount of any kind."""

    title: str = ""
    ends_at: Moment | None = None
    codes: Codes = msgspec.field(default_factory=Codes)


class DiscountNode(Answer):
    """A discount with its id."""

    id: str
    code_discount: Discount


class FindCodeAnswer(Answer):
    """To FindCode."""

    code_discount_node_by_code: DiscountNode | None


class DiscountCreated(Answer):
    """The outcome of a creation."""

    code_discount_node: DiscountNode | None = None
    user_errors: list[UserError] = []


class CreateCodeAnswer(Answer):
    """To CreateCode or CreateShippingCode: the one that was asked for."""

    discount_code_basic_create: DiscountCreated | None = None
    discount_code_free_shipping_create: DiscountCreated | None = None


class Price(Answer):
    """An amount in the shop's currency."""

    amount: str
    currency_code: str


class PriceSet(Answer):
    """Amounts come in two currencies: we read the shop's."""

    shop_money: Price


class Preview(Answer):
    """A picture's small version."""

    image: Url | None = None


class Media(Answer):
    """A product's first picture or film."""

    preview: Preview | None = None


class Collection(Answer):
    """A collection that a product is in."""

    id: str


class Collections(Answer):
    """The collections of a product."""

    nodes: list[Collection] = []


class Product(Answer):
    """A product; empty where the id is something else's."""

    id: str = ""
    title: str = ""
    online_store_url: str | None = None
    featured_media: Media | None = None
    collections: Collections = msgspec.field(default_factory=Collections)


class ProductsAnswer(Answer):
    """To Products: null for ids that are gone."""

    nodes: list[Product | None]


class Customer(Answer):
    """An account over its whole life."""

    id: str
    number_of_orders: Count
    amount_spent: Price
    tags: list[str] = []


class CustomerAnswer(Answer):
    """To Customer: null for nobody."""

    customer_by_identifier: Customer | None = None


work_out(globals())
