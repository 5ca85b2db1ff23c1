"""A product as REST v3 and `product.*` show it, field by field as WooCommerce 10.9 does."""

from __future__ import annotations

import json
from typing import Any

from connector.sandbox.woocommerce import catalog
from connector.sandbox.woocommerce.state import State

# What is said of all of them alike.
_LIKE_ALL = """
{"featured": false, "catalog_visibility": "visible", "description": "", "short_description": "",
 "sale_price": "", "date_on_sale_from": null, "date_on_sale_from_gmt": null,
 "date_on_sale_to": null, "date_on_sale_to_gmt": null, "on_sale": false, "purchasable": true,
 "virtual": false, "downloadable": false, "downloads": [], "download_limit": -1,
 "download_expiry": -1, "external_url": "", "button_text": "", "tax_status": "taxable",
 "tax_class": "", "manage_stock": true, "backorders": "no", "backorders_allowed": false,
 "backordered": false, "low_stock_amount": null, "sold_individually": false, "weight": "",
 "dimensions": {"length": "", "width": "", "height": ""}, "shipping_required": true,
 "shipping_taxable": true, "shipping_class": "", "shipping_class_id": 0,
 "reviews_allowed": false, "average_rating": "0.00", "rating_count": 0, "upsell_ids": [],
 "cross_sell_ids": [], "parent_id": 0, "purchase_note": "", "brands": [],
 "tags": [], "attributes": [], "default_attributes": [], "grouped_products": [],
 "menu_order": 0, "price_html": "", "related_ids": [], "meta_data": [],
 "stock_status": "instock", "has_options": false, "post_password": "", "global_unique_id": ""}
"""


def category(key: int) -> dict[str, Any]:
    """A category, as a product names it."""
    name = catalog.CATEGORIES[key]
    return {"id": key, "name": name, "slug": name.lower()}


def body(state: State, wanted: catalog.Product) -> dict[str, Any]:
    """The product as REST and `product.*` show it."""
    cost = state.money(catalog.price(state, wanted))
    opened = "2026-01-05T01:00:00"
    sold = state.shelf.get("sold", str(wanted.id)) or {"count": 0, "at": opened}
    image = {"id": wanted.id + 1000, "src": catalog.image_url(state, wanted), "name": "", "alt": ""}
    return {
        **json.loads(_LIKE_ALL),
        "id": wanted.id,
        "name": wanted.name,
        "slug": wanted.slug,
        "permalink": catalog.permalink(state, wanted),
        **state.dates(created=opened, modified=sold["at"]),
        "type": "variable" if wanted.variations else "simple",
        "status": "publish",
        "sku": wanted.slug.upper(),
        "price": cost,
        "regular_price": cost,
        "total_sales": sold["count"],
        "stock_quantity": 100_000 - sold["count"],
        "images": [image],
        "variations": [key for key, _ in wanted.variations],
        "categories": [category(key) for key in wanted.categories],
        "_links": state.links("products", wanted.id),
    }
