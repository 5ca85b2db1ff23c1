"""The store itself: who it is, and its products."""

from __future__ import annotations

from collections.abc import Sequence

from connector.ports.platform import ProductCard, StoreInfo
from platforms.shopify.answers import (
    Product,
    ProductsAnswer,
    ShopAnswer,
)
from platforms.shopify.client import Client
from platforms.shopify.names import gid, is_number, number_of
from platforms.shopify.operations import PRODUCTS, SHOP

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
        ref=shop.id,
    )


def products(client: Client, product_ids: Sequence[str]) -> list[ProductCard]:
    """Title, picture, page and (at most 50) collections of the products that still exist."""
    ids = [gid("Product", number) for number in dict.fromkeys(product_ids) if is_number(number)]
    batches = (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
    answers = (client.run(PRODUCTS, ProductsAnswer, ids=batch) for batch in batches)
    return [card(one) for answer in answers for one in answer.nodes if one and one.id]


def card(product: Product) -> ProductCard:
    """What a message shows of a product."""
    media = product.featured_media
    image = media.preview.image if media and media.preview else None
    return ProductCard(
        product_id=number_of(product.id),
        title=product.title,
        image_url=(image.url if image else None) or "",
        product_url=product.online_store_url or "",  # null until it is published
        collections=tuple(number_of(one.id) for one in product.collections.nodes),
    )
