"""What flows can count on: the product's own part, and a store's accounts."""

from __future__ import annotations

from functools import cache

from sqlalchemy.orm import Session

from connector.channels import CHANNELS
from connector.domain.flows.checks import StoreMeans
from connector.models import Store
from connector.rendering.catalogue import catalogue
from connector.services import flow_texts


@cache
def product() -> StoreMeans:
    """What there is without any store: the templates."""
    entries = catalogue()
    return StoreMeans(
        templates=frozenset((one.medium, one.name) for one in entries),
        show_offer=frozenset((one.medium, one.name) for one in entries if one.shows_offer),
        need_offer=frozenset((one.medium, one.name) for one in entries if one.needs_offer),
        ask_to_buy=frozenset((one.medium, one.name) for one in entries if one.asks_to_buy),
    )


def of_store(session: Session, store: Store) -> StoreMeans:
    """What a store's flows can count on."""
    vendors = {kind: channel.medium for kind, channel in CHANNELS.items()}
    return flow_texts.means_of(session, store, product(), vendors)
