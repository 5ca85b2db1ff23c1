"""The API's picture of checkouts that were left, and of the shop's own reminder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connector.sandbox.shopify import bill, catalogue, customer_nodes, customers
from connector.sandbox.shopify.cart_bodies import recovery_setting, recovery_url
from connector.sandbox.shopify.catalogue import Product
from connector.sandbox.shopify.customer_nodes import Purchases
from connector.sandbox.shopify.document import FieldError, Resolver
from connector.sandbox.shopify.order_nodes import money_bag
from connector.sandbox.shopify.paging import Source, by_number, page
from connector.sandbox.shopify.scopes import denied
from connector.sandbox.shopify.world import Doc, World, zulu

GID = "gid://shopify/AbandonedCheckout/"
_LEFT = timedelta(minutes=10)  # one that became an order sooner was never left


class Checkouts:
    """The fields of the API about checkouts that were left."""

    def __init__(self, world: World) -> None:
        self._world = world

    def queries(self) -> dict[str, Resolver]:
        """Root fields of queries."""
        return {
            "abandonedCheckouts": lambda asked: source(self._world).connection(
                asked, self._world.clock.now()
            ),
            "abandonedCheckoutsCount": lambda asked: source(self._world).count(
                asked, self._world.clock.now()
            ),
            "abandonmentByAbandonedCheckoutId": self._abandonment,
        }

    def _abandonment(self, asked: Doc) -> Doc | None:
        gid = str(asked["abandonedCheckoutId"])
        found = (one for one in _left(self._world) if f"{GID}{one['number']}" == gid)
        cart = next(found, None)
        return abandonment(self._world, cart) if cart else None


def source(world: World) -> Source:
    """Checkouts with a contact; there is no sort key for the last change."""
    purchases = Purchases(world)
    return Source(
        docs=lambda: _left(world),
        searched=lambda one: {
            "id": one["number"],
            "created_at": one["checkout_at"],
            "updated_at": one["updated_at"],
            "status": "closed" if one["completed_at"] else "open",
            "recovery_state": "recovered" if one["completed_at"] else "not_recovered",
            "email_state": mail_state(world, one)[0].lower(),
        },
        keys={
            "CREATED_AT": lambda one: str(one["checkout_at"]),
            "ID": by_number,
            "CHECKOUT_ID": by_number,
            "RELEVANCE": by_number,
            "CUSTOMER_NAME": lambda one: f"{one['last_name']} {one['first_name']}",
            "TOTAL_PRICE": lambda one: f"{_total(world, one):020.2f}",
        },
        node=lambda one: node(world, one, purchases),
        number=lambda one: int(one["number"]),
    )


def _left(world: World) -> Iterator[Doc]:
    return (one for one in world.shelf.scan("cart") if _was_left(one))


def _was_left(cart: Doc) -> bool:
    if cart["stage"] != "checkout" or not (cart["email"] or cart["phone"]):
        return False
    began, done = cart["checkout_at"], cart["completed_at"]
    return not done or datetime.fromisoformat(done) - datetime.fromisoformat(began) >= _LEFT


def _total(world: World, cart: Doc) -> Decimal:
    made = bill.make(world, cart)
    return made.goods - made.off


def node(world: World, cart: Doc, purchases: Purchases) -> Doc:
    """One checkout. It has no token and no contact of its own, but an account (see there)."""
    made, done = bill.make(world, cart), cart["completed_at"]
    address = customer_nodes.mailing_address(cart) if cart["country"] else None
    zero = str(world.settings.money(Decimal(0)))
    return {
        "__typename": "AbandonedCheckout",
        "id": f"{GID}{cart['number']}",
        "name": f"#{cart['number']}",
        "abandonedCheckoutUrl": lambda _: _url(world, cart),
        "createdAt": zulu(cart["checkout_at"]),
        "updatedAt": zulu(cart["updated_at"]),
        "completedAt": zulu(done) if done else None,
        "customer": lambda _: customer_nodes.node(
            world, customers.of_checkout(world, cart), purchases
        ),
        "billingAddress": address,
        "shippingAddress": address,
        "customAttributes": [],
        "discountCodes": [one.discount["code"] for one in made.used],
        "lineItems": lambda asked: _lines(world, cart, asked),
        "note": "",
        "taxLines": [],
        "taxesIncluded": False,
        "subtotalPriceSet": money_bag(world, str(made.goods - made.off)),
        "totalPriceSet": money_bag(world, str(made.goods - made.off)),
        "totalLineItemsPriceSet": money_bag(world, str(made.goods)),
        "totalDiscountSet": money_bag(world, str(made.off)),
        "totalTaxSet": money_bag(world, zero),
        "totalDutiesSet": None,
    }


def _url(world: World, cart: Doc) -> str:
    """The link; or what an app without approval for protected data gets from December 2026.

    What that is, is not known: null beside an error ("denied"), or no answer at all, as the
    schema forbids the null ("refused").
    """
    how = recovery_setting(world)["api"]
    if how == "shown":
        return recovery_url(world, cart)
    error = denied("abandonedCheckoutUrl field", "level 2 protected customer data.")
    raise FieldError(str(error), error.extensions, fatal=how == "refused")


def _lines(world: World, cart: Doc, asked: Doc) -> Doc:
    found = enumerate(bill.goods(cart))
    lines = [_line(world, cart["number"] * 100 + number, *line) for number, line in found]
    return page(lines, lambda line: str(line["id"]), asked)


def _line(world: World, number: int, product: Product, quantity: int) -> Doc:
    one = catalogue.price_of(product, world.settings)
    unit, total = money_bag(world, str(one)), money_bag(world, str(one * quantity))
    url = f"{world.url}/images/{product.handle}.svg"
    return {
        "id": f"gid://shopify/AbandonedCheckoutLineItem/{number}",
        "title": product.title,
        "variantTitle": product.variant_title or None,
        "sku": product.sku,
        "quantity": quantity,
        "product": catalogue.product_node(world.url, product, world.settings),
        "variant": catalogue.variant_node(product, world.settings),
        "image": {"url": url, "altText": product.title},
        "customAttributes": [],
        "originalUnitPriceSet": unit,
        "originalTotalPriceSet": total,
        "discountedUnitPriceSet": unit,
        "discountedTotalPriceSet": total,
    }


def mail_state(world: World, cart: Doc) -> tuple[str, datetime | None]:
    """What became of the shop's own reminder for a checkout, and when it was sent."""
    hours = (world.shelf.get("app", "recovery mail") or {"hours": None})["hours"]
    if hours is None or not cart["email"]:
        return "NOT_SENT", None
    due = datetime.fromisoformat(cart["checkout_at"]) + timedelta(hours=float(hours))
    done = cart["completed_at"]
    if done and datetime.fromisoformat(done) < due:
        return "NOT_SENT", None
    return ("SENT", due) if due <= world.clock.now() else ("SCHEDULED", None)


def abandonment(world: World, cart: Doc) -> dict[str, Any]:
    """What Shopify knows of the visit around a checkout that was left."""
    state, sent = mail_state(world, cart)
    account, began = customers.of_checkout(world, cart), zulu(cart["checkout_at"])
    bought = any(
        order["customer"]["id"] == account["id"] and order["created_at"] > cart["checkout_at"]
        for order in world.shelf.scan("order")
    )
    now, left = world.clock.now(), datetime.fromisoformat(cart["updated_at"])
    return {
        "id": f"gid://shopify/Abandonment/{cart['number']}",
        "abandonmentType": "CHECKOUT",
        "mostRecentStep": "CHECKOUT",
        "emailState": state,
        "emailSentAt": zulu(sent) if sent else None,
        "daysSinceLastAbandonmentEmail": (now - sent).days if sent else 0,
        "hoursSinceLastAbandonedCheckout": round((now - left).total_seconds() / 3600, 2),
        "cartUrl": f"{world.url}/cart",
        "createdAt": began,
        "visitStartedAt": began,
        "lastCheckoutAbandonmentDate": zulu(cart["updated_at"]),
        "inventoryAvailable": True,
        "isMostSignificantAbandonment": True,
        "isFromOnlineStore": True,
        "customerHasNoOrderSinceAbandonment": not bought,
        "customerHasNoDraftOrderSinceAbandonment": True,
        "abandonedCheckoutPayload": lambda _: node(world, cart, Purchases(world)),
        "customer": lambda _: customer_nodes.node(world, account, Purchases(world)),
    }
