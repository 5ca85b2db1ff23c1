"""What a webhook says, built when it is sent."""

from __future__ import annotations

from typing import Any

from connector.sandbox.woocommerce import (
    carts,
    catalog,
    customers,
    order_body,
    orders,
    plugin,
    product_body,
)
from connector.sandbox.woocommerce.errors import no_such
from connector.sandbox.woocommerce.state import State


def of(state: State, topic: str, key: str) -> dict[str, Any]:
    """A webhook's body in the state of now; an error object for what is gone meanwhile."""
    resource, _, event = topic.partition(".")
    if resource == "action":
        return {"action": event, "arg": key}
    if event == "deleted":
        return {"id": int(key)}
    try:
        return _found(state, resource, event, key)
    except carts.Unknown:
        return no_such("product" if resource == "product" else f"shop_{resource}").body


def _found(state: State, resource: str, event: str, key: str) -> dict[str, Any]:
    if resource == "order":
        return order_body.body(state, orders.get(state, key))
    if resource == "cart":
        return plugin.view(state, key) if event == "viewed" else carts.body(state, key)
    if resource == "customer":
        return customers.body(state, key)
    product = catalog.product(key)
    if product is None:
        raise carts.Unknown(f"no product {key}")
    return product_body.body(state, product)
