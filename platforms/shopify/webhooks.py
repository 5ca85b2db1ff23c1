"""The subscriptions that make a store's webhooks come to us."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from connector.errors import Refused
from platforms.shopify.answers import Subscription, WebhookCreateAnswer, WebhooksAnswer
from platforms.shopify.care_answers import WebhookDeleteAnswer
from platforms.shopify.care_operations import WEBHOOK_DELETE
from platforms.shopify.client import Client
from platforms.shopify.errors import refuse
from platforms.shopify.names import WANTED
from platforms.shopify.operations import WEBHOOK_CREATE, WEBHOOKS


def subscribe(client: Client, callback_url: str) -> list[str]:
    """Make the subscriptions that are missing, then end those that come twice or nowhere.

    Returns all topics that now come to us.
    """
    held = subscriptions(client)
    have = {one.topic for one in held if one.uri == callback_url}
    for topic in WANTED:
        if topic not in have:
            _subscribe(client, topic, callback_url)
    for one in strays(held, callback_url):
        _remove(client, one)
    return list(WANTED.values())


def subscriptions(client: Client) -> list[Subscription]:
    """All webhook subscriptions of this app at the store."""
    pages = client.pages(
        WEBHOOKS, WebhooksAnswer, lambda page: page.webhook_subscriptions.page_info
    )
    return [one for page in pages for one in page.webhook_subscriptions.nodes]


def _subscribe(client: Client, topic: str, callback_url: str) -> None:
    answer = client.run(
        WEBHOOK_CREATE,
        WebhookCreateAnswer,
        topic=topic,
        sub={"uri": callback_url, "format": "JSON"},
    )
    try:
        refuse(answer.webhook_subscription_create.user_errors, f"webhook {topic}")
    except Refused as refusal:
        # Somebody else made it since we looked; these errors have no code to go by.
        if "already been taken" not in refusal.detail:
            raise


def leave(client: Client, callback_url: str) -> None:
    """End all subscriptions that lead to us."""
    for one in subscriptions(client):
        if one.uri == callback_url:
            _remove(client, one)


def strays(held: Sequence[Subscription], callback_url: str) -> list[Subscription]:
    """Subscriptions of ours that lead to an older address of this service, or come twice.

    The list holds this app's alone; of another address only those count that end in our path.
    """
    path, seen = urlsplit(callback_url).path, Counter[str]()
    found = []
    for one in held:
        ours = one.uri == callback_url
        seen[one.topic] += ours
        older = not ours and _is_ours(one.uri or "", path)
        if older or (ours and seen[one.topic] > 1):
            found.append(one)
    return found


def _is_ours(uri: str, path: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.path == path


def _remove(client: Client, one: Subscription) -> None:
    """End a subscription; one that is gone already is no trouble."""
    answer = client.run(WEBHOOK_DELETE, WebhookDeleteAnswer, id=one.id)
    problems = answer.webhook_subscription_delete.user_errors
    refuse([p for p in problems if "does not exist" not in p.message], f"webhook {one.topic}")
