"""The API's picture of an order."""

from __future__ import annotations

from connector.sandbox.shopify import catalogue
from connector.sandbox.shopify.bill import goods
from connector.sandbox.shopify.catalogue import Product
from connector.sandbox.shopify.paging import page
from connector.sandbox.shopify.world import Doc, World, zulu


def order_node(world: World, order: Doc) -> Doc:
    """The API's picture of an order."""
    cart = order["cart"]
    return {
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
        "customer": _customer(order["customer"]),
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


def _customer(customer: Doc) -> Doc:
    email, phone = customer["email"], customer["phone"]
    return {
        "id": f"gid://shopify/Customer/{customer['id']}",
        "firstName": customer["first_name"] or None,
        "lastName": customer["last_name"] or None,
        "defaultEmailAddress": {"emailAddress": email} if email else None,
        "defaultPhoneNumber": {"phoneNumber": phone} if phone else None,
    }


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
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "title": product.title,
        "variantTitle": product.variant_title,
        "quantity": quantity,
        "product": {"id": f"gid://shopify/Product/{product.id}"},
        "variant": {"id": f"gid://shopify/ProductVariant/{product.variant_id}"},
        "originalUnitPriceSet": _money_bag(world, str(catalogue.price_of(product, world.settings))),
    }
