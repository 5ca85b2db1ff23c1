"""REST v3's orders and customers: the shop's past, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from connector.sandbox.woocommerce import customers, lists, order_body, orders
from connector.sandbox.woocommerce.auth import last_values
from connector.sandbox.woocommerce.carts import Unknown
from connector.sandbox.woocommerce.errors import RestError, no_such
from connector.sandbox.woocommerce.state import State

_NAMES = {"name": "name", "registered_date": "created", "id": "id", "include": "id"}


class PastCalls:
    """The calls below /orders and /customers."""

    def __init__(self, state: State) -> None:
        self.state = state

    def list_orders(self) -> Response:
        """Orders by status, person, time of making and of change."""
        query = last_values(request)
        found = [one for one in orders.index(self.state) if _has_status(one, query)]
        if "customer" in query:
            buyer = lists.number(query, "customer", 0)
            found = [one for one in found if one["customer"] == buyer]
        ids = lists.wanted_ids(query)
        found = [one for one in found if not ids or str(one["id"]) in ids]
        found = lists.ordered(lists.in_time(self.state, found))
        return lists.paged(found, lambda one: self._shown(one["id"]))

    def one_order(self, key: str) -> Response:
        """One order."""
        try:
            return lists.answer(self._shown(key))
        except Unknown:
            raise no_such("shop_order") from None

    def _shown(self, key: object) -> dict[str, Any]:
        return order_body.body(self.state, orders.get(self.state, key))

    def list_customers(self) -> Response:
        """Accounts of a role ("customer", or "all"), by name unless another order is asked for."""
        return lists.paged(
            self._customers(), lambda one: customers.body(self.state, str(one["id"]))
        )

    def older_customers(self) -> Response:
        """The same list in REST v2."""
        known = customers.orders_of(self.state)
        return lists.paged(
            self._customers(),
            lambda one: customers.older_body(self.state, str(one["id"]), known),
        )

    def _customers(self) -> list[dict[str, Any]]:
        query = last_values(request)
        role, email = query.get("role", "customer"), query.get("email", "").lower()
        found: list[dict[str, Any]] = [
            one
            for one in self.state.drawn("customer", _drawn_customer)
            if role in {"all", one["role"]} and email in {"", one["email"]}
        ]
        by = query.get("orderby", "name")
        if by not in _NAMES:
            words = "orderby is not one of id, include, name, and registered_date."
            raise RestError("rest_invalid_param", f"Invalid parameter(s): orderby. {words}", 400)
        backwards = query.get("order", "asc") == "desc"
        found.sort(key=lambda one: (one[_NAMES[by]], one["id"]), reverse=backwards)
        return found

    def one_customer(self, key: str) -> Response:
        """One account."""
        try:
            return lists.answer(customers.body(self.state, key))
        except (Unknown, ValueError):
            raise RestError("woocommerce_rest_invalid_id", "Invalid resource ID.", 404) from None

    def older_customer(self, key: str) -> Response:
        """REST v2's customer, who also has what she bought."""
        try:
            return lists.answer(
                customers.older_body(self.state, key, customers.orders_of(self.state))
            )
        except (Unknown, ValueError):
            words = "Invalid user ID."
            raise RestError("wc_user_invalid_id", words, 404) from None


def _drawn_customer(account: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": account["id"],
        "role": account["role"],
        "email": account["email"].lower(),
        "name": account["email"].partition("@")[0],
        "created": account["created"],
    }


def _has_status(order: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    wanted = query.get("status", "any").split(",")
    return order["status"] in wanted or ("any" in wanted and order["status"] != "trash")
