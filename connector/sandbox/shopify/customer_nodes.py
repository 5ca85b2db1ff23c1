"""The API's picture of an account."""

from __future__ import annotations

from decimal import Decimal

from connector.sandbox.shopify.document import NotGraphQL
from connector.sandbox.shopify.world import Doc, World

_NAMES = {"id", "emailAddress", "phoneNumber"}


def find(world: World, identifier: Doc) -> Doc | None:
    """The account of just one name: its id, e-mail address or phone number."""
    given = {name: value for name, value in identifier.items() if value is not None}
    if len(given) != 1 or not given.keys() <= _NAMES:
        raise NotGraphQL("CustomerIdentifierInput requires exactly one argument")
    ((name, value),) = given.items()
    found = (one for one in world.shelf.all("customer") if _is(one, name, str(value)))
    return next((_node(world, one) for one in found), None)


def _is(customer: Doc, name: str, value: str) -> bool:
    names = {
        "id": f"gid://shopify/Customer/{customer['id']}",
        "emailAddress": customer["email"],
        "phoneNumber": customer["phone"],
    }
    return bool(value) and names[name] == (value.lower() if name == "emailAddress" else value)


def _node(world: World, customer: Doc) -> Doc:
    """Counts over her whole life; an UnsignedInt64 is written as text."""
    orders = [
        order
        for order in world.shelf.all("order")
        if order["customer"]["id"] == customer["id"] and not order["cancelled_at"]
    ]
    spent = sum((Decimal(one["total"]) - Decimal(one["refunded"]) for one in orders), Decimal(0))
    return {
        "__typename": "Customer",
        "id": f"gid://shopify/Customer/{customer['id']}",
        "numberOfOrders": str(len(orders)),
        "amountSpent": {
            "amount": str(world.settings.money(spent)),
            "currencyCode": world.settings.currency,
        },
        "tags": customer.get("tags", []),
    }
