"""Signed webhooks as the two platforms send them, made up by the thousand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from connector.cli.playground import Playground, Shop
from connector.models import Store
from connector.signing import sign
from jobs.adapters import callback_url, webhook_secrets
from platforms import PLATFORMS


@dataclass(frozen=True)
class Delivery:
    """One webhook on the wire; `key` is the one under which it must be found again."""

    store_id: int
    path: str
    headers: Mapping[str, str]
    body: bytes
    key: str


@dataclass(frozen=True)
class Person:
    """Somebody with a cart; the number makes her addresses her own."""

    number: int
    at: datetime
    texts: bool  # she says yes to texts

    @property
    def email(self) -> str:
        """Hers alone."""
        return f"shopper{self.number}@load.example.com"

    @property
    def phone(self) -> str:
        """Hers alone, in New York."""
        return f"+1212{5550000 + self.number}"


Maker = Callable[[Person], Delivery]


def makers(play: Playground) -> list[Maker]:
    """One for each shop: the delivery that a person's cart brings about."""
    return [_shopify(play, play.shop("shopify")), _woocommerce(play, play.shop("woocommerce"))]


def _shopify(play: Playground, shop: Shop) -> Maker:
    secret = play.means.config.shopify_secrets[0]
    return shopify(shop.store, secret, shop.lever.get("state")["products"][0])


def shopify(store: Store, secret: str, product: Mapping[str, str]) -> Maker:
    """Checkouts of one product in a Shopify store."""

    def make(who: Person) -> Delivery:
        body = json.dumps(_checkout(who, product)).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": "checkouts/update",
            "X-Shopify-Hmac-Sha256": sign(body, secret),
            "X-Shopify-Shop-Domain": store.domain,
            "X-Shopify-API-Version": "2026-10",
            "X-Shopify-Webhook-Id": str(uuid4()),
            "X-Shopify-Event-Id": str(uuid4()),
            "X-Shopify-Triggered-At": who.at.isoformat(),
        }
        return _delivery(store, headers, body)

    return make


def _checkout(who: Person, product: Mapping[str, str]) -> dict[str, Any]:
    line = {
        "product_id": int(product["id"]),
        "variant_id": int(product["variant_id"]),
        "title": product["title"],
        "quantity": 1,
        "price": product["price"],
    }
    return {
        "token": f"checkout-{who.number}",
        "cart_token": f"cart-{who.number}",
        "email": who.email,
        "created_at": who.at.isoformat(),
        "updated_at": who.at.isoformat(),
        "completed_at": None,
        "currency": "USD",
        "total_price": product["price"],
        "customer_locale": "en",
        "buyer_accepts_marketing": True,
        "buyer_accepts_sms_marketing": who.texts,
        "sms_marketing_phone": who.phone if who.texts else None,
        "line_items": [line],
    }


def _woocommerce(play: Playground, shop: Shop) -> Maker:
    secret = webhook_secrets(play.means.vault, shop.store)[0]
    return woocommerce(shop.store, secret, shop.lever.get("state")["products"][0])


def woocommerce(store: Store, secret: str, product: Mapping[str, str]) -> Maker:
    """Carts of one product in a WooCommerce store, as our shop plugin tells of them."""

    def make(who: Person) -> Delivery:
        body = json.dumps(_cart(who, product, store)).encode()
        headers = {
            "Content-Type": "application/json",
            "X-WC-Webhook-Topic": "cart.updated",
            "X-WC-Webhook-Signature": sign(body, secret),
            "X-WC-Webhook-Source": f"{store.storefront}/",
            "X-WC-Webhook-ID": "9",
            "X-WC-Webhook-Delivery-ID": hashlib.sha256(body).hexdigest()[:32],
        }
        return _delivery(store, headers, body)

    return make


def _cart(who: Person, product: Mapping[str, str], store: Store) -> dict[str, Any]:
    item = {
        "product_id": int(product["id"]),
        "variation_id": 0,
        "quantity": 1,
        "name": product["title"],
        "price": product["price"],
    }
    return {
        "id": f"t_{who.number}",
        "revision": 1,
        "modified_gmt": who.at.strftime("%Y-%m-%dT%H:%M:%S"),
        "stage": "checkout",
        "currency": store.currency,
        "locale": "en_US",
        "customer_id": 0,
        "email": who.email,
        "phone": who.phone if who.texts else "",
        "country": store.country,
        "items": [item],
        "totals": {"total": product["price"]},
        "checkout_url": f"{store.storefront}/?cartwright_restore=t_{who.number}",
        "consent": {"email": True, "sms": who.texts or None},
    }


def _delivery(store: Store, headers: Mapping[str, str], body: bytes) -> Delivery:
    read = PLATFORMS[store.platform].read_webhook(list(headers.items()), body)
    path = callback_url(store).partition("/hooks/")[2]
    return Delivery(store.id, f"/hooks/{path}", headers, body, read.dedup_key)
