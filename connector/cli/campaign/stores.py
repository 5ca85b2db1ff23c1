"""Stores made for one purpose: so many people whose message is due."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from connector import clock
from connector.cli.campaign import rotation
from connector.cli.campaign.deliveries import Delivery, Maker, Person, shopify, woocommerce
from connector.cli.campaign.ground import Ground
from connector.models import Cart, Message, Run, Store, Webhook
from connector.ports.platform import StoreInfo
from connector.services import advance, carts, events, flows, installs, store_tokens
from connector.services.installs import NewStore
from jobs.adapters import platform_for, webhook_secrets
from jobs.runtime import Ref
from platforms import PLATFORMS

_OFFER = {"template": "offer", "offer": {"percent": 5, "free_shipping": True}}
_PLAIN = {"template": "reminder"}


def _flow(said: Mapping[str, Any]) -> dict[str, Any]:
    send = {"medium": "email", "within_hours": 240, **said}
    return {
        "key": "campaign",
        "name": "One message",
        "trigger": {"on": ["cart_abandoned", "checkout_abandoned"]},
        "rules": {"offer_in_first": True},
        "steps": [{"id": "only", "send": send}],
    }


_PRODUCT = {"id": "11", "title": "Enamel mug", "price": "18.00"}
_LEFT = timedelta(hours=2)  # ago: long enough to count as abandoned at once
_RUNG = func.clock_timestamp() + text("interval '30 seconds'")
_numbers = itertools.count(1)


def connect(ground: Ground, kind: str, *, codes: bool = True) -> Store:
    """A new store with one channel and one flow: one message, with two codes if wanted."""
    number, means = next(_numbers), ground.means
    home = f"https://shop{number}.example"
    shop = StoreInfo(f"Shop {number}", "USD", "America/New_York", home, "", "US")
    new = NewStore("woocommerce", home, {"door": ground.door}, sandbox=True)
    with Session(means.sessions.app, expire_on_commit=False) as session, session.begin():
        store, _ = installs.connect(session, means.vault, new, shop, clock.now(), None)
        installs.add_channel(session, means.vault, store, kind, {"door": ground.door})
        flows.install(session, store, _flow(_OFFER if codes else _PLAIN), clock.now())
    return store


def connect_expired(ground: Ground, kind: str) -> Store:
    """A new Shopify store whose access token has just run out; one message without codes."""
    (name, granted), means = ground.mall.open_shop(), ground.means
    shop = StoreInfo(name, "USD", "America/New_York", f"https://{name}", "", "US")
    new = NewStore("shopify", name, granted.credentials, sandbox=True)
    with Session(means.sessions.app, expire_on_commit=False) as session, session.begin():
        store, _ = installs.connect(session, means.vault, new, shop, clock.now(), None)
        store_tokens.keep(session, means.vault, store, replace(granted, access_s=0))
        installs.add_channel(session, means.vault, store, kind, {"door": ground.door})
        flows.install(session, store, _flow(_PLAIN), clock.now())
    return store


def deliveries(ground: Ground, store: Store, people: int) -> list[Delivery]:
    """So many people's carts, left two hours ago, as their shop tells of them."""
    make = _maker(ground, store)
    return [make(_person(number)) for number in range(1, people + 1)]


def due(ground: Ground, store: Store, people: int) -> list[Ref]:
    """So many messages that are due, as just rung for: nobody else is rung for half a minute."""
    make, sessions = _maker(ground, store), ground.means.sessions
    news = [make(_person(number)) for number in range(1, people + 1)]
    ids = sessions.in_store(store.id, lambda s: _due(s, ground, store.id, news))
    return [(store.id, message_id) for message_id in ids]


def _maker(ground: Ground, store: Store) -> Maker:
    if store.platform == "shopify":
        return shopify(store, ground.means.config.shopify_secrets[0], rotation.PRODUCT)
    secret = webhook_secrets(ground.means.vault, store)[0]
    return woocommerce(store, secret, _PRODUCT)


def _person(number: int) -> Person:
    return Person(number, clock.now() - _LEFT, texts=False)


def _due(
    session: Session, ground: Ground, store_id: int, news: Sequence[Delivery]
) -> Sequence[int]:
    """All in one transaction: the crew sees nothing of it before the messages are rung for."""
    store, now = session.get_one(Store, store_id), clock.now()
    platform = platform_for(ground.means.vault, store)
    for delivery in news:
        webhook = PLATFORMS[store.platform].read_webhook(
            list(delivery.headers.items()), delivery.body
        )
        for event in platform.parse(webhook, now):
            events.record(session, store, event, now)
    session.flush()
    for cart_id in session.scalars(select(Cart.id).order_by(Cart.id)).all():
        carts.look_again(session, store, cart_id, now)
    session.flush()
    for run_id in session.scalars(select(Run.id).order_by(Run.id)).all():
        advance.advance(session, run_id, now)
    session.flush()
    session.execute(update(Message).values(rung_until=_RUNG))
    return session.scalars(select(Message.id).order_by(Message.id)).all()


def ring_again(ground: Ground, store: Store) -> None:
    """The half minute is over in which nobody is rung for what the victim was to do."""
    with ground.means.sessions.store(store.id) as session:
        for table in (Message, Run, Cart, Webhook):
            session.execute(update(table).values(rung_until=None))
