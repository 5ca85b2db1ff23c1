"""The shop's goods: six pots, their prices and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from connector.sandbox.woocommerce import addresses
from connector.sandbox.woocommerce.state import State


@dataclass(frozen=True)
class Product:
    """A product; with variations it is bought as one of them."""

    id: int
    name: str
    slug: str
    won: int
    price: str  # where the currency is not KRW
    colour: str
    shape: str  # SVG path in a 120 x 120 field
    categories: tuple[int, ...]
    variations: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Choice:
    """What lies in a cart: a product, and which of its variations (0 for none)."""

    product: Product
    variation_id: int = 0

    @property
    def name(self) -> str:
        """As WooCommerce calls an order's line ("Moon jar - Celadon")."""
        variation = dict(self.product.variations).get(self.variation_id)
        return f"{self.product.name} - {variation}" if variation else self.product.name


CATEGORIES = {21: "Tableware", 22: "Home"}
_TABLE, _HOME = ((key,) for key in CATEGORIES)
CATALOG = (
    Product(11, "Celadon teacup", "celadon-teacup", 24000, "18.00", "#7fae9b",
            "M30 40h60l-8 44q-2 10-12 10h-20q-10 0-12-10z", _TABLE),
    Product(12, "Rice bowl, ash glaze", "rice-bowl", 32000, "24.50", "#b9b2a3",
            "M20 48h80q-4 40-28 44v6h-24v-6q-24-4-28-44z", _TABLE),
    Product(13, "Onggi jar for kimchi", "onggi-jar", 89000, "68.00", "#8a5a3c",
            "M42 22h36v8q22 12 22 36 0 30-20 36h-40q-20-6-20-36 0-24 22-36z", _HOME),
    Product(14, "Small plate “Maehwa”", "plate-maehwa", 19000, "14.90", "#e6c9c9",
            "M10 60a50 18 0 0 0 100 0a50 18 0 0 0 -100 0z", _TABLE),
    Product(15, "Incense holder", "incense-holder", 15000, "11.50", "#6d7683",
            "M25 70h70v12h-70zM58 30h4v40h-4z", _HOME),
    Product(16, "Moon jar", "moon-jar", 210000, "160.00", "#efece4",
            "M46 20h28v8q26 10 26 34t-26 34v6h-28v-6q-26-10-26-34t26-34z", _HOME,
            ((17, "Celadon"), (18, "Ash white"))),
)  # fmt: skip


def choices() -> list[Choice]:
    """Everything that can be put into a cart."""
    return [
        Choice(product, key)
        for product in CATALOG
        for key in ([v[0] for v in product.variations] or [0])
    ]


def choose(key: object) -> Choice | None:
    """The thing of this product or variation id; a product with variations gives its first."""
    wanted = str(key)
    for choice in choices():
        if wanted in {str(choice.variation_id), str(choice.product.id)}:
            return choice
    return None


def product(key: object) -> Product | None:
    """The product of this id."""
    return next((found for found in CATALOG if str(found.id) == str(key)), None)


def price(state: State, wanted: Product) -> Decimal:
    """What one piece costs in the shop's currency."""
    won = state.settings.currency == "KRW"
    return state.rounded(Decimal(wanted.won if won else wanted.price))


def permalink(state: State, wanted: Product) -> str:
    """The product's page."""
    return addresses.full(state, f"/product/{wanted.slug}/")


def image_url(state: State, wanted: Product) -> str:
    """The product's picture."""
    return f"{state.home}/wp-content/uploads/{wanted.slug}.svg"


def picture(wanted: Product) -> str:
    """The picture itself, an SVG document."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120">'
        '<rect width="120" height="120" fill="#f6f3ee"/>'
        f'<path d="{wanted.shape}" fill="{wanted.colour}" stroke="#4a4540" stroke-width="2"/>'
        "</svg>"
    )


def take_from_stock(state: State, product_id: int, count: int) -> None:
    """Count what was sold: the product's stock and modification time change."""
    sold = state.shelf.get("sold", str(product_id)) or {"count": 0}
    state.shelf.put("sold", str(product_id), {"count": sold["count"] + count, "at": state.stamp()})
