"""Deliveries as shared events: topic -> payload and function, the table at the end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from connector.domain.times import believed
from connector.errors import Malformed
from connector.ports.events import (
    AppUninstalled,
    Ignored,
    ProductChanged,
    ScopesChanged,
    StoreEvent,
)
from connector.ports.platform import RawWebhook, StoreAccount
from platforms.shopify.errors import UNREADABLE
from platforms.shopify.names import is_scope, is_shop
from platforms.shopify.parse_carts import cart_changed, checkout_changed, checkout_deleted
from platforms.shopify.parse_orders import (
    order_changed,
    order_deleted,
    order_paid,
    order_refunded,
)
from platforms.shopify.parse_people import (
    account_changed,
    account_created,
    data_asked,
    email_consent,
    erasure_asked,
    sms_consent,
    store_erasure,
)
from platforms.shopify.payloads import (
    Account,
    Cart,
    Checkout,
    DataRequest,
    Deleted,
    DeletedCheckout,
    EmailConsent,
    Order,
    Redact,
    Refund,
    ScopesUpdate,
    ShopNames,
    ShopRedact,
    SmsConsent,
)
from platforms.shopify.values import text

P = TypeVar("P")
_ANOTHERS = Ignored("another store's data")
Handler = Callable[[StoreAccount, P, datetime], list[StoreEvent]]


@dataclass(frozen=True)
class Topic:
    """The form of a topic's bodies, and the function that understands them."""

    payload: type[Any]
    handler: Handler[Any]


def parse(account: StoreAccount, webhook: RawWebhook, now: datetime) -> list[StoreEvent]:
    """Events of one verified delivery, never empty; Malformed when the body makes no sense.

    `now` is when it was received. What carries no time of its own happened when the header
    says, which nobody signed, and in no case later than now.
    """
    topic = TOPICS.get(webhook.topic)
    if topic is None:
        reason = OF_NO_USE.get(webhook.topic) or f"topic {text(webhook.topic)} is not used"
        return [Ignored(reason)]
    try:
        if _names_another(webhook.body, account):
            return [_ANOTHERS]
        payload = msgspec.json.decode(webhook.body, type=topic.payload)
        events = topic.handler(account, payload, min(webhook.triggered_at or now, now))
        return [believed(_recognisable(event, webhook.body), now) for event in events]
    except UNREADABLE as error:
        raise Malformed(f"{webhook.topic}: {str(error)[:200]}") from error


def _recognisable(event: StoreEvent, body: bytes) -> StoreEvent:
    """The removal of the app, named by what was signed: the time in its header was not."""
    if not isinstance(event, AppUninstalled):
        return event
    return replace(event, digest=hashlib.sha256(body).hexdigest())


def _names_another(body: bytes, ours: StoreAccount) -> bool:
    """True if a body names another shop: one app secret signs the deliveries of all shops.

    Only names of the permanent kind count; `domain` may be the shop's own web address. Even
    those go to another owner: an id that differs from ours is news of the former one.
    """
    names = msgspec.json.decode(body, type=ShopNames)
    said = (names.myshopify_domain, names.shop_domain, names.domain)
    shops = [name.lower() for name in said if isinstance(name, str) and is_shop(name.lower())]
    return (bool(shops) and ours.domain not in shops) or _is_another(names.shop_id, ours)


def _is_another(shop_id: Any, ours: StoreAccount) -> bool:
    """True if both ids are known and differ."""
    ids = [str(one or "").rpartition("/")[2] for one in (shop_id, ours.ref)]
    return all(ids) and len(set(ids)) > 1


def _app_uninstalled(ours: StoreAccount, shop: Deleted, at: datetime) -> list[StoreEvent]:
    """Its body is the shop itself."""
    return [_ANOTHERS if _is_another(shop.id, ours) else AppUninstalled(at)]


def _scopes_changed(_: StoreAccount, told: ScopesUpdate, at: datetime) -> list[StoreEvent]:
    return [ScopesChanged(tuple(sorted({one for one in told.current if is_scope(one)})), at)]


def _product_changed(_: StoreAccount, product: Deleted, __: datetime) -> list[StoreEvent]:
    return [ProductChanged(text(product.id))]


_CART = Topic(Cart, cart_changed)
_CHECKOUT = Topic(Checkout, checkout_changed)
_ORDER = Topic(Order, order_changed)
_PRODUCT = Topic(Deleted, _product_changed)

TOPICS: dict[str, Topic] = {
    "app/scopes_update": Topic(ScopesUpdate, _scopes_changed),
    "app/uninstalled": Topic(Deleted, _app_uninstalled),
    "carts/create": _CART,
    "carts/update": _CART,
    "checkouts/create": _CHECKOUT,
    "checkouts/update": _CHECKOUT,
    "checkouts/delete": Topic(DeletedCheckout, checkout_deleted),
    "customers/create": Topic(Account, account_created),
    "customers/update": Topic(Account, account_changed),
    "customers/data_request": Topic(DataRequest, data_asked),
    "customers/redact": Topic(Redact, erasure_asked),
    "customers_email_marketing_consent/update": Topic(EmailConsent, email_consent),
    "customers_marketing_consent/update": Topic(SmsConsent, sms_consent),
    "orders/cancelled": _ORDER,
    "orders/create": _ORDER,
    "orders/fulfilled": _ORDER,
    "orders/paid": Topic(Order, order_paid),
    "orders/partially_fulfilled": _ORDER,
    "orders/updated": _ORDER,
    "orders/delete": Topic(Deleted, order_deleted),
    "products/delete": _PRODUCT,
    "products/update": _PRODUCT,
    "refunds/create": Topic(Refund, order_refunded),
    "shop/redact": Topic(ShopRedact, store_erasure),
}

OF_NO_USE = {
    "customers/delete": "an account is gone; customers/redact asks for erasure",
    "customers_whats_app_marketing_consent/update": "there is no such channel",
    "orders/edited": "the edited order itself comes as orders/updated",
}
