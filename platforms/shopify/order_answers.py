"""The shapes of the answers about orders: only what we read."""

from __future__ import annotations

import msgspec

from connector.structs import work_out
from platforms.shopify.answers import Answer, Country, Moment, Page, PriceSet
from platforms.shopify.names import number_of
from platforms.shopify.payloads import Fulfillment, Line, Number


class EmailAddress(Answer):
    """A customer's address."""

    email_address: str | None = None


class PhoneNumber(Answer):
    """A customer's number."""

    phone_number: str | None = None


class Customer(Answer):
    """The account of an order; null for guests and where the app may not see people."""

    id: str
    first_name: str | None = None
    last_name: str | None = None
    locale: str | None = None  # asked for where nothing else tells a language
    default_email_address: EmailAddress | None = None
    default_phone_number: PhoneNumber | None = None


class Parcel(Answer):
    """A fulfillment."""

    created_at: Moment | None = None
    status: str | None = None

    def as_delivered(self) -> Fulfillment:
        """In the form that webhooks have: states in small letters."""
        return Fulfillment(self.created_at, (self.status or "").lower())


class Transaction(Answer):
    """Money that moved, or did not."""

    kind: str | None = None
    status: str | None = None
    processed_at: Moment | None = None


class Gid(Answer):
    """Anything of which only the id matters."""

    id: str


class UnitMoney(Answer):
    """A price in the order's currency."""

    amount: str | None = None


class UnitPrice(Answer):
    """What one piece cost before discounts."""

    shop_money: UnitMoney | None = None


class LineItem(Answer):
    """A line of an order; product and variant are null once they are deleted."""

    title: str | None = None
    variant_title: str | None = None
    quantity: Number = 1
    product: Gid | None = None
    variant: Gid | None = None
    original_unit_price_set: UnitPrice | None = None
    discounted_unit_price_set: UnitPrice | None = None  # of a checkout

    def as_delivered(self) -> Line:
        """In the form that webhooks have, so that both are read alike."""
        prices = self.discounted_unit_price_set or self.original_unit_price_set
        price = prices and prices.shop_money
        return Line(
            product_id=number_of(self.product.id) if self.product else None,
            variant_id=number_of(self.variant.id) if self.variant else None,
            title=self.title,
            variant_title=self.variant_title,
            quantity=self.quantity,
            price=price.amount if price else None,
        )


class LineItems(Answer):
    """A page of lines, each to be read by itself."""

    nodes: list[msgspec.Raw] = []
    page_info: Page = msgspec.field(default_factory=Page)


class Order(Answer):
    """An order; people's data may be withheld from the app (null)."""

    id: str
    name: str
    created_at: Moment
    updated_at: Moment
    total_price_set: PriceSet
    test: bool = False
    processed_at: Moment | None = None
    cancelled_at: Moment | None = None
    display_financial_status: str | None = None
    display_fulfillment_status: str | None = None
    fulfillments: list[Parcel] | None = None
    transactions: list[Transaction] | None = None
    line_items: LineItems | None = None
    checkout_token: str | None = None
    cart_token: str | None = None
    email: str | None = None
    phone: str | None = None
    customer_locale: str | None = None
    customer: Customer | None = None
    shipping_address: Country | None = None
    discount_codes: list[str] = []
    total_refunded_set: PriceSet | None = None


class OrderId(Answer):
    """What names an order whose rest nobody can read."""

    id: str


class Orders(Answer):
    """A page of orders, each to be read by itself: an odd one must not hide the others."""

    nodes: list[msgspec.Raw]
    page_info: Page


class OrdersAnswer(Answer):
    """To Orders."""

    orders: Orders


class OrderLines(Answer):
    """One order's lines."""

    line_items: LineItems


class OrderLinesAnswer(Answer):
    """To OrderLines: null when the order is gone."""

    order: OrderLines | None = None

    @property
    def page_info(self) -> Page:
        """Where the next page of lines begins."""
        return self.order.line_items.page_info if self.order else Page()


work_out(globals())
