"""Shopify's names: shops, ids, versions, and the topics that we listen to."""

from __future__ import annotations

import re
from collections.abc import Iterable

API_VERSION = "2026-10"
_SHOP = re.compile(r"\A[a-z0-9][a-z0-9-]*\.myshopify\.com\Z")
_TOKEN = re.compile(r"\A[!-~]{1,255}\Z")
_SCOPE = re.compile(r"\A[a-z][a-z_]{1,60}\Z")
_NUMBER = re.compile(r"\A[1-9][0-9]{0,19}\Z")

# Topics as the API names them -> as deliveries name them. The three compliance topics
# (customers/redact, customers/data_request, shop/redact) can only be set in the app's own
# configuration, not here.
WANTED = {
    "APP_UNINSTALLED": "app/uninstalled",
    "APP_SCOPES_UPDATE": "app/scopes_update",
    "CARTS_CREATE": "carts/create",
    "CARTS_UPDATE": "carts/update",
    "CHECKOUTS_CREATE": "checkouts/create",
    "CHECKOUTS_UPDATE": "checkouts/update",
    "CHECKOUTS_DELETE": "checkouts/delete",
    "ORDERS_CREATE": "orders/create",
    "ORDERS_PAID": "orders/paid",
    "ORDERS_UPDATED": "orders/updated",
    "ORDERS_CANCELLED": "orders/cancelled",
    "ORDERS_DELETE": "orders/delete",
    "REFUNDS_CREATE": "refunds/create",
    "CUSTOMERS_CREATE": "customers/create",
    "CUSTOMERS_UPDATE": "customers/update",
    "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE": "customers_email_marketing_consent/update",
    "CUSTOMERS_MARKETING_CONSENT_UPDATE": "customers_marketing_consent/update",
    "PRODUCTS_UPDATE": "products/update",
    "PRODUCTS_DELETE": "products/delete",
}


def is_shop(name: str) -> bool:
    """True for a permanent shop name ("oscars-outdoor.myshopify.com"), in small letters."""
    return _SHOP.match(name) is not None


def is_token(text: str) -> bool:
    """True for what can be sent as an access token."""
    return _TOKEN.match(text) is not None


def is_scope(text: str) -> bool:
    """True for what can be the name of a permission: "read_orders"."""
    return _SCOPE.match(text) is not None


def is_number(text: str) -> bool:
    """True for the numeric form of an id, the only one that may go into a URL or gid."""
    return _NUMBER.match(text) is not None


def checkout_name(number: str) -> str:
    """A checkout's name among its cart's: the API tells no token of it, deliveries no id."""
    return f"checkout:{number}" if is_number(number) else ""


def checkout_number(names: Iterable[str]) -> str:
    """The id of the checkout that is known by these names; "" if they tell none."""
    told = (name.removeprefix("checkout:") for name in names if name.startswith("checkout:"))
    return next(filter(is_number, told), "")


def gid(kind: str, number: str) -> str:
    """The API's form of a numeric id: gid://shopify/Product/42."""
    return f"gid://shopify/{kind}/{number}"


def number_of(gid_text: str) -> str:
    """The numeric id at the end of a gid, as webhooks write it."""
    return gid_text.rpartition("/")[2]
