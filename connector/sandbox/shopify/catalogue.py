"""Six products with drawn pictures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from html import escape

from connector.sandbox.shopify.paging import page
from connector.sandbox.shopify.world import Doc, Refusal, Settings

COLLECTIONS = {470_000_000_001: "Sleep outside", 470_000_000_002: "Kitchen"}
_SLEEP, _KITCHEN = ((number,) for number in COLLECTIONS)
OPENED = "2026-01-05T09:00:00Z"  # when the goods were entered
_KRW_A_DOLLAR = 1300  # a plausible whole price where money has no small coin


@dataclass(frozen=True)
class Product:
    """A product with one variant; `variant_title` is "" where there is no choice."""

    id: int
    variant_id: int
    handle: str
    title: str
    variant_title: str
    price: Decimal  # in dollars
    grams: int
    hue: int
    drawing: str  # SVG shapes in a 200 x 200 square
    collections: tuple[int, ...] = ()

    @property
    def sku(self) -> str:
        """The merchant's own number."""
        return f"OO-{self.handle[:4].upper()}-{self.id % 100:02d}"


_TENT = '<path d="M100 45 20 160h160z"/><path d="m100 45-24 115h48z" fill="#fff" opacity=".7"/>'
_BAG = '<rect x="62" y="30" width="76" height="145" rx="36"/>'
_POT = '<path d="M50 80h100v60q0 20-20 20H70q-20 0-20-20z"/><path d="M150 92h34v12h-34z"/>'
_SOCK = '<path d="M80 35h42v75l38 22q14 10 6 24t-26 6l-60-34z"/>'
_LAMP = '<circle cx="100" cy="105" r="42"/><path d="M25 92h150v16H25z" opacity=".6"/>'
_MUG = (
    '<path d="M55 60h80v90q0 12-12 12H67q-12 0-12-12z"/>'
    '<path d="M135 80q38 0 38 28t-38 28v-14q22 0 22-14t-22-14z"/>'
)


@cache
def products() -> tuple[Product, ...]:
    """All of them, in the order of the shop's page."""
    rows = (
        ("trail-tent", "Trail Tent for Two", "Moss", "249.00", 1900, 140, _TENT, _SLEEP),
        ("down-sleeping-bag", "Down Sleeping Bag", "Regular", "189.00", 950, 215, _BAG, _SLEEP),
        ("titanium-pot", "Titanium Pot 900 ml", "", "64.50", 140, 200, _POT, _KITCHEN),
        ("merino-socks", "Merino Hiking Socks", "M", "18.00", 80, 20, _SOCK, ()),
        ("headlamp", "Headlamp 350 Lumen", "", "42.00", 90, 45, _LAMP, ()),
        ("enamel-mug", "Enamel Mug", "Sky", "14.00", 160, 190, _MUG, _KITCHEN),
    )
    return tuple(
        Product(8_001_000_000_001 + n, 43_001_000_000_001 + n, handle, title, variant,
                Decimal(price), grams, hue, drawing, collections)
        for n, (handle, title, variant, price, grams, hue, drawing, collections)
        in enumerate(rows)
    )  # fmt: skip


def price_of(product: Product, settings: Settings) -> Decimal:
    """What it costs here."""
    whole = settings.money(Decimal(1)).as_tuple().exponent == 0
    return settings.money(product.price * _KRW_A_DOLLAR if whole else product.price)


def find(number: int | str) -> Product:
    """By product or variant id. Refusal if there is none."""
    for product in products():
        if str(number) in {str(product.id), str(product.variant_id)}:
            return product
    raise Refusal(f"no product or variant {number}")


def picture(product: Product) -> str:
    """A drawing of it, as SVG."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="600" height="600">'
        f"<title>{escape(product.title)}</title>"
        f'<rect width="200" height="200" fill="hsl({product.hue} 40% 92%)"/>'
        f'<g fill="hsl({product.hue} 45% 38%)">{product.drawing}</g></svg>'
    )


def product_node(url: str, product: Product, settings: Settings) -> Doc:
    """The API's picture of a product of the shop at `url`."""
    image = {"url": f"{url}/images/{product.handle}.svg", "altText": product.title}
    groups = [{"id": f"gid://shopify/Collection/{n}"} for n in product.collections]
    variant = variant_node(product, settings)
    price = {"amount": variant["price"], "currencyCode": settings.currency}
    return {
        "__typename": "Product",
        "id": f"gid://shopify/Product/{product.id}",
        "title": product.title,
        "handle": product.handle,
        "legacyResourceId": str(product.id),
        "status": "ACTIVE",
        "productType": "",
        "totalInventory": 100,
        "publishedAt": OPENED,
        "priceRangeV2": {"minVariantPrice": price, "maxVariantPrice": price},
        "vendor": settings.name,
        "tags": [],
        "onlineStoreUrl": f"{url}/products/{product.handle}",
        "createdAt": OPENED,
        "updatedAt": OPENED,
        "featuredMedia": {"__typename": "MediaImage", "preview": {"image": image}},
        "collections": lambda asked: page(groups, lambda one: one["id"], asked),
        "variants": lambda asked: page([variant], lambda one: one["id"], asked),
    }


def variant_node(product: Product, settings: Settings) -> Doc:
    """The API's picture of the one variant of a product."""
    return {
        "__typename": "ProductVariant",
        "id": f"gid://shopify/ProductVariant/{product.variant_id}",
        "title": product.variant_title or "Default Title",
        "sku": product.sku,
        "price": str(price_of(product, settings)),
        "availableForSale": True,
        "inventoryQuantity": 100,
        "compareAtPrice": None,
        "product": {"id": f"gid://shopify/Product/{product.id}", "title": product.title},
    }
