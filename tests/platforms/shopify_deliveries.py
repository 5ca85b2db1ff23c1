"""Shopify's deliveries, as small as they can be, and the shop that parses them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from connector.ports.events import StoreEvent
from connector.ports.platform import RawWebhook, StoreAccount
from platforms.shopify.adapter import Shopify

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SHOP = Shopify(StoreAccount("oscars-outdoor.myshopify.com", "USD", "America/New_York", {}))


def parse(topic: str, body: Any) -> list[StoreEvent]:
    return SHOP.parse(RawWebhook(topic, json.dumps(body).encode(), "", "k"), NOW)


def one(topic: str, body: Any) -> Any:
    (event,) = parse(topic, body)
    return event


def checkout(**changes: Any) -> dict[str, Any]:
    line = {
        "product_id": 11,
        "variant_id": 12,
        "title": "Trail Tent",
        "variant_title": "Moss",
        "quantity": 2,
        "price": "249.00",
        "line_price": "498.00",
    }
    return {
        "token": "c0ffee",
        "cart_token": "ca27?key=5ec2e7",
        "email": "Ana@Example.com",
        "phone": None,
        "created_at": "2026-11-22T03:00:00-05:00",
        "updated_at": "2026-11-22T03:30:00-05:00",
        "currency": "USD",
        "total_price": "498.00",
        "line_items": [line],
        "abandoned_checkout_url": "https://oscars-outdoor.myshopify.com/r?key=k",
        "customer_locale": "en-US",
        "shipping_address": [],
        **changes,
    }


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": 5500000000001,
        "name": "#1001",
        "currency": "USD",
        "total_price": "498.00",
        "created_at": "2026-11-22T04:00:00-05:00",
        "updated_at": "2026-11-22T04:00:01-05:00",
        "financial_status": "paid",
        "checkout_token": "c0ffee",
        "cart_token": "ca27?key=5ec2e7",
        "email": "",
        "contact_email": "ana@example.com",
        "discount_codes": [{"code": "BACK-1", "amount": "5.00", "type": "percentage"}],
        "customer": {"id": 7, "phone": "+12025550143"},
        **changes,
    }
