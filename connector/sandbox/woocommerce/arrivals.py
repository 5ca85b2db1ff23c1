"""Where recovery links arrive: core's checkout-link, and our plugin's own."""

from __future__ import annotations

from flask import abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.woocommerce import carts, catalog, orders
from connector.sandbox.woocommerce.visits import Visits

_LINK_WORDS = {"products", "coupon", "checkout-link"}
_FIRST_WITH_LINKS = 10  # version of WooCommerce
_GONE = "This link is too old: the cart is not kept any more."
_ORDERED = "You have already ordered this cart. Thank you!"


class Arrivals(Visits):
    """Each method takes a link's goods and codes, and leads on to the checkout."""

    def checkout_link(self) -> AnyResponse:
        """`/checkout-link/?products=11:2,19:1&coupon=X`: empties the cart, fills it, goes on."""
        if int(self.state.shop.version.partition(".")[0]) < _FIRST_WITH_LINKS:
            abort(404)
        wanted = [part.partition(":") for part in request.args.get("products", "").split(",")]
        pairs = [(key, count or "1") for key, _, count in wanted if count.isdecimal() or not count]
        if any(p is not None and p.variations for p in map(catalog.product, (k for k, _ in pairs))):
            return redirect(self.at("/cart/", wc_error="Missing attributes"))
        items = [{"product_id": k, "quantity": int(n)} for k, n in pairs if catalog.choose(k)]
        if not items:
            return redirect(self.at("/cart/", wc_error="No products in the link"))
        codes = [request.args.get("coupon", "")]  # one, whatever stands in it
        with self.state.lock:
            changes = {"items": items, "coupons": codes, "stage": "checkout"}
            cart = self.save(self.own_cart(), changes)
        others = {k: v for k, v in request.args.items() if k not in _LINK_WORDS}
        there = self.at("/checkout/", **others, session=cart["id"])
        return self.with_cookie(redirect(there), cart)

    def restore(self) -> AnyResponse:
        """`/?cartwright_restore=KEY&cartwright_coupons=A,B`: our plugin's own link.

        The cart is restored, then the codes are applied; the checkout says of each that is
        refused why. Of other words in the link those of campaigns go along.
        """
        with self.state.lock:
            kept = carts.by_link(self.state, request.args[carts.RESTORE])
            if kept is None or not kept["items"]:
                return redirect(self.at("/cart/", wc_error=_GONE))
            if orders.is_placed(self.state, kept):
                return redirect(self.at("/cart/", wc_error=_ORDERED))
            cart = self.with_plugin_coupons(self.restored(kept["id"])) or kept
        # Without a cookie: somebody it was forwarded to sees the goods, never the person.
        along = {k: v for k, v in request.args.items() if k.startswith("utm_")}
        return redirect(self.at("/checkout/", **along, session=cart["id"]))
