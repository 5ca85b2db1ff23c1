"""Deliveries as they come in, and the subscriptions that make them come."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from connector import signing
from connector.domain.text import one_line
from connector.errors import InvalidSignature
from connector.ports.platform import RawWebhook
from connector.structs import work_out
from platforms.woocommerce.client import Client, StoreRefused

# What every shop tells us.
CORE = (
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    "customer.created",
    "customer.updated",
    "product.updated",
    "product.deleted",
)
PLUGIN = ("cart.updated", "cart.viewed")  # where our shop plugin is active
TYPED = "action.woocommerce_checkout_update_order_review"  # where it is not: the classic form
TOPICS = (*CORE, *PLUGIN)
_PREFIX = "x-wc-webhook-"
_LONGEST_NAME = 100  # of a topic or delivery: headers are unsigned, and anybody may write them
_PING = re.compile(rb"webhook_id=\d{1,20}")
_NO_SUCH_TOPIC = "woocommerce_rest_shop_webhook_invalid_topic"
_OURS = "Cartwright "  # how the names of our webhooks begin


class Subscription(msgspec.Struct):
    """A webhook of the store; its secret is never told."""

    id: int
    topic: str = ""
    status: str = ""
    name: str = ""
    delivery_url: str = ""

    def delivers(self, callback_url: str) -> bool:
        """True while it brings us what happens."""
        return self.status == "active" and self.delivery_url == callback_url


def read_webhook(headers: Sequence[tuple[str, str]], body: bytes) -> RawWebhook:
    """A delivery's facts; InvalidSignature when one of its headers comes twice."""
    found = [(n.lower(), v) for n, v in headers if n.lower().startswith(_PREFIX)]
    facts = {name.removeprefix(_PREFIX): value for name, value in found}
    if len(facts) != len(found):
        raise InvalidSignature("a webhook header came twice")
    topic, delivery = facts.get("topic", ""), facts.get("delivery-id", "")
    return RawWebhook(
        topic=_short(topic),
        body=body,
        signature=facts.get("signature", ""),
        dedup_key=_key(topic, delivery, body),
        shop=facts.get("source", ""),
        event_id=_short(delivery),
        probe=not found and _PING.fullmatch(body) is not None,
    )


def _short(name: str) -> str:
    return one_line(name[:_LONGEST_NAME])


def _key(topic: str, delivery: str, body: bytes) -> str:
    """The body counts: within one second all deliveries of one webhook have the same id."""
    digest = hashlib.sha256(body).hexdigest()
    return hashlib.sha256(f"{topic}\n{delivery}\n{digest}".encode("utf-8", "replace")).hexdigest()


def verify(webhook: RawWebhook, secrets: Sequence[str]) -> None:
    """Return if one of the store's secrets signed the body; an empty one never does."""
    if not signing.is_valid(webhook.body, webhook.signature, secrets):
        raise InvalidSignature(f"no secret of this store signed this {webhook.topic!r}")


def wanted(*, plugin: bool) -> tuple[str, ...]:
    """The topics that a shop with or without our plugin is to tell us of."""
    return (*CORE, *PLUGIN) if plugin else (*CORE, TYPED)


def subscribe(client: Client, callback_url: str, secret: str, *, plugin: bool) -> list[str]:
    """Bring the store's webhooks to what we need; the topics that are now delivered.

    A webhook that is not active (core disables it at the 7th failure in a row and keeps its
    count at 6), or that was made with another secret, is made anew before the old one goes.
    So go doubles, what is no longer wanted, and ours that lead to an address that we had before.
    """
    name = f"{_OURS}{hashlib.sha256(secret.encode()).hexdigest()[:8]}"
    ours = of_ours(client, callback_url)
    topics = wanted(plugin=plugin)
    good: dict[str, Subscription] = {}
    for hook in ours:
        if hook.topic in topics and hook.name == name and hook.delivers(callback_url):
            good.setdefault(hook.topic, hook)
    order = {"name": name, "delivery_url": callback_url, "secret": secret, "status": "active"}
    made = {t for t in topics if t not in good and _create(client, {**order, "topic": t})}
    for stale in (hook for hook in ours if hook not in good.values()):
        client.delete(f"webhooks/{stale.id}")
    return [topic for topic in topics if topic in good or topic in made]


def leave(client: Client, callback_url: str) -> None:
    """Delete every webhook of ours; the keys themselves only the merchant can revoke."""
    for hook in of_ours(client, callback_url):
        client.delete(f"webhooks/{hook.id}")


def of_ours(client: Client, callback_url: str) -> list[Subscription]:
    """The webhooks that lead to us, also those to an address that we had before."""
    path = urlsplit(callback_url).path
    return [
        hook
        for hook in _all(client)
        if hook.delivery_url == callback_url
        or (hook.name.startswith(_OURS) and urlsplit(hook.delivery_url).path == path)
    ]


def _create(client: Client, order: dict[str, str]) -> bool:
    """Make one webhook; False where the store does not know the topic."""
    try:
        client.post("webhooks", order)
    except StoreRefused as error:
        if error.code == _NO_SUCH_TOPIC:
            return False
        raise
    return True


def _all(client: Client) -> list[Subscription]:
    found: list[Subscription] = []
    page = pages = 1
    while page <= pages:
        answer = client.get("webhooks", per_page="100", page=str(page))
        found += answer.read(list[Subscription])
        page, pages = page + 1, answer.pages
    return found


work_out(globals())
