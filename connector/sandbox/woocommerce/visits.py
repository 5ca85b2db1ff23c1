"""What every page of the shop knows: whose cart it is, and how a page is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.woocommerce import addresses, carts, catalog, orders, pages, shown
from connector.sandbox.woocommerce.outbox import Outbox
from connector.sandbox.woocommerce.state import State

TEXTS = ("email", "phone", "first_name", "last_name")
PLUGIN_COUPONS = "cartwright_coupons"  # a word of our shop plugin
_COOKIE = "wp_woocommerce_session"

Answer = TypeVar("Answer", bound=AnyResponse)


class Visits:
    """A visitor's request in hand."""

    def __init__(self, state: State, outbox: Outbox) -> None:
        self.state = state
        self.outbox = outbox

    def at(self, path: str, **query: str) -> str:
        """The address of a page of the shop, on the host that the visitor came by."""
        return addresses.local(self.state, path, list(query.items()))

    def image(self, wanted: catalog.Product) -> str:
        """A product's picture."""
        return self.at(f"/wp-content/uploads/{wanted.slug}.svg")

    def own_cart(self) -> dict[str, Any] | None:
        """The visitor's cart, by her cookie; None when she has none or has ordered it."""
        cart = self.state.shelf.get("cart", request.cookies.get(_COOKIE, ""))
        return cart if cart and orders.is_open(self.state, cart) else None

    def restored(self, key: str) -> dict[str, Any] | None:
        """The cart of a link; one that was ordered comes back as a new one of the same goods."""
        cart = self.state.shelf.get("cart", key)
        if cart is None or orders.is_open(self.state, cart):
            return cart
        items = [again(item) for item in cart["items"]]
        return self.save(None, {"items": items, "stage": "checkout"})

    def with_plugin_coupons(self, cart: dict[str, Any] | None) -> dict[str, Any] | None:
        """Our plugin applies the codes of its own word beside those that core applied."""
        codes = request.args.get(PLUGIN_COUPONS, "").split(",") if self.state.plugin else []
        if cart is None or set(codes) <= {*cart["coupons"], ""}:
            return cart
        return self.save(cart, {"coupons": list(dict.fromkeys([*cart["coupons"], *codes]))})

    def save(self, cart: dict[str, Any] | None, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The cart with these changes; a new one for None."""
        if cart is None:
            return carts.new(self.state, self.outbox, changes)
        return carts.change(self.state, self.outbox, cart, changes)

    def page(self, name: str, bag: dict[str, Any] | None, **values: Any) -> Response:
        """A page of the shop with a cart on it, or without one."""
        basket = shown.basket(self.state, bag) if bag else {"lines": []}
        html = pages.render(
            name, shop=self.state.settings.name, basket=basket, at=self.at, **values
        )
        return Response(html, headers={"X-Sandbox-Cart": bag["id"]} if bag else None)

    def with_cookie(self, answer: Answer, cart: Mapping[str, Any]) -> Answer:
        """Make this cart the visitor's."""
        answer.set_cookie(_COOKIE, cart["id"], httponly=True, samesite="Lax")
        answer.headers["X-Sandbox-Cart"] = cart["id"]
        return answer


def again(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item of a cart, as a cart is filled with it."""
    return {
        "product_id": item["variation_id"] or item["product_id"],
        "quantity": item["quantity"],
    }
