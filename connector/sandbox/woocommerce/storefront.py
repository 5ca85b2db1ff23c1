"""The shop that a person walks through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.woocommerce import carts, catalog, orders, plugin, shown
from connector.sandbox.woocommerce.arrivals import Arrivals
from connector.sandbox.woocommerce.order_pages import OrderPages
from connector.sandbox.woocommerce.outbox import Outbox
from connector.sandbox.woocommerce.state import State
from connector.sandbox.woocommerce.visits import TEXTS, Visits, again


class Storefront(Visits):
    """Each method is a page or a button of the shop."""

    def front(self) -> AnyResponse:
        """All goods, and the cart below them; or what our plugin's word in the query asks for."""
        if self.state.plugin and carts.RESTORE in request.args:
            return Arrivals(self.state, self.outbox).restore()
        cart = self.own_cart()
        return self.page(
            "front",
            cart,
            title="Shop",
            choices=[self._choice(choice) for choice in catalog.choices()],
            notice=request.args.get("wc_error", ""),
        )

    def product(self, slug: str) -> Response:
        """One product; our plugin tells who looked at it."""
        found = next((p for p in catalog.CATALOG if p.slug == slug), None)
        if found is None:
            abort(404)
        offered = [choice for choice in catalog.choices() if choice.product is found]
        visitor = self.own_cart() or carts.visitor(self.state)
        plugin.tell_view(self.state, self.outbox, visitor, found)
        page = self.page(
            "product",
            None,
            title=found.name,
            image=self.image(found),
            price=shown.money(self.state, catalog.price(self.state, found)),
            choices=[self._choice(choice) for choice in offered],
        )
        return self.with_cookie(page, visitor)

    def picture(self, slug: str) -> Response:
        """A product's picture."""
        found = next((p for p in catalog.CATALOG if p.slug == slug), None)
        if found is None:
            abort(404)
        return Response(catalog.picture(found), mimetype="image/svg+xml")

    def add(self) -> AnyResponse:
        """One more of something into the cart."""
        with self.state.lock:
            cart = self.own_cart()
            items = [*(cart["items"] if cart else []), _one(request.form.get("product", ""))]
            changes = {"items": [again(item) for item in _merged(items)], "stage": "cart"}
            cart = self.save(cart, changes)
        return self.with_cookie(redirect(self.at("/"), 303), cart)

    def checkout(self) -> AnyResponse:
        """The cart to be paid: the visitor's, or the one that a session's token brings."""
        key = request.args.get("session")
        own = self.own_cart()
        cart = self.with_plugin_coupons(self.restored(key) if key else own)
        # A forwarded link shows goods, never the person: only the same browser is prefilled.
        same = own is not None and cart is not None and own["id"] == cart["id"]
        if cart is not None and cart["items"]:
            self._opened(cart, own if same and own else {})
        return self._checkout_page(cart, known=own if same and own else {})

    def _opened(self, cart: dict[str, Any], known: Mapping[str, Any]) -> None:
        """What the checkout's own script tells the shop when the page is there."""
        with self.state.lock:
            if cart["stage"] != "checkout":
                cart = self.save(cart, {"stage": "checkout"})
            orders.draft(self.state, self.outbox, cart)
        if self.state.shop.checkout == "classic":
            self.outbox.announce(carts.REVIEW, carts.review_form(known))

    def act(self) -> AnyResponse:
        """The checkout's buttons: pay, fail, or keep the details and leave."""
        form = request.form
        with self.state.lock:
            cart = self.restored(form.get("cart", ""))
            if cart is None:
                return redirect(self.at("/"), 303)
            typed: dict[str, Any] = {name: form.get(name, "") for name in TEXTS}
            ticked = {f"accepts_{n}": True for n in ("email", "sms") if f"accepts_{n}" in form}
            codes = form.get("coupon", "").split(",")
            changes = {**typed, **ticked, "coupons": codes, "stage": "checkout"}
            cart = self.save(cart, changes)
            outcome = form.get("do", "keep")
            if outcome not in orders.OUTCOMES or not (cart["email"] or cart["phone"]):
                self._opened(cart, cart)
                return self._checkout_page(cart, known=cart, notice=_kept(cart))
            order = orders.place(self.state, self.outbox, cart, {"outcome": outcome})
        thanks = f"/checkout/order-received/{order['id']}/"
        return redirect(self.at(thanks, key=order["key"]), 303)

    def review(self) -> Response:
        """wc-ajax=update_order_review: the classic checkout's form, as it is typed."""
        self.outbox.announce(carts.REVIEW, request.form.get("post_data", ""))
        return jsonify(result="success", messages="", reload=False, fragments={})

    def cron(self) -> Response:
        """wp-cron.php: an empty page, and the queue goes on."""
        self.outbox.tick()
        return Response("", 200, mimetype="text/html")

    def _checkout_page(
        self, cart: dict[str, Any] | None, known: Mapping[str, Any], notice: str = ""
    ) -> Response:
        page = self.page(
            "checkout",
            cart,
            title="Checkout",
            cart=cart["id"] if cart else "",
            known={name: known.get(name, "") for name in TEXTS},
            notice=notice,
        )
        return self.with_cookie(page, cart) if cart else page

    def _choice(self, choice: catalog.Choice) -> dict[str, Any]:
        return {
            "id": choice.variation_id or choice.product.id,
            "name": choice.name,
            "url": self.at(f"/product/{choice.product.slug}/"),
            "image": self.image(choice.product),
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


def _kept(cart: Mapping[str, Any]) -> str:
    if cart["email"] or cart["phone"]:
        return "We kept your details. You may walk away now."
    return "Please give an e-mail address or a phone number."


def blueprint(state: State, outbox: Outbox) -> Blueprint:
    """The shop's routes."""
    shop = Storefront(state, outbox)
    arrivals, bought = Arrivals(state, outbox), OrderPages(state, outbox)
    routes = Blueprint("shop", __name__)
    routes.before_request(lambda: None if request.path == "/wp-cron.php" else outbox.visited())
    for rule, method, view in (
        ("/", "GET", shop.front),
        ("/product/<slug>/", "GET", shop.product),
        ("/wp-content/uploads/<slug>.svg", "GET", shop.picture),
        ("/cart/add", "POST", shop.add),
        ("/checkout-link/", "GET", arrivals.checkout_link),
        ("/checkout/", "GET", shop.checkout),
        ("/checkout/", "POST", shop.act),
        ("/wc-ajax/update_order_review", "POST", shop.review),
        ("/checkout/order-received/<number>/", "GET", bought.order_received),
        ("/checkout/order-pay/<number>/", "GET POST", bought.order_pay),
        ("/wp-cron.php", "GET POST", shop.cron),
    ):
        routes.add_url_rule(rule, view.__name__, view, methods=method.split())
    routes.add_url_rule("/cart/", "cart", shop.front, methods=["GET"])
    return routes
