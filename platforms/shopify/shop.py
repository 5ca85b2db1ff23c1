"""The store itself: who it is, its products, and the webhooks it sends us."""

from __future__ import annotations

from collections.abc import Sequence

from connector.errors import Refused
from connector.ports.platform import ProductCard, StoreInfo
from platforms.shopify.answers import (
    Product,
    ProductsAnswer,
    ShopAnswer,
    WebhookCreateAnswer,
    WebhooksAnswer,
)
from platforms.shopify.client import Client
from platforms.shopify.errors import refuse
from platforms.shopify.names import WANTED, gid, is_number, number_of
from platforms.shopify.operations import PRODUCTS, SHOP, WEBHOOK_CREATE, WEBHOOKS

# Products a call: each costs up to 56 points with its 50 collections, and a call may cost 1,000.
_AT_ONCE = 15


def info(client: Client) -> StoreInfo:
    """The store's name, currency, zone and address."""
    shop = client.run(SHOP, ShopAnswer).shop
    return StoreInfo(
        name=shop.name,
        currency=shop.currency_code,
        timezone=shop.iana_timezone,
        storefront=(shop.primary_domain.url or "").rstrip("/"),
        email=shop.contact_email or "",
        country=(shop.shop_address and shop.shop_address.country_code_v2) or "",
    )


def subscribe(client: Client, callback_url: str) -> list[str]:
    """Make the subscriptions that are missing; returns all topics that now come to us."""
    have = _subscribed(client, callback_url)
    for topic in WANTED:
        if topic not in have:
            _subscribe(client, topic, callback_url)
    return list(WANTED.values())


def _subscribed(client: Client, callback_url: str) -> set[str]:
    pages = client.pages(
        WEBHOOKS, WebhooksAnswer, lambda page: page.webhook_subscriptions.page_info
    )
    found = (one for page in pages for one in page.webhook_subscriptions.nodes)
    return {one.topic for one in found if one.uri == callback_url}


def _subscribe(client: Client, topic: str, callback_url: str) -> None:
    answer = client.run(
        WEBHOOK_CREATE,
        WebhookCreateAnswer,
        topic=topic,
        sub={"uri": callback_url, "format": "JSON"},
    )
    try:
        refuse(answer.webhook_subscription_create.user_errors, f"webhook {topic}")
    except Refused as refusal:
        # Somebody else made it since we looked; these errors have no code to go by.
        if "already been taken" not in refusal.detail:
            raise


def products(client: Client, product_ids: Sequence[str]) -> list[ProductCard]:
    """Title, picture, page and (at most 50) collections of the products that still exist."""
    ids = [gid("Product", number) for number in dict.fromkeys(product_ids) if is_number(number)]
    batches = (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
    answers = (client.run(PRODUCTS, ProductsAnswer, ids=batch) for batch in batches)
    return [_card(one) for answer in answers for one in answer.nodes if one and one.id]


def _card(product: Product) -> ProductCard:
    media = product.featured_media
    image = media.preview.image if media and media.preview else None
    return ProductCard(
        product_id=number_of(product.id),
        title=product.title,
        image_url=(image.url if image else None) or "",
        product_url=product.online_store_url or "",  # null until it is published
        collections=tuple(number_of(one.id) for one in product.collections.nodes),
    )
