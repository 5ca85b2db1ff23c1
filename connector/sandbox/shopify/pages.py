"""The shop's own pages, for people and for links in messages."""

from __future__ import annotations

import hmac
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, request
from jinja2 import DictLoader, Environment
from werkzeug.wrappers import Response as AnyResponse

from connector.sandbox.shopify import bill, carts, catalogue, orders, templates
from connector.sandbox.shopify.outbox import Outbox
from connector.sandbox.shopify.world import Doc, Refusal, World

R = TypeVar("R", bound=AnyResponse)
_COOKIE = "cart"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'"


def blueprint(world: World, outbox: Outbox) -> Blueprint:
    """All pages; a refusal is a page too."""
    shop = Blueprint("shop", __name__)
    shown = _Shop(world, outbox)
    shop.register_error_handler(Refusal, shown.refusal)
    shop.get("/")(shown.home)
    shop.get("/images/<handle>.svg")(shown.image)
    shop.get("/products/<handle>")(shown.product)
    shop.get("/cart")(shown.cart)
    shop.post("/cart/add")(shown.add)
    shop.post("/checkout")(shown.checkout)
    shop.get("/cart/<goods>")(shown.permalink)
    shop.get("/discount/<code>")(shown.discount)
    shop.get("/checkouts/ac/<token>/recover")(shown.recover)
    return shop


class _Shop:
    """The views; each changes things under the store's lock."""

    def __init__(self, world: World, outbox: Outbox) -> None:
        self._world, self._outbox = world, outbox
        self._pages = Environment(loader=DictLoader(templates.ALL), autoescape=True)

    def home(self) -> Response:
        """All products."""
        products = [self._card(product) for product in catalogue.products()]
        return self._page("home", products=products)

    def product(self, handle: str) -> Response:
        """One product."""
        return self._page("product", p=self._card(_by_handle(handle)))

    def image(self, handle: str) -> Response:
        """A product's picture."""
        drawing = catalogue.picture(_by_handle(handle))
        return Response(drawing, mimetype="image/svg+xml")

    def cart(self) -> Response:
        """The browser's cart."""
        return self._cart_page(self._own())

    def add(self) -> AnyResponse:
        """One more piece."""
        item = {"variant_id": request.form["variant"], "quantity": 1}
        with self._world.lock:
            own = self._own()
            if own:
                items = [*own["items"], item]
                cart = carts.change(self._world, self._outbox, own["id"], {"items": items})
            else:
                asked = {"items": [item], "stage": "cart"}
                cart = carts.fill(self._world, self._outbox, asked)
        return _remember(redirect("/cart", 303), cart)

    def checkout(self) -> AnyResponse:
        """Contact and consent are given; and paid, if she pressed that button."""
        names = ("email", "phone", "first_name", "last_name", "code")
        asked: Doc = {name: request.form.get(name, "").strip() for name in names}
        asked |= {name: name in request.form for name in ("accepts_email", "accepts_sms")}
        with self._world.lock:
            own = self._own()
            if own is None:
                raise Refusal("your cart is empty")
            country = own["country"] or self._world.settings.country
            asked |= {"stage": "checkout", "country": country}
            cart = carts.change(self._world, self._outbox, own["id"], asked)
            if request.form.get("then") != "pay":
                return self._cart_page(cart, "Saved. Pay now, or come back later.")
            told = orders.place(self._world, self._outbox, cart["id"], {"outcome": "paid"})
        paid = f"{told['total']} {told['currency']}"
        return self._page("message", message=f"Thank you! Order {told['order']}, {paid}.")

    def permalink(self, goods: str) -> Response:
        """/cart/<variant>:<quantity>,…?discount=CODE,CODE rebuilds a cart."""
        pairs = (part.partition(":") for part in goods.split(","))
        items = [
            {"variant_id": variant, "quantity": quantity if quantity.isascii() else "0"}
            for variant, _, quantity in pairs
            if quantity.isdecimal()
        ]
        code = request.args.get("discount", "")
        with self._world.lock:
            token = request.cookies.get(_COOKIE, "")
            cart = carts.link(self._world, self._outbox, token, items, code)
        return self._cart_page(cart)

    def discount(self, code: str) -> AnyResponse:
        """/discount/CODE,CODE?redirect=/path applies codes to the browser's cart."""
        with self._world.lock:
            own = self._own()
            if own:
                carts.change(self._world, self._outbox, own["id"], {"code": code})
        target = request.args.get("redirect", "/")
        parts = urlsplit(target.replace("\\", "/"))
        return redirect("/" if parts.scheme or parts.netloc else f"/{parts.path.lstrip('/')}")

    def recover(self, token: str) -> Response:
        """The recovery link of a checkout: the key must be the checkout's own."""
        cart = self._world.shelf.get("cart", token)
        key = request.args.get("key", "").encode()
        if cart is None or not hmac.compare_digest(key, cart["key"].encode()):
            raise Refusal("This link is not valid.")
        if cart["completed_at"]:
            return self._page("message", message="You have bought this already. Thank you!")
        return self._cart_page(cart, "Welcome back: your cart is as you left it.")

    def refusal(self, refusal: Refusal) -> Response:
        """A page that says why not."""
        page = self._page("message", message=str(refusal))
        page.status_code = 404
        return page

    def _own(self) -> Doc | None:
        token = request.cookies.get(_COOKIE, "")
        cart = self._world.shelf.get("cart", token)
        return cart if cart and not cart["completed_at"] else None

    def _card(self, product: catalogue.Product) -> Doc:
        price = catalogue.price_of(product, self._world.settings)
        return {
            "id": product.variant_id,
            "handle": product.handle,
            "title": product.title,
            "variant": product.variant_title,
            "price": f"{price} {self._world.settings.currency}",
        }

    def _cart_page(self, cart: Doc | None, message: str = "") -> Response:
        if cart is None:
            return self._page(
                "cart", lines=[], cart={}, used={}, refusals={}, total="", message=message
            )
        made, currency = bill.make(self._world, cart), self._world.settings.currency
        page = self._page(
            "cart",
            lines=[self._line(product, n) for product, n in bill.goods(cart)],
            cart=cart,
            used={one.discount["code"]: f"{one.off} {currency}" for one in made.used},
            refusals=made.refusals,
            shipping=f"{made.shipping} {currency}" if made.shipping else "",
            total=f"{made.total} {currency}",
            message=message,
        )
        page.headers["X-Sandbox-Cart"] = cart["id"]
        return _remember(page, cart)

    def _line(self, product: catalogue.Product, quantity: int) -> Doc:
        price = catalogue.price_of(product, self._world.settings) * quantity
        title = f"{product.title} - {product.variant_title}".removesuffix(" - ")
        return {
            "quantity": quantity,
            "title": title,
            "price": f"{price} {self._world.settings.currency}",
        }

    def _page(self, name: str, **shown: Any) -> Response:
        own = self._own()
        count = sum(item["quantity"] for item in own["items"]) if own else 0
        shown |= {"shop": self._world.settings.name, "count": count}
        page = make_response(self._pages.get_template(name).render(shown))
        page.headers["Content-Security-Policy"] = _POLICY
        return page


def _by_handle(handle: str) -> catalogue.Product:
    for product in catalogue.products():
        if product.handle == handle:
            return product
    raise Refusal("There is no such product.")


def _remember(page: R, cart: Doc) -> R:
    page.set_cookie(_COOKIE, cart["id"], httponly=True, samesite="Lax")
    return page
