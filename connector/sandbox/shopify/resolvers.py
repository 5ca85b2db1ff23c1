"""What each root field of the API gives."""

from __future__ import annotations

import re

from connector.sandbox.shopify import catalogue, customer_nodes, discount_input, discounts
from connector.sandbox.shopify.document import Resolver
from connector.sandbox.shopify.order_nodes import order_node
from connector.sandbox.shopify.paging import page
from connector.sandbox.shopify.world import Doc, Refusal, World, zulu

_UPDATED_SINCE = re.compile(r"\s*updated_at:>='?([^'\s]+)'?\s*")
# Topics as the API names them -> as deliveries do; all others are refused like a bad enum.
TOPICS = {
    "APP_SCOPES_UPDATE": "app/scopes_update",
    "APP_UNINSTALLED": "app/uninstalled",
    "CARTS_CREATE": "carts/create",
    "CARTS_UPDATE": "carts/update",
    "CHECKOUTS_CREATE": "checkouts/create",
    "CHECKOUTS_UPDATE": "checkouts/update",
    "CHECKOUTS_DELETE": "checkouts/delete",
    "CUSTOMERS_CREATE": "customers/create",
    "CUSTOMERS_UPDATE": "customers/update",
    "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE": "customers_email_marketing_consent/update",
    "CUSTOMERS_MARKETING_CONSENT_UPDATE": "customers_marketing_consent/update",
    "ORDERS_CANCELLED": "orders/cancelled",
    "ORDERS_CREATE": "orders/create",
    "ORDERS_DELETE": "orders/delete",
    "ORDERS_FULFILLED": "orders/fulfilled",
    "ORDERS_PAID": "orders/paid",
    "ORDERS_UPDATED": "orders/updated",
    "PRODUCTS_DELETE": "products/delete",
    "PRODUCTS_UPDATE": "products/update",
    "REFUNDS_CREATE": "refunds/create",
}


class Resolvers:
    """The root fields of queries and mutations, over one store."""

    def __init__(self, world: World) -> None:
        self._world = world

    def of(self, kind: str) -> dict[str, Resolver]:
        """The root fields of a kind of operation."""
        if kind == "mutation":
            return {
                "discountCodeBasicCreate": self._create_code,
                "discountCodeFreeShippingCreate": self._create_shipping_code,
                "webhookSubscriptionCreate": self._subscribe,
            }
        return {
            "shop": self._shop,
            "orders": self._orders,
            "order": self._order,
            "nodes": self._nodes,
            "codeDiscountNodeByCode": self._code,
            "webhookSubscriptions": self._subscriptions,
            "customerByIdentifier": self._customer,
        }

    def _shop(self, _: Doc) -> Doc:
        settings = self._world.settings
        return {
            "__typename": "Shop",
            "id": "gid://shopify/Shop/690933842",
            "name": settings.name,
            "email": f"owner@{settings.domain}",
            "contactEmail": f"hello@{settings.domain}",
            "myshopifyDomain": settings.domain,
            "primaryDomain": {"url": self._world.url, "host": self._world.url.partition("//")[2]},
            "currencyCode": settings.currency,
            "ianaTimezone": settings.timezone,
            "shopAddress": {"countryCodeV2": settings.country},
        }

    def _orders(self, asked: Doc) -> Doc:
        since = _UPDATED_SINCE.fullmatch(asked.get("query") or "")
        earliest = zulu(since.group(1).replace("Z", "+00:00")) if since else ""
        nodes = [order_node(self._world, order) for order in self._world.shelf.all("order")]
        found = [node for node in nodes if node["updatedAt"] >= earliest]
        return page(found, lambda node: node["updatedAt"] + node["id"], asked)

    def _order(self, asked: Doc) -> Doc | None:
        number = str(asked["id"]).removeprefix("gid://shopify/Order/")
        found = self._world.shelf.get("order", number)
        return order_node(self._world, found) if found else None

    def _customer(self, asked: Doc) -> Doc | None:
        return customer_nodes.find(self._world, asked["identifier"] or {})

    def _nodes(self, asked: Doc) -> list[Doc | None]:
        return [self._product(str(gid)) for gid in asked["ids"]]

    def _product(self, gid: str) -> Doc | None:
        kind, _, number = gid.removeprefix("gid://shopify/").partition("/")
        try:
            product = catalogue.find(number)
        except Refusal:
            return None
        url = f"{self._world.url}/images/{product.handle}.svg"
        return {
            "__typename": kind,
            "id": gid,
            "title": product.title,
            "handle": product.handle,
            "onlineStoreUrl": f"{self._world.url}/products/{product.handle}",
            "featuredMedia": {"preview": {"image": {"url": url, "altText": product.title}}},
            "collections": {
                "nodes": [{"id": f"gid://shopify/Collection/{n}"} for n in product.collections]
            },
        }

    def _code(self, asked: Doc) -> Doc | None:
        found = discounts.find(self._world, str(asked["code"]))
        return discounts.node(found, self._world.clock.now()) if found else None

    def _create_code(self, asked: Doc) -> Doc:
        return self._create(asked, discount_input.BASIC)

    def _create_shipping_code(self, asked: Doc) -> Doc:
        return self._create(asked, discount_input.SHIPPING)

    def _create(self, asked: Doc, root: str) -> Doc:
        forced = self._world.faults.take("user_error")
        if forced:
            words = f"was refused ({forced})"
            problem = discount_input.user_error(root, forced, "code", words)
            return {"codeDiscountNode": None, "userErrors": [problem]}
        made, problems = discounts.create(self._world, asked[root], root)
        node = discounts.node(made, self._world.clock.now()) if made else None
        return {"codeDiscountNode": node, "userErrors": problems}

    def _subscribe(self, asked: Doc) -> Doc:
        forced = self._world.faults.take("user_error")
        if forced:
            return _not_subscribed(f"Address was refused ({forced})")
        topic, uri = asked["topic"], str(asked["webhookSubscription"].get("uri") or "")
        if topic not in TOPICS:
            return _not_subscribed("Topic is not one of this store's")
        if not uri.startswith(("https://", "http://127.0.0.1:")):
            return _not_subscribed("Address protocol http:// is not supported")
        if any(
            (one["api_topic"], one["uri"]) == (topic, uri)
            for one in self._world.shelf.all("subscription")
        ):
            return _not_subscribed("Address for this topic has already been taken")
        number = self._world.new_id("subscription")
        made = {"id": number, "api_topic": topic, "topic": TOPICS[topic], "uri": uri}
        self._world.shelf.put("subscription", str(number), made)
        return {"webhookSubscription": _subscription(made), "userErrors": []}

    def _subscriptions(self, asked: Doc) -> Doc:
        nodes = [_subscription(one) for one in self._world.shelf.all("subscription")]
        return page(nodes, lambda node: str(node["id"]), asked)


def _subscription(kept: Doc) -> Doc:
    return {
        "id": f"gid://shopify/WebhookSubscription/{kept['id']}",
        "topic": kept["api_topic"],
        "uri": kept["uri"],
        "format": "JSON",
    }


def _not_subscribed(message: str) -> Doc:
    problem = {"field": ["webhookSubscription", "uri"], "message": message}
    return {"webhookSubscription": None, "userErrors": [problem]}
