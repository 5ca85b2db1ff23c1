"""The API's picture of an order."""

from __future__ import annotations

from decimal import Decimal

from connector.sandbox.shopify import catalogue, customer_nodes
from connector.sandbox.shopify.bill import goods
from connector.sandbox.shopify.catalogue import Product
from connector.sandbox.shopify.customer_nodes import Purchases
from connector.sandbox.shopify.paging import Source, by_number, page
from connector.sandbox.shopify.world import Doc, World, zulu


def source(world: World) -> Source:
    """All orders."""
    purchases = Purchases(world)
    return Source(
        docs=lambda: world.shelf.scan("order"),
        searched=lambda one: {
            "id": one["id"],
            "name": f"#{one['number']}",
            "created_at": one["created_at"],
            "processed_at": one["created_at"],
            "updated_at": one["updated_at"],
            "email": one["cart"]["email"],
            "financial_status": one["financial_status"],
            "status": "cancelled" if one["cancelled_at"] else "open",
            "test": "false",
        },
        keys={
            "PROCESSED_AT": lambda one: str(one["created_at"]),
            "CREATED_AT": lambda one: str(one["created_at"]),
            "UPDATED_AT": lambda one: str(one["updated_at"]),
            "ORDER_NUMBER": lambda one: f"{one['number']:012d}",
            "ID": by_number,
            "RELEVANCE": by_number,
        },
        node=lambda one: order_node(world, one, purchases),
    )


def order_node(world: World, order: Doc, purchases: Purchases) -> Doc:
    """The API's picture of an order."""
    cart = order["cart"]
    return {
        **_amounts(world, order),
        "__typename": "Order",
        "id": f"gid://shopify/Order/{order['id']}",
        "name": f"#{order['number']}",
        "test": False,
        "createdAt": zulu(order["created_at"]),
        "updatedAt": zulu(order["updated_at"]),
        "processedAt": zulu(order["created_at"]),
        "cancelledAt": zulu(order["cancelled_at"]) if order["cancelled_at"] else None,
        "displayFinancialStatus": order["financial_status"].upper(),
        "displayFulfillmentStatus": "FULFILLED" if order.get("fulfilled_at") else "UNFULFILLED",
        "fulfillments": _fulfillments(order),
        "transactions": _transactions(order),
        "lineItems": lambda asked: _lines(world, order, asked),
        "checkoutToken": cart["checkout_token"],
        "cartToken": cart["id"],
        "email": cart["email"] or None,
        "phone": cart["phone"] or None,
        "customerLocale": cart["locale"] or "en",
        "customer": lambda _: _customer(world, order["customer"], purchases),
        "shippingAddress": customer_nodes.mailing_address(cart),
        "billingAddress": customer_nodes.mailing_address(cart),
        "discountCodes": [used["code"] for used in order["codes"]],
        "currencyCode": world.settings.currency,
        "legacyResourceId": str(order["id"]),
        "paymentGatewayNames": [order["gateway"]],
        "note": None,
        "cancelReason": "CUSTOMER" if order["cancelled_at"] else None,
        "customerJourneySummary": None,
        "sourceName": "web",
        "tags": [],
        "closed": False,
        "customerAcceptsMarketing": bool(cart["accepts_email"]),
    }


def _amounts(world: World, order: Doc) -> Doc:
    off = Decimal(order["discount"]) + Decimal(order["shipping_off"])
    subtotal = Decimal(order["subtotal"]) - Decimal(order["discount"])
    return {
        "totalPriceSet": money_bag(world, order["total"]),
        "currentTotalPriceSet": money_bag(world, order["total"]),
        "subtotalPriceSet": money_bag(world, str(subtotal)),
        "totalDiscountsSet": money_bag(world, str(off)),
        "totalShippingPriceSet": money_bag(world, order["shipping"]),
        "totalRefundedSet": money_bag(world, order["refunded"]),
    }


def money_bag(world: World, amount: str) -> Doc:
    """An amount in the shop's and the shopper's currency, which are the same here."""
    money = {"amount": amount, "currencyCode": world.settings.currency}
    return {"shopMoney": money, "presentmentMoney": money}


def _customer(world: World, customer: Doc, purchases: Purchases) -> Doc:
    """As the account is today."""
    now = world.shelf.get("customer", str(customer["id"])) or customer
    return customer_nodes.node(world, now, purchases)


def _fulfillments(order: Doc) -> list[Doc]:
    at = order.get("fulfilled_at")
    return [{"createdAt": zulu(at), "status": "SUCCESS"}] if at else []


def _transactions(order: Doc) -> list[Doc]:
    """What was charged; one that waits for a bank transfer has a pending sale."""
    paid = order.get("paid_at")
    at, status = (paid, "SUCCESS") if paid else (order["created_at"], "PENDING")
    return [{"kind": "SALE", "status": status, "processedAt": zulu(at)}]


def _lines(world: World, order: Doc, asked: Doc) -> Doc:
    found = enumerate(goods(order["cart"]))
    lines = [_line(world, order["id"] * 100 + number, *line) for number, line in found]
    return page(lines, lambda line: str(line["id"]), asked)


def _line(world: World, number: int, product: Product, quantity: int) -> Doc:
    price = catalogue.price_of(product, world.settings)
    unit, total = money_bag(world, str(price)), money_bag(world, str(price * quantity))
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "title": product.title,
        "variantTitle": product.variant_title,
        "quantity": quantity,
        "currentQuantity": quantity,
        "sku": product.sku,
        "product": catalogue.product_node(world.url, product, world.settings),
        "variant": catalogue.variant_node(product, world.settings),
        "originalUnitPriceSet": unit,
        "discountedUnitPriceSet": unit,
        "originalTotalSet": total,
        "discountedTotalSet": total,
    }
