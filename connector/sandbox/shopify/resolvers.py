"""What each root field of the API gives."""

from __future__ import annotations

from connector.sandbox.shopify import catalogue, discounts, install, scopes
from connector.sandbox.shopify.bulk import Bulk
from connector.sandbox.shopify.checkout_nodes import Checkouts
from connector.sandbox.shopify.consent import Consent
from connector.sandbox.shopify.customer_nodes import Customers, Purchases
from connector.sandbox.shopify.discount_fields import Discounts
from connector.sandbox.shopify.document import Resolver
from connector.sandbox.shopify.order_nodes import order_node
from connector.sandbox.shopify.order_nodes import source as orders
from connector.sandbox.shopify.outbox import Outbox
from connector.sandbox.shopify.product_nodes import source as products
from connector.sandbox.shopify.subscriptions import Subscriptions
from connector.sandbox.shopify.world import Doc, Refusal, World


class Resolvers:
    """The root fields of queries and mutations, over one store."""

    def __init__(self, world: World, outbox: Outbox) -> None:
        self._world = world
        subscriptions, bulk = Subscriptions(world), Bulk(world, outbox)
        self._discounts = Discounts(world)
        self._mutations = {
            **subscriptions.mutations(),
            **self._discounts.mutations(),
            **Consent(world, outbox).mutations(),
            **bulk.mutations(),
        }
        self._queries = {
            **self._of_shop(),
            **subscriptions.queries(),
            **self._discounts.queries(),
            **Customers(world).queries(),
            **Checkouts(world).queries(),
            **bulk.queries(),
        }

    def of(self, kind: str) -> dict[str, Resolver]:
        """The root fields of a kind of operation."""
        return self._mutations if kind == "mutation" else self._queries

    def _of_shop(self) -> dict[str, Resolver]:
        world, now = self._world, self._world.clock.now
        return {
            "shop": self._shop,
            "currentAppInstallation": self._installation,
            "order": self._order,
            "orders": lambda asked: orders(world).connection(asked, now()),
            "ordersCount": lambda asked: orders(world).count(asked, now()),
            "products": lambda asked: products(world).connection(asked, now()),
            "nodes": lambda asked: [self._node(str(gid)) for gid in asked["ids"]],
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
            "marketingSmsConsentEnabledAtCheckout": True,
            "plan": {
                "publicDisplayName": "Basic",
                "partnerDevelopment": False,
                "shopifyPlus": False,
            },
        }

    def _installation(self, _: Doc) -> Doc:
        held = [{"handle": one, "description": one} for one in install.granted(self._world)]
        return {
            "id": "gid://shopify/AppInstallation/1",
            "accessScopes": held,
            "launchUrl": install.settings(self._world)["app_url"],
            "activeSubscriptions": [],
        }

    def _order(self, asked: Doc) -> Doc | None:
        number = str(asked["id"]).removeprefix("gid://shopify/Order/")
        found = self._world.shelf.get("order", number)
        return order_node(self._world, found, Purchases(self._world)) if found else None

    def _node(self, gid: str) -> Doc | None:
        """Of products, variants and codes; None for what is not there, as at Shopify."""
        held = install.granted(self._world)
        if gid.startswith(discounts.GID):
            scopes.demand(held, "read_discounts", "nodes field")
            kept = self._discounts.by_id(gid)
            node = discounts.node(kept, self._world.clock.now()) if kept else None
            return {**node, "__typename": "DiscountCodeNode"} if node else None
        scopes.demand(held, "read_products", "nodes field")
        return self._product(gid)

    def _product(self, gid: str) -> Doc | None:
        kind, _, number = gid.removeprefix("gid://shopify/").partition("/")
        try:
            product = catalogue.find(number)
        except Refusal:
            return None
        node = catalogue.product_node(self._world.url, product, self._world.settings)
        return {**node, "__typename": kind, "id": gid}
