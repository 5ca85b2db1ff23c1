"""Deliveries as they come in, and the subscriptions that make them come."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import msgspec

from connector import signing
from connector.domain.text import one_line
from connector.errors import InvalidSignature
from connector.ports.platform import RawWebhook
from connector.structs import work_out
from platforms.woocommerce.client import Client, StoreRefused

TOPICS = (
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    "customer.created",
    "customer.updated",
    "product.updated",
    "product.deleted",
    "cart.updated",  # these two only where our shop plugin is installed
    "cart.viewed",
)
_PREFIX = "x-wc-webhook-"
_LONGEST_NAME = 100  # of a topic or delivery: headers are unsigned, and anybody may write them
_PING = re.compile(rb"webhook_id=\d{1,20}")
_NO_SUCH_TOPIC = "woocommerce_rest_shop_webhook_invalid_topic"


class Subscription(msgspec.Struct):
    """A webhook of the store; its secret is never told."""

    id: int
    topic: str = ""
    status: str = ""
    name: str = ""
    delivery_url: str = ""


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


def subscribe(client: Client, callback_url: str, secret: str) -> list[str]:
    """Bring the store's webhooks to what we need; the topics that are now delivered.

    A webhook that is not active (core disables it at the 7th failure in a row and keeps its
    count at 6), or that was made with another secret, is made anew before the old one goes.
    """
    name = f"Cartwright {hashlib.sha256(secret.encode()).hexdigest()[:8]}"
    ours = [hook for hook in _all(client) if hook.delivery_url == callback_url]
    good = [hook for hook in ours if hook.status == "active" and hook.name == name]
    have = {hook.topic for hook in good}
    order = {"name": name, "delivery_url": callback_url, "secret": secret, "status": "active"}
    made = {t for t in TOPICS if t not in have and _create(client, {**order, "topic": t})}
    for stale in (hook for hook in ours if hook not in good):
        client.delete(f"webhooks/{stale.id}")
    return [topic for topic in TOPICS if topic in have | made]


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
