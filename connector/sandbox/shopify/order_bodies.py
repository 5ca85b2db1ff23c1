"""What deliveries about orders and refunds hold."""

from __future__ import annotations

from decimal import Decimal

from connector.sandbox.shopify import catalogue, customers
from connector.sandbox.shopify.bill import goods
from connector.sandbox.shopify.cart_bodies import money_set
from connector.sandbox.shopify.catalogue import Product
from connector.sandbox.shopify.world import Doc, World

_NOTHING = (
    "app_id", "browser_ip", "client_details", "closed_at", "confirmation_number",
    "current_total_additional_fees_set", "current_total_duties_set", "device_id",
    "landing_site", "landing_site_ref", "location_id",
    "merchant_business_entity_id", "merchant_of_record_app_id", "note",
    "original_total_additional_fees_set", "original_total_duties_set", "payment_terms",
    "po_number", "reference", "referring_site", "source_identifier", "source_url", "user_id",
)  # fmt: skip
_NONE_OF = (
    "note_attributes", "tax_lines", "refunds", "returns",
    "line_item_groups",
)  # fmt: skip
_ZERO = ("total_tax", "current_total_tax")
_ZERO_SETS = (
    "total_cash_rounding_payment_adjustment", "total_cash_rounding_refund_adjustment",
)  # fmt: skip


def order_body(world: World, order: Doc) -> Doc:
    """orders/*."""
    place = customers.place(order["cart"])
    return {
        **dict.fromkeys(_NOTHING),
        **{name: [] for name in _NONE_OF},
        **_names(world, order),
        **_state(world, order),
        **_money(world, order),
        "billing_address": place,
        "shipping_address": place,
        "line_items": _lines(world, order),
        "fulfillments": _fulfillments(world, order),
        "customer": customers.inner(world, order["customer"]),
        "shipping_lines": _shipping_lines(world, order),
        "discount_codes": order["codes"],
        "discount_applications": [],
    }


def _names(world: World, order: Doc) -> Doc:
    cart, number = order["cart"], order["number"]
    return {
        "id": order["id"],
        "admin_graphql_api_id": f"gid://shopify/Order/{order['id']}",
        "cart_token": cart["id"],
        "checkout_token": cart["checkout_token"],
        "token": order["token"],
        "name": f"#{number}",
        "number": number - 1000,
        "order_number": number,
        "order_status_url": f"{world.url}/orders/{order['token']}/authenticate?key=none",
        "email": cart["email"],
        "contact_email": cart["email"] or None,
        "phone": cart["phone"] or None,
        "customer_locale": cart["locale"] or "en",
        "buyer_accepts_marketing": bool(cart["accepts_email"]),
        "source_name": "web",
        "tags": "",
        "total_weight": sum(product.grams * n for product, n in goods(cart)),
    }


def _state(world: World, order: Doc) -> Doc:
    local, cancelled = world.settings.local, order["cancelled_at"]
    return {
        "created_at": local(order["created_at"]),
        "processed_at": local(order["created_at"]),
        "updated_at": local(order["updated_at"]),
        "cancelled_at": local(cancelled) if cancelled else None,
        "cancel_reason": "customer" if cancelled else None,
        "confirmed": True,
        "financial_status": order["financial_status"],
        "fulfillment_status": "fulfilled" if order.get("fulfilled_at") else None,
        "payment_gateway_names": [order["gateway"]],
        "test": False,
        "duties_included": False,
        "estimated_taxes": False,
        "tax_exempt": False,
        "taxes_included": False,
    }


def _money(world: World, order: Doc) -> Doc:
    zero = world.settings.money(Decimal(0))
    subtotal, less = Decimal(order["subtotal"]), Decimal(order["discount"])
    shipping, shipping_off = Decimal(order["shipping"]), Decimal(order["shipping_off"])
    total = Decimal(order["total"])
    amounts = {
        "total_line_items_price": subtotal,
        "total_discounts": less + shipping_off,
        "current_total_discounts": less + shipping_off,
        "subtotal_price": subtotal - less,
        "current_subtotal_price": subtotal - less,
        "total_price": total,
        "current_total_price": total,
        **dict.fromkeys(_ZERO, zero),
    }
    return {
        "currency": world.settings.currency,
        "presentment_currency": world.settings.currency,
        "total_outstanding": str(total if order["financial_status"] == "pending" else zero),
        "total_tip_received": str(zero),
        **{name: str(amount) for name, amount in amounts.items()},
        **{f"{name}_set": money_set(world, amount) for name, amount in amounts.items()},
        **{f"{name}_set": money_set(world, zero) for name in _ZERO_SETS},
        "total_shipping_price_set": money_set(world, shipping),
        "current_shipping_price_set": money_set(world, shipping - shipping_off),
    }


def _lines(world: World, order: Doc) -> list[Doc]:
    found = enumerate(goods(order["cart"]))
    return [_line(world, order, number, *line) for number, line in found]


def _shipping_lines(world: World, order: Doc) -> list[Doc]:
    """How it goes to her; none where the merchant set no rate."""
    price = Decimal(order["shipping"])
    if not price:
        return []
    reduced = price - Decimal(order["shipping_off"])
    line = {
        "id": order["id"] * 100 + 99,
        "carrier_identifier": None,
        "code": "Standard",
        "current_discounted_price_set": money_set(world, reduced),
        "discounted_price": str(reduced),
        "discounted_price_set": money_set(world, reduced),
        "is_removed": False,
        "phone": None,
        "price": str(price),
        "price_set": money_set(world, price),
        "requested_fulfillment_service_id": None,
        "source": "shopify",
        "title": "Standard",
        "tax_lines": [],
        "discount_allocations": [],
    }
    return [line]


def _line(world: World, order: Doc, index: int, product: Product, quantity: int) -> Doc:
    sent, number = bool(order.get("fulfilled_at")), order["id"] * 100 + index
    price = catalogue.price_of(product, world.settings)
    zero = world.settings.money(Decimal(0))
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{number}",
        "attributed_staffs": [],
        "current_quantity": quantity,
        "fulfillable_quantity": 0 if sent else quantity,
        "fulfillment_service": "manual",
        "fulfillment_status": "fulfilled" if sent else None,
        "gift_card": False,
        "grams": product.grams,
        "name": f"{product.title} - {product.variant_title}".removesuffix(" - "),
        "price": str(price),
        "price_set": money_set(world, price),
        "product_exists": True,
        "product_id": product.id,
        "properties": [],
        "quantity": quantity,
        "requires_shipping": True,
        "sales_line_item_group_id": None,
        "sku": product.sku,
        "taxable": True,
        "title": product.title,
        "total_discount": str(zero),
        "total_discount_set": money_set(world, zero),
        "variant_id": product.variant_id,
        "variant_inventory_management": "shopify",
        "variant_title": product.variant_title,
        "vendor": world.settings.name,
        "tax_lines": [],
        "duties": [],
        "discount_allocations": [],
    }


def _fulfillments(world: World, order: Doc) -> list[Doc]:
    """The one parcel in which this store sends everything."""
    if not order.get("fulfilled_at"):
        return []
    number, at = order["id"] + 1, world.settings.local(order["fulfilled_at"])
    nothing = dict.fromkeys(
        ("location_id", "shipment_status", "tracking_company", "tracking_number", "tracking_url")
    )
    return [
        {
            **nothing,
            "id": number,
            "admin_graphql_api_id": f"gid://shopify/Fulfillment/{number}",
            "order_id": order["id"],
            "name": f"#{order['number']}.1",
            "created_at": at,
            "updated_at": at,
            "status": "success",
            "service": "manual",
            "origin_address": {},
            "receipt": {},
            "tracking_numbers": [],
            "tracking_urls": [],
            "line_items": _lines(world, order),
        }
    ]


def refund_body(world: World, order: Doc, refund: Doc) -> Doc:
    """refunds/create."""
    at, zero = world.settings.local(refund["at"]), world.settings.money(Decimal(0))
    return {
        "id": refund["id"],
        "admin_graphql_api_id": f"gid://shopify/Refund/{refund['id']}",
        "order_id": order["id"],
        "created_at": at,
        "processed_at": at,
        "note": None,
        "user_id": None,
        "duties": [],
        "total_duties_set": money_set(world, zero),
        "return": None,
        "refund_shipping_lines": [],
        "restock": False,
        "order_adjustments": [],
        "refund_line_items": [],
        "transactions": [_transaction(world, order, refund, at)],
    }


def _transaction(world: World, order: Doc, refund: Doc, at: str) -> Doc:
    number, currency = refund["id"] * 10 + 1, world.settings.currency
    unsettled = {"amount": str(world.settings.money(Decimal(0))), "currency": currency}
    nothing = dict.fromkeys(
        ("authorization", "location_id", "user_id", "parent_id", "device_id", "error_code",
         "amount_rounding", "message")
    )  # fmt: skip
    return {
        **nothing,
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/OrderTransaction/{number}",
        "order_id": order["id"],
        "kind": "refund",
        "gateway": order["gateway"],
        "status": "success",
        "created_at": at,
        "processed_at": at,
        "test": False,
        "source_name": "web",
        "receipt": {},
        "amount": refund["amount"],
        "currency": currency,
        "payment_id": f"#{order['number']}.1",
        "total_unsettled_set": {"presentment_money": unsettled, "shop_money": unsettled},
        "manual_payment_gateway": False,
    }
