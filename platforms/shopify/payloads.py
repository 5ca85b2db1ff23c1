"""What deliveries hold (API 2026-07 and later): only the fields that we read.

`null` is allowed wherever a real delivery or an official sample has shown one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from connector.structs import work_out

Id = int | str
Amount = str | int | float | None
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Number = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
FilledId = Annotated[int, msgspec.Meta(gt=0)] | Annotated[str, msgspec.Meta(min_length=1)]


class ShopNames(msgspec.Struct):
    """Where a body says which shop it is about; of any type, since we only compare."""

    myshopify_domain: Any = None
    shop_domain: Any = None
    domain: Any = None
    shop_id: Any = None  # a number in compliance topics, a GID in app/scopes_update


class ScopesUpdate(msgspec.Struct):
    """What the app may do from now on."""

    current: list[str]


class Address(msgspec.Struct):
    """A postal address, of which we read little."""

    first_name: str | None = None
    last_name: str | None = None
    country_code: str | None = None
    province_code: str | None = None


# Two recorded checkouts had an empty list where an address should be.
AddressOrNot = Address | list[Any] | None


def address_of(*found: AddressOrNot) -> Address | None:
    """The first that is an address."""
    return next((one for one in found if isinstance(one, Address)), None)


class Customer(msgspec.Struct):
    """The account inside a checkout or order; never carries consent (since 2025-01)."""

    id: Id | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    default_address: AddressOrNot = None


class Account(msgspec.Struct):
    """customers/create, customers/update."""

    id: FilledId
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    updated_at: Moment | None = None
    default_address: AddressOrNot = None


class Price(msgspec.Struct):
    """An amount with its currency."""

    amount: Amount = None
    currency_code: str | None = None


class PriceSet(msgspec.Struct):
    """An amount in the shop's currency."""

    shop_money: Price | None = None


class Line(msgspec.Struct):
    """A line of a cart or checkout; neither has a picture or a link."""

    product_id: Id | None = None
    variant_id: Id | None = None
    title: str | None = None
    variant_title: str | None = None
    quantity: Number = 1
    price: Amount = None
    line_price: Amount = None
    price_set: PriceSet | None = None
    line_price_set: PriceSet | None = None


class Cart(msgspec.Struct):
    """carts/create, carts/update: no contact, and a currency only in the lines."""

    line_items: list[Line]
    id: Id | None = None
    token: Id | None = None
    updated_at: Moment | None = None


class Checkout(msgspec.Struct):
    """checkouts/create, checkouts/update."""

    token: Annotated[str, msgspec.Meta(min_length=1)]
    line_items: list[Line]
    currency: str
    total_price: Amount
    name: Id | None = None  # "#" and its id, which itself left these bodies
    cart_token: Id | None = None
    email: str | None = None
    phone: str | None = None
    customer_locale: str | None = None
    abandoned_checkout_url: str | None = None  # withheld from apps without level 2 access
    completed_at: Moment | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    buyer_accepts_marketing: bool | None = None
    buyer_accepts_sms_marketing: bool | None = None
    sms_marketing_phone: str | None = None
    shipping_address: AddressOrNot = None
    billing_address: AddressOrNot = None
    customer: Customer | None = None


class DeletedCheckout(msgspec.Struct):
    """checkouts/delete: the cart's token, and an id that no other delivery has any more."""

    id: FilledId | None = None
    token: Id | None = None
    cart_token: Id | None = None


class Code(msgspec.Struct):
    """A discount code that an order used."""

    code: str | None = None


class Fulfillment(msgspec.Struct):
    """One parcel of an order, or what became of the try to send it."""

    created_at: Moment | None = None
    status: str | None = None


class Order(msgspec.Struct):
    """orders/*; its lines are read one by one: an odd one must not hide a purchase."""

    id: FilledId
    currency: str
    total_price: Amount
    created_at: Moment
    name: str | None = None
    test: bool | None = None
    updated_at: Moment | None = None
    cancelled_at: Moment | None = None
    processed_at: Moment | None = None
    financial_status: str | None = None
    fulfillment_status: str | None = None
    fulfillments: list[Fulfillment] | None = None
    line_items: list[msgspec.Raw] | None = None
    checkout_token: Id | None = None
    cart_token: Id | None = None
    email: str | None = None
    contact_email: str | None = None
    phone: str | None = None
    customer_locale: str | None = None
    discount_codes: list[Code] | None = None
    shipping_address: AddressOrNot = None
    billing_address: AddressOrNot = None
    customer: Customer | None = None


class Deleted(msgspec.Struct):
    """orders/delete, products/delete, products/update: the id is all that matters."""

    id: FilledId


class Transaction(msgspec.Struct):
    """Money that moved, or did not."""

    kind: str | None = None
    status: str | None = None
    amount: Amount = None
    currency: str | None = None


class Refund(msgspec.Struct):
    """refunds/create."""

    id: FilledId
    order_id: FilledId
    transactions: list[Transaction]
    created_at: Moment | None = None
    processed_at: Moment | None = None


class Consent(msgspec.Struct):
    """What a person said; states come in small letters."""

    state: str | None = None
    consent_updated_at: Moment | None = None


class EmailConsent(msgspec.Struct):
    """customers_email_marketing_consent/update."""

    customer_id: FilledId
    email_marketing_consent: Consent
    email_address: str | None = None


class SmsConsent(msgspec.Struct):
    """customers_marketing_consent/update: texts; note the other names of the same things."""

    id: FilledId
    sms_marketing_consent: Consent
    phone: str | None = None


class AskedFor(msgspec.Struct):
    """The request's own number."""

    id: FilledId


class Redact(msgspec.Struct):
    """customers/redact; each field of the customer may be missing."""

    shop_domain: str
    customer: Customer
    orders_to_redact: list[Id] | None = None


class DataRequest(msgspec.Struct):
    """customers/data_request."""

    shop_domain: str
    customer: Customer
    data_request: AskedFor
    orders_requested: list[Id] | None = None


class ShopRedact(msgspec.Struct):
    """shop/redact, 48 hours after the app was removed."""

    shop_domain: str


work_out(globals())
