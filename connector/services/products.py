"""Pictures, titles and addresses of products: looked up once at the platform, then kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.models import Cart, Product
from connector.ports.platform import ProductCard


def missing(session: Session, cart: Cart) -> list[str]:
    """Products of a cart that a message could not show yet."""
    wanted = {
        row["product_id"]
        for row in cart.lines
        if row["product_id"] and not (row["image_url"] and row["product_url"] and row["title"])
    }
    known = session.scalars(
        select(Product.external_id).where(Product.external_id.in_(wanted), ~Product.stale)
    )
    return sorted(wanted - set(known))


def unknown(session: Session, product_ids: Collection[str]) -> list[str]:
    """Products of which nothing was ever looked up: nobody knows their collections."""
    known = session.scalars(
        select(Product.external_id).where(Product.external_id.in_(product_ids), ~Product.stale)
    )
    return sorted(set(product_ids) - set(known) - {""})


def keep(
    session: Session,
    store_id: int,
    asked: Sequence[str],
    cards: Sequence[ProductCard],
    now: datetime,
) -> None:
    """Keep what the platform answered; a product that is gone is kept as empty."""
    found = {card.product_id: card for card in cards}
    for product_id in asked:
        card = found.get(product_id, ProductCard(product_id, "", "", ""))
        values: dict[str, Any] = {
            "title": card.title,
            "image_url": card.image_url,
            "product_url": card.product_url,
            "collections": list(card.collections),
            "fetched_at": now,
            "stale": False,
        }
        row = {"store_id": store_id, "external_id": product_id, **values}
        session.execute(
            insert(Product)
            .values(row)
            .on_conflict_do_update(index_elements=["store_id", "external_id"], set_=values)
        )


def changed(session: Session, product_id: str) -> None:
    """The shop changed a product: what is kept of it is looked up again before it is shown."""
    session.execute(update(Product).where(Product.external_id == product_id).values(stale=True))


def dressed(session: Session, cart: Cart) -> list[dict[str, Any]]:
    """A cart's lines with pictures and addresses filled in from what is kept."""
    ids = {row["product_id"] for row in cart.lines}
    known = {
        product.external_id: product
        for product in session.scalars(select(Product).where(Product.external_id.in_(ids)))
    }
    return [_dress(row, known.get(row["product_id"])) for row in cart.lines]


def _dress(row: dict[str, Any], product: Product | None) -> dict[str, Any]:
    if product is None:
        return row
    kept = {
        "title": product.title,
        "image_url": product.image_url,
        "product_url": product.product_url,
    }
    return {**row, **{name: row[name] or value for name, value in kept.items()}}
