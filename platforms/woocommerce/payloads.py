"""What a WooCommerce store sends, as far as we read it (REST v3 bodies and our plugin's cart).

Fields are lenient where PHP is: numbers come as text, an empty object as [].
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from connector.structs import work_out

Amount = str | float
Role = Annotated[str, msgspec.Meta(max_length=100)]
Roles = Annotated[list[Role], msgspec.Meta(max_length=50)]


class Href(msgspec.Struct):
    """One link of a REST body."""

    href: str = ""


class Links(msgspec.Struct):
    """The `_links` of a REST body: they name the store that wrote it."""

    me: list[Href] = msgspec.field(name="self", default_factory=list)


class Envelope(msgspec.Struct):
    """What every body may have; an error object has a `code` and no `id`."""

    id: int | str | None = None
    code: str | None = None
    links: Links | None = msgspec.field(name="_links", default=None)


class Meta(msgspec.Struct):
    """One custom field; plugins put anything into `value`."""

    key: str = ""
    value: Any = None


class Address(msgspec.Struct):
    """A billing address, as far as it tells who a shopper is."""

    first_name: str | None = ""
    last_name: str | None = ""
    country: str | None = ""
    state: str | None = ""
    email: str | None = ""
    phone: str | None = ""


class Image(msgspec.Struct):
    """A picture; `src` is "" or absent when there is none."""

    src: str | None = ""


class OrderLine(msgspec.Struct):
    """A product line of an order; `price` is computed by the store, after discounts."""

    name: str = ""
    product_id: int = 0
    variation_id: int = 0
    quantity: float = 1
    price: Amount = 0.0
    image: Image | None = None
    parent_name: str | None = None


class CouponLine(msgspec.Struct):
    """A coupon that an order used."""

    code: str = ""


class Refund(msgspec.Struct):
    """Money that went back; `total` is negative ("-5.00")."""

    id: int
    total: Amount


class Order(msgspec.Struct):
    """An order as `GET /orders/<id>` and `order.*` show it. Only `*_gmt` dates are UTC."""

    id: int
    status: str
    currency: str
    total: Amount
    number: str | int = ""
    customer_id: int = 0
    payment_method: str = ""
    payment_url: str = ""
    customer_ip_address: str | None = ""
    date_created_gmt: str | None = None
    date_modified_gmt: str | None = None
    date_paid_gmt: str | None = None
    date_completed_gmt: str | None = None
    billing: Address = msgspec.field(default_factory=Address)
    meta_data: list[Meta] = msgspec.field(default_factory=list)
    line_items: list[OrderLine] = msgspec.field(default_factory=list)
    coupon_lines: list[CouponLine] = msgspec.field(default_factory=list)
    refunds: list[Refund] = msgspec.field(default_factory=list)


class Customer(msgspec.Struct):
    """An account of the shop; v3 no longer counts what it bought."""

    id: int
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    role: Role | None = None
    date_created_gmt: str | None = None
    date_modified_gmt: str | None = None  # null until it is changed for the first time
    billing: Address = msgspec.field(default_factory=Address)
    meta_data: list[Meta] = msgspec.field(default_factory=list)


class Action(msgspec.Struct):
    """A hook of the shop with its first argument; objects come out as garbage."""

    action: str
    arg: Any = None


class CartItem(msgspec.Struct):
    """A line of a cart; `price` is for one piece, `line_total` for all of the line."""

    product_id: int = 0
    variation_id: int = 0
    quantity: float = 1
    name: str = ""
    price: Amount | None = None
    line_total: Amount | None = None
    image: str | None = ""
    permalink: str | None = ""


class CartTotals(msgspec.Struct):
    """A cart's totals; only the last line is ours."""

    total: Amount | None = None


class CartConsent(msgspec.Struct):
    """What the shopper said about marketing; null when she was not asked or said nothing."""

    email: bool | None = None
    sms: bool | None = None


class Cart(msgspec.Struct):
    """The body of `cart.*`, the topic of our shop plugin, delivered and signed by core.

    {"id": the cart's own key: kept in the shopper's session, renewed when it became an order,
     "revision": goes up with every change, "modified_gmt": "2026-11-22T02:31:41",
     "stage": "cart" | "checkout", "currency", "locale": "ko_KR", "customer_id",
     "email", "phone", "first_name", "last_name", "country", "state",
     "ip": the visitor's address, "roles": ["customer"]: her account's, [] for guests,
     "items": [{"key", "product_id", "variation_id", "name", "quantity", "price", "image",
                "permalink", "line_total"}],
     "totals": {"total"}, "checkout_url": restores this cart,
     "consent": {"email": true | false | null, "sms": …}}

    Items [] say that the shopper emptied it; an order that takes the cart over says so by its
    meta `_cartwright_cart`, and no `cart.updated` is sent for that. Only `id` is required.
    """

    id: str
    revision: int = 0
    modified_gmt: str | None = None
    stage: str = ""
    currency: str = ""
    locale: str = ""
    customer_id: int = 0
    email: str | None = ""
    phone: str | None = ""
    first_name: str | None = ""
    last_name: str | None = ""
    country: str | None = ""
    state: str | None = ""
    ip: str | None = ""
    roles: Roles | None = None
    checkout_url: str = ""
    items: list[CartItem] = msgspec.field(default_factory=list)
    totals: CartTotals | list[Any] = msgspec.field(default_factory=CartTotals)
    consent: CartConsent | list[Any] = msgspec.field(default_factory=CartConsent)


class PrivacyCall(msgspec.Struct):
    """What WordPress' tools for personal data ask through our shop plugin.

    {"kind": "export" | "erase", "id": the request's own name, "email", "asked_gmt"}
    """

    id: str
    kind: Literal["export", "erase"]
    email: str
    asked_gmt: str | None = None


class Viewed(msgspec.Struct):
    """The body of `cart.viewed`, our shop plugin's: a visitor looked at a product.

    {"id": the key of her cart, "product_id", "name", "viewed_gmt": "2026-11-22T02:31:41",
     "customer_id", "email", "phone": as known to the shop, else "", "locale", "currency"}
    """

    id: str
    product_id: int = 0
    name: str = ""
    viewed_gmt: str | None = None
    customer_id: int = 0
    email: str | None = ""
    phone: str | None = ""
    locale: str = ""


work_out(globals())
