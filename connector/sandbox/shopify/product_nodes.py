"""The API's list of products."""

from __future__ import annotations

from connector.sandbox.shopify import catalogue
from connector.sandbox.shopify.paging import Source, by_number
from connector.sandbox.shopify.world import Doc, World


def source(world: World) -> Source:
    """All products."""

    def node(kept: Doc) -> Doc:
        return catalogue.product_node(world.url, catalogue.find(kept["id"]), world.settings)

    return Source(
        docs=lambda: [{"id": one.id, "title": one.title} for one in catalogue.products()],
        searched=lambda one: {
            "id": one["id"],
            "title": one["title"],
            "status": "active",
            "updated_at": catalogue.OPENED,
            "created_at": catalogue.OPENED,
        },
        keys={
            "ID": by_number,
            "RELEVANCE": by_number,
            "TITLE": lambda one: str(one["title"]),
        },
        node=node,
    )
