"""Webhook subscriptions, as REST makes and shows them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from connector.sandbox.woocommerce.errors import RestError, missing
from connector.sandbox.woocommerce.state import State, key_of

_EVENTS = {
    "coupon": ("created", "updated", "deleted", "restored"),
    "customer": ("created", "updated", "deleted"),
    "order": ("created", "updated", "deleted", "restored"),
    "product": ("created", "updated", "deleted", "restored", "published"),
}
_ACTION = re.compile(r"action\.(woocommerce_|wc_)\w+")
_PLUGIN_TOPICS = ("cart.updated", "cart.viewed")
_STATUSES = ("active", "paused", "disabled")


def create(state: State, given: Mapping[str, Any]) -> dict[str, Any]:
    """Save a webhook; RestError for a topic or an address that is none."""
    absent = [name for name in ("topic", "delivery_url") if name not in given]
    if absent:
        raise missing(*absent)
    _check(state, given)
    with state.lock:
        number = state.shelf.next_id("hook")
        hook = {
            "id": number,
            "name": given.get("name") or f"Webhook created on {state.stamp()}",
            "status": given.get("status", "active"),
            "topic": given["topic"],
            "delivery_url": given["delivery_url"],
            "secret": given.get("secret") or secrets.token_hex(25),
            "failures": 0,
            "created": state.stamp(),
            "modified": state.stamp(),
        }
        return state.shelf.put("hook", key_of(number), hook)


def update(state: State, hook: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Change a webhook; re-activating leaves its count of failures where it was."""
    _check(state, given)
    names = ("name", "status", "topic", "delivery_url", "secret")
    hook.update({name: given[name] for name in names if given.get(name)})
    hook["modified"] = state.stamp()
    return state.shelf.put("hook", key_of(hook["id"]), hook)


def _check(state: State, given: Mapping[str, Any]) -> None:
    if "topic" in given and not _is_topic(state, str(given["topic"])):
        words = "Webhook topic must be valid."
        raise RestError("woocommerce_rest_shop_webhook_invalid_topic", words, 400)
    url = str(given.get("delivery_url", "http://"))
    if not url.startswith(("http://", "https://")):
        words = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise RestError("woocommerce_rest_shop_webhook_invalid_delivery_url", words, 400)
    if given.get("status", "active") not in _STATUSES:
        words = "Webhook status must be valid."
        raise RestError("woocommerce_rest_shop_webhook_invalid_status", words, 400)


def _is_topic(state: State, topic: str) -> bool:
    resource, _, event = topic.partition(".")
    if _ACTION.fullmatch(topic):
        return True
    return event in _EVENTS.get(resource, ()) or (state.plugin and topic in _PLUGIN_TOPICS)


def body(state: State, hook: Mapping[str, Any]) -> dict[str, Any]:
    """The webhook as REST shows it: without its secret."""
    resource, _, event = hook["topic"].partition(".")
    return {
        "id": hook["id"],
        "name": hook["name"],
        "status": hook["status"],
        "topic": hook["topic"],
        "resource": resource,
        "event": event,
        "hooks": [f"woocommerce_{event}_{resource}"],
        "delivery_url": hook["delivery_url"],
        **state.dates(created=hook["created"], modified=hook["modified"]),
        "_links": state.links("webhooks", hook["id"]),
    }
