"""The shop that a person walks through, and where recovery links arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.woocommerce import carts, catalog, orders, pages, shown
from connector.sandbox.woocommerce.outbox import Outbox
from connector.sandbox.woocommerce.state import State

_COOKIE = "wp_woocommerce_session"
_LINK_WORDS = {"products", "coupon"}
_PLUGIN_COUPONS = "cartwright_coupons"  # a word of our shop plugin
_TEXTS = ("email", "phone", "first_name", "last_name")
_SEEN = {
    "pending": "This order waits for its payment.",
    "failed": "The payment failed. Please try again.",
}


Answer = TypeVar("Answer", bound=AnyResponse)


class Storefront:
    """Each method is a page or a button of the shop."""

    def __init__(self, state: State, outbox: Outbox) -> None:
        self.state = state
        self.outbox = outbox

    def front(self) -> Response:
        """All goods, and the cart below them."""
        cart = self._own_cart()
        return self._page(
            "front",
            cart,
            title="Shop",
            choices=[self._choice(choice) for choice in catalog.choices()],
            notice=request.args.get("wc_error", ""),
        )

    def product(self, slug: str) -> Response:
        """One product."""
        found = next((p for p in catalog.CATALOG if p.slug == slug), None)
        if found is None:
            abort(404)
        offered = [choice for choice in catalog.choices() if choice.product is found]
        return self._page(
            "product",
            None,
            title=found.name,
            image=f"/wp-content/uploads/{slug}.svg",
            price=shown.money(self.state, catalog.price(self.state, found)),
            choices=[self._choice(choice) for choice in offered],
        )

    def picture(self, slug: str) -> Response:
        """A product's picture."""
        found = next((p for p in catalog.CATALOG if p.slug == slug), None)
        if found is None:
            abort(404)
        return Response(catalog.picture(found), mimetype="image/svg+xml")

    def add(self) -> AnyResponse:
        """One more of something into the cart."""
        with self.state.lock:
            cart = self._own_cart()
            items = [*(cart["items"] if cart else []), _one(request.form.get("product", ""))]
            changes = {"items": [_again(item) for item in _merged(items)], "stage": "cart"}
            cart = self._save(cart, changes)
        return self._with_cookie(redirect("/", 303), cart)

    def checkout_link(self) -> AnyResponse:
        """`/checkout-link/?products=11:2,19:1&coupon=X`: empties the cart, fills it, goes on."""
        wanted = [part.partition(":") for part in request.args.get("products", "").split(",")]
        pairs = [(key, count or "1") for key, _, count in wanted if count.isdecimal() or not count]
        if any(p is not None and p.variations for p in map(catalog.product, (k for k, _ in pairs))):
            return redirect(f"/cart/?{urlencode({'wc_error': 'Missing attributes'})}")
        items = [{"product_id": k, "quantity": int(n)} for k, n in pairs if catalog.choose(k)]
        if not items:
            return redirect(f"/cart/?{urlencode({'wc_error': 'No products in the link'})}")
        codes = [request.args.get("coupon", "")]  # one, whatever stands in it
        with self.state.lock:
            changes = {"items": items, "coupons": codes, "stage": "checkout"}
            cart = self._save(self._own_cart(), changes)
        rest = [(k, v) for k, v in request.args.items(multi=True) if k not in _LINK_WORDS]
        query = urlencode([*rest, ("session", cart["id"])])
        return self._with_cookie(redirect(f"/checkout/?{query}"), cart)

    def checkout(self) -> AnyResponse:
        """The cart to be paid: the visitor's, or the one that a link brings back."""
        key = request.args.get("session") or request.args.get("cartwright_cart")
        own = self._own_cart()
        cart = self._with_plugin_coupons(self._restored(key) if key else own)
        # A forwarded link shows goods, never the person: only the same browser is prefilled.
        same = own is not None and cart is not None and own["id"] == cart["id"]
        return self._checkout_page(cart, known=own if same and own else {})

    def act(self) -> AnyResponse:
        """The checkout's buttons: pay, fail, or keep the details and leave."""
        form = request.form
        with self.state.lock:
            cart = self._restored(form.get("cart", ""))
            if cart is None:
                return redirect("/", 303)
            typed: dict[str, Any] = {name: form.get(name, "") for name in _TEXTS}
            ticked = {f"accepts_{n}": True for n in ("email", "sms") if f"accepts_{n}" in form}
            codes = form.get("coupon", "").split(",")
            changes = {**typed, **ticked, "coupons": codes, "stage": "checkout"}
            cart = self._save(cart, changes)
            outcome = form.get("do", "keep")
            if outcome not in orders.OUTCOMES or not (cart["email"] or cart["phone"]):
                return self._checkout_page(cart, known=cart, notice=_kept(cart))
            order = orders.place(self.state, self.outbox, cart, {"outcome": outcome})
        return redirect(f"/checkout/order-received/{order['id']}/?key={order['key']}", 303)

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
        )
        return Response(html, headers={"X-Sandbox-Cart": order["cart"]})

    def _own_cart(self) -> dict[str, Any] | None:
        """The visitor's cart, by her cookie; None when she has none or has ordered it."""
        cart = self.state.shelf.get("cart", request.cookies.get(_COOKIE, ""))
        return cart if cart and self._is_open(cart) else None

    def _is_open(self, cart: Mapping[str, Any]) -> bool:
        if not cart["order"]:
            return True
        return bool(orders.get(self.state, cart["order"])["status"] == "failed")

    def _restored(self, key: str) -> dict[str, Any] | None:
        """The cart of a link; one that was ordered comes back as a new one of the same goods."""
        cart = self.state.shelf.get("cart", key)
        if cart is None or self._is_open(cart):
            return cart
        return self._save(None, {"items": cart["items"], "stage": "checkout"})

    def _with_plugin_coupons(self, cart: dict[str, Any] | None) -> dict[str, Any] | None:
        """Our plugin applies the codes of its own word beside those that core applied."""
        codes = request.args.get(_PLUGIN_COUPONS, "").split(",") if self.state.plugin else []
        if cart is None or set(codes) <= {*cart["coupons"], ""}:
            return cart
        return self._save(cart, {"coupons": list(dict.fromkeys([*cart["coupons"], *codes]))})

    def _save(self, cart: dict[str, Any] | None, changes: Mapping[str, Any]) -> dict[str, Any]:
        if cart is None:
            return carts.new(self.state, self.outbox, changes)
        return carts.change(self.state, self.outbox, cart, changes)

    def _checkout_page(
        self, cart: dict[str, Any] | None, known: Mapping[str, Any], notice: str = ""
    ) -> Response:
        page = self._page(
            "checkout",
            cart,
            title="Checkout",
            cart=cart["id"] if cart else "",
            known={name: known.get(name, "") for name in _TEXTS},
            notice=notice,
        )
        return self._with_cookie(page, cart) if cart else page

    def _page(self, name: str, bag: dict[str, Any] | None, **values: Any) -> Response:
        basket = shown.basket(self.state, bag) if bag else {"lines": []}
        html = pages.render(name, shop=self.state.settings.name, basket=basket, **values)
        return Response(html, headers={"X-Sandbox-Cart": bag["id"]} if bag else None)

    def _with_cookie(self, answer: Answer, cart: Mapping[str, Any]) -> Answer:
        answer.set_cookie(_COOKIE, cart["id"], httponly=True, samesite="Lax")
        answer.headers["X-Sandbox-Cart"] = cart["id"]
        return answer

    def _choice(self, choice: catalog.Choice) -> dict[str, Any]:
        return {
            "id": choice.variation_id or choice.product.id,
            "name": choice.name,
            "url": f"/product/{choice.product.slug}/",
            "image": f"/wp-content/uploads/{choice.product.slug}.svg",
            "price": shown.money(self.state, catalog.price(self.state, choice.product)),
        }


def _one(key: str) -> dict[str, Any]:
    choice = catalog.choose(key)
    if choice is None:
        abort(400)
    return {
        "product_id": choice.product.id,
        "variation_id": choice.variation_id,
        "quantity": 1,
    }


def _merged(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    merged: dict[tuple[int, int], dict[str, Any]] = {}
    for item in items:
        found = merged.setdefault(
            (item["product_id"], item["variation_id"]), {**item, "quantity": 0}
        )
        found["quantity"] += item["quantity"]
    return list(merged.values())


def _again(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "product_id": item["variation_id"] or item["product_id"],
        "quantity": item["quantity"],
    }


def _kept(cart: Mapping[str, Any]) -> str:
    if cart["email"] or cart["phone"]:
        return "We kept your details. You may walk away now."
    return "Please give an e-mail address or a phone number."


def blueprint(state: State, outbox: Outbox) -> Blueprint:
    """The shop's routes."""
    shop = Storefront(state, outbox)
    routes = Blueprint("shop", __name__)
    for rule, method, view in (
        ("/", "GET", shop.front),
        ("/product/<slug>/", "GET", shop.product),
        ("/wp-content/uploads/<slug>.svg", "GET", shop.picture),
        ("/cart/add", "POST", shop.add),
        ("/checkout-link/", "GET", shop.checkout_link),
        ("/checkout/", "GET", shop.checkout),
        ("/checkout/", "POST", shop.act),
        ("/checkout/order-received/<number>/", "GET", shop.order_received),
        ("/checkout/order-pay/<number>/", "GET POST", shop.order_pay),
    ):
        routes.add_url_rule(rule, view.__name__, view, methods=method.split())
    routes.add_url_rule("/cart/", "cart", shop.front, methods=["GET"])
    return routes
