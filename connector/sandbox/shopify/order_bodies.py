"""What deliveries about orders and refunds hold, and the API's picture of an order."""

from __future__ import annotations

from decimal import Decimal

from connector.sandbox.shopify import catalogue, customers
from connector.sandbox.shopify.cart_bodies import goods, money_set
from connector.sandbox.shopify.catalogue import Product
from connector.sandbox.shopify.world import Doc, World, zulu

_NOTHING = (
    "app_id", "browser_ip", "client_details", "closed_at", "confirmation_number",
    "current_total_additional_fees_set", "current_total_duties_set", "device_id",
    "fulfillment_status", "landing_site", "landing_site_ref", "location_id",
    "merchant_business_entity_id", "merchant_of_record_app_id", "note",
    "original_total_additional_fees_set", "original_total_duties_set", "payment_terms",
    "po_number", "reference", "referring_site", "source_identifier", "source_url", "user_id",
)  # fmt: skip
_NONE_OF = (
    "note_attributes", "tax_lines", "fulfillments", "refunds", "shipping_lines", "returns",
    "line_item_groups",
)  # fmt: skip
_ZERO = ("total_tax", "current_total_tax")
_ZERO_SETS = (
    "total_cash_rounding_payment_adjustment", "total_cash_rounding_refund_adjustment",
    "total_shipping_price", "current_shipping_price",
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
        "line_items": [_line(world, order, p, n) for p, n in goods(order["cart"])],
        "customer": customers.inner(world, order["customer"]),
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
    total = Decimal(order["total"])
    amounts = {
        "total_line_items_price": subtotal,
        "total_discounts": less,
        "current_total_discounts": less,
        "subtotal_price": total,
        "current_subtotal_price": total,
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
    }


def _line(world: World, order: Doc, product: Product, quantity: int) -> Doc:
    price = catalogue.price_of(product, world.settings)
    zero = world.settings.money(Decimal(0))
    return {
        "id": order["id"] * 100 + product.id % 100,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{order['id'] * 100 + product.id % 100}",
        "attributed_staffs": [],
        "current_quantity": quantity,
        "fulfillable_quantity": quantity,
        "fulfillment_service": "manual",
        "fulfillment_status": None,
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


def order_node(world: World, order: Doc) -> Doc:
    """The API's picture of an order."""
    cart, customer = order["cart"], order["customer"]
    number = f"gid://shopify/Customer/{customer['id']}"
    return {
        "__typename": "Order",
        "id": f"gid://shopify/Order/{order['id']}",
        "name": f"#{order['number']}",
        "test": False,
        "createdAt": zulu(order["created_at"]),
        "updatedAt": zulu(order["updated_at"]),
        "cancelledAt": zulu(order["cancelled_at"]) if order["cancelled_at"] else None,
        "displayFinancialStatus": order["financial_status"].upper(),
        "checkoutToken": cart["checkout_token"],
        "cartToken": cart["id"],
        "email": cart["email"] or None,
        "phone": cart["phone"] or None,
        "customerLocale": cart["locale"] or "en",
        "customer": {
            "id": number,
            "firstName": customer["first_name"] or None,
            "lastName": customer["last_name"] or None,
            "defaultEmailAddress": {"emailAddress": customer["email"]}
            if customer["email"]
            else None,
            "defaultPhoneNumber": {"phoneNumber": customer["phone"]} if customer["phone"] else None,
        },
        "shippingAddress": {
            "countryCodeV2": cart["country"] or None,
            "provinceCode": cart["province"] or None,
        },
        "discountCodes": [used["code"] for used in order["codes"]],
        "totalPriceSet": _money_bag(world, order["total"]),
        "totalRefundedSet": _money_bag(world, order["refunded"]),
    }


def _money_bag(world: World, amount: str) -> Doc:
    money = {"amount": amount, "currencyCode": world.settings.currency}
    return {"shopMoney": money, "presentmentMoney": money}
