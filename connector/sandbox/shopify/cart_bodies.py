"""What deliveries about carts and checkouts hold (2026-07 and later)."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlencode

from connector.sandbox.shopify import bill, catalogue, customers
from connector.sandbox.shopify.bill import goods
from connector.sandbox.shopify.catalogue import Product
from connector.sandbox.shopify.world import Doc, World


def cart_body(world: World, cart: Doc) -> Doc:
    """carts/create, carts/update: no contact, no currency but in the lines."""
    return {
        "id": cart["id"],
        "token": cart["id"],
        "line_items": [_cart_line(world, product, n) for product, n in goods(cart)],
        "note": None,
        "updated_at": _milliseconds(cart["updated_at"]),
        "created_at": _milliseconds(cart["created_at"]),
    }


def _milliseconds(at: str) -> str:
    return f"{at[:19]}.000Z"  # kept in UTC


def _cart_line(world: World, product: Product, quantity: int) -> Doc:
    one = catalogue.price_of(product, world.settings)
    prices = {
        "discounted_price": one,
        "line_price": one * quantity,
        "original_line_price": one * quantity,
        "price": one,
        "total_discount": world.settings.money(Decimal(0)),
    }
    return {
        "id": product.variant_id,
        "properties": None,
        "quantity": quantity,
        "variant_id": product.variant_id,
        "key": f"{product.variant_id}:{product.handle}",
        "discounts": [],
        "gift_card": False,
        "grams": product.grams,
        "original_price": str(one),
        "product_id": product.id,
        "sku": product.sku,
        "taxable": True,
        "title": f"{product.title} - {product.variant_title}".removesuffix(" - "),
        "vendor": world.settings.name,
        "parent_relationship": None,
        **{name: str(amount) for name, amount in prices.items()},
        **{f"{name}_set": money_set(world, amount) for name, amount in prices.items()},
    }


def money_set(world: World, amount: Decimal) -> Doc:
    """An amount in the shop's and the shopper's currency, which are the same here."""
    price = {"amount": str(amount), "currency_code": world.settings.currency}
    return {"shop_money": price, "presentment_money": price}


def recovery_url(world: World, cart: Doc) -> str:
    """The link that brings the shopper back to her checkout; the key is a secret."""
    query = urlencode({"key": cart["key"], "locale": cart["locale"] or "en"})
    return f"{world.url}/checkouts/ac/{cart['id']}/recover?{query}"


def recovery_setting(world: World) -> Doc:
    """Who gets that link: `api` shown, denied or refused; `webhooks` shown, null or missing."""
    usual = {"api": "shown", "webhooks": "shown"}
    return usual | (world.shelf.get("app", "recovery url") or {})


def checkout_body(world: World, cart: Doc) -> Doc:
    """checkouts/create, checkouts/update: no pictures, no product links, no id (2026-04)."""
    body, how = _checkout(world, cart), recovery_setting(world)["webhooks"]
    if how == "shown":
        return body
    link = "abandoned_checkout_url"
    rest = {name: value for name, value in body.items() if name != link}
    return {**rest, link: None} if how == "null" else rest


def _checkout(world: World, cart: Doc) -> Doc:
    account = customers.known(world, cart)
    place = customers.place(cart) if cart["country"] else None
    return {
        **_checkout_frame(world, cart),
        **_checkout_money(world, cart),
        "email": cart["email"] or None,
        "phone": cart["phone"] or None,
        "buyer_accepts_marketing": bool(cart["accepts_email"]),
        "buyer_accepts_sms_marketing": bool(cart["accepts_sms"]),
        "sms_marketing_phone": cart["phone"] if cart["accepts_sms"] else None,
        "line_items": [_checkout_line(world, product, n) for product, n in goods(cart)],
        "customer": customers.inner(world, account) if account else None,
        "billing_address": place,
        # Recorded: an empty list where there is no address yet.
        "shipping_address": place or [],
    }


def _checkout_frame(world: World, cart: Doc) -> Doc:
    local, completed = world.settings.local, cart["completed_at"]
    nothing = dict.fromkeys(
        (
            "gateway", "landing_site", "note", "referring_site", "closed_at", "user_id",
            "location_id", "source_identifier", "source_url", "device_id", "source",
            "total_duties", "reservation_token",
        )
    )  # fmt: skip
    return {
        **nothing,
        "token": cart["checkout_token"],
        "cart_token": cart["id"],
        "name": f"#{cart['number']}",
        "abandoned_checkout_url": recovery_url(world, cart),
        "created_at": local(cart["checkout_at"]),
        "updated_at": local(cart["updated_at"]),
        "completed_at": local(completed) if completed else None,
        "customer_locale": cart["locale"] or None,
        "currency": world.settings.currency,
        "presentment_currency": world.settings.currency,
        "note_attributes": [],
        "shipping_lines": [],
        "source_name": "web",
        "taxes_included": False,
        "tax_lines": [],
        "total_weight": sum(product.grams * n for product, n in goods(cart)),
    }


def _checkout_money(world: World, cart: Doc) -> Doc:
    """Without shipping, which is chosen when she pays."""
    made = bill.make(world, cart)
    return {
        "discount_codes": [one.shown for one in made.used],
        "total_discounts": str(made.off),
        "total_line_items_price": str(made.goods),
        "subtotal_price": str(made.goods - made.off),
        "total_tax": str(world.settings.money(Decimal(0))),
        "total_price": str(made.goods - made.off),
    }


def _checkout_line(world: World, product: Product, quantity: int) -> Doc:
    one = catalogue.price_of(product, world.settings)
    nothing = dict.fromkeys(
        ("destination_location_id", "origin_location_id", "properties", "user_id", "rank",
         "compare_at_price")
    )  # fmt: skip
    return {
        **nothing,
        "applied_discounts": [],
        "discount_allocations": [],
        "key": f"{product.variant_id}:{product.handle}",
        "fulfillment_service": "manual",
        "gift_card": False,
        "grams": product.grams,
        "presentment_title": product.title,
        "presentment_variant_title": product.variant_title,
        "product_id": product.id,
        "quantity": quantity,
        "requires_shipping": True,
        "sku": product.sku,
        "tax_lines": [],
        "taxable": True,
        "title": product.title,
        "variant_id": product.variant_id,
        "variant_title": product.variant_title,
        "variant_price": str(one),
        "vendor": world.settings.name,
        "unit_price_measurement": dict.fromkeys(
            ("measured_type", "quantity_value", "quantity_unit", "reference_value",
             "reference_unit")
        ),
        "line_price": str(one * quantity),
        "price": str(one),
    }  # fmt: skip
