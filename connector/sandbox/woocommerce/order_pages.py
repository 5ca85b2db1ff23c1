"""The pages of an order: thanks, and where an unpaid one is paid."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.woocommerce import carts, orders, pages, shown
from connector.sandbox.woocommerce.visits import Visits

_SEEN = {
    "pending": "This order waits for its payment.",
    "failed": "The payment failed. Please try again.",
}


class OrderPages(Visits):
    """Each wants the order's key in its address."""

    def order_received(self, number: str) -> Response:
        """Thanks, or what went wrong."""
        return self._order_page(self._order(number))

    def order_pay(self, number: str) -> AnyResponse:
        """Where an unpaid order is paid."""
        order = self._order(number)
        if request.method == "POST" and order["status"] in _SEEN:
            with self.state.lock:
                orders.change_status(self.state, self.outbox, order, "processing")
        return self._order_page(order)

    def _order(self, number: str) -> dict[str, Any]:
        try:
            order = orders.get(self.state, number)
        except carts.Unknown:
            abort(404)
        if request.args.get("key") != order["key"]:
            abort(403)
        return order

    def _order_page(self, order: dict[str, Any]) -> Response:
        html = pages.render(
            "order",
            shop=self.state.settings.name,
            title=f"Order {order['id']}",
            number=order["id"],
            words=_SEEN.get(order["status"], "Thank you, we have your order."),
            payable=order["status"] in _SEEN,
            basket=shown.ordered(self.state, order),
            at=self.at,
        )
        return Response(html, headers={"X-Sandbox-Cart": order["cart"]})
