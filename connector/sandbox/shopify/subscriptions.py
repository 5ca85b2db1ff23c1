"""Webhook subscriptions, as the API lists, makes, changes and ends them."""

from __future__ import annotations

import re
from typing import Any

from connector.sandbox.shopify import install, scopes
from connector.sandbox.shopify.document import NotGraphQL, Resolver
from connector.sandbox.shopify.outbox import API_VERSION
from connector.sandbox.shopify.paging import page
from connector.sandbox.shopify.topics import TOPICS
from connector.sandbox.shopify.world import Doc, Refusal, World, zulu

_GID = "gid://shopify/WebhookSubscription/"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")


class Subscriptions:
    """The fields of the API that are about subscriptions."""

    def __init__(self, world: World) -> None:
        self._world = world

    def queries(self) -> dict[str, Resolver]:
        """Root fields of queries."""
        return {"webhookSubscriptions": self._list, "webhookSubscription": self._one}

    def mutations(self) -> dict[str, Resolver]:
        """Root fields of mutations."""
        return {
            "webhookSubscriptionCreate": self._create,
            "webhookSubscriptionUpdate": self._update,
            "webhookSubscriptionDelete": self._delete,
        }

    def _list(self, asked: Doc) -> Doc:
        wanted = asked.get("topics")
        kept = [
            one
            for one in self._world.shelf.all("subscription")
            if (not wanted or one["api_topic"] in wanted)
            and asked.get("uri") in {None, one["uri"]}
            and asked.get("format") in {None, "JSON"}
        ]
        return page([_node(one) for one in kept], lambda node: str(node["id"]), asked)

    def _one(self, asked: Doc) -> Doc | None:
        kept = self._kept(asked)
        return _node(kept) if kept else None

    def _kept(self, asked: Doc) -> Doc | None:
        return self._world.shelf.get("subscription", str(asked["id"]).removeprefix(_GID))

    def _create(self, asked: Doc) -> Doc:
        topic, given = asked["topic"], asked["webhookSubscription"]
        if topic not in TOPICS:
            raise NotGraphQL(f'Variable $topic: expected "{topic}" to be one of the topics')
        forced = self._world.faults.take("user_error")
        wrong = f"Address was refused ({forced})" if forced else self._wrong(topic, given)
        if wrong:
            return _no(wrong, "uri")
        if not scopes.may_hear(install.granted(self._world), TOPICS[topic]):
            words = "You cannot create a webhook subscription with the specified topic"
            return _no(words, "topic")
        number, now = self._world.new_id("subscription"), self._world.now()
        made = {
            "id": number,
            "api_topic": topic,
            "topic": TOPICS[topic],
            "uri": given["uri"],
            "name": given.get("name") or "",
            "created_at": now,
            "updated_at": now,
        }
        self._world.shelf.put("subscription", str(number), made)
        return {"webhookSubscription": _node(made), "userErrors": []}

    def _wrong(self, topic: str, given: Doc, but: str = "") -> str:
        """What is wrong with an address for a topic; "" if nothing is."""
        uri, name = str(given.get("uri") or ""), str(given.get("name") or "x")
        if not uri.startswith(("https://", "http://127.0.0.1:")):
            return "Address protocol http:// is not supported"
        if given.get("format") not in {None, "JSON"}:
            return "Format is not spoken by this store"
        if not _NAME.fullmatch(name):
            return "Name is invalid"
        taken = any(
            (one["api_topic"], one["uri"]) == (topic, uri) and str(one["id"]) != but
            for one in self._world.shelf.all("subscription")
        )
        return "Address for this topic has already been taken" if taken else ""

    def _update(self, asked: Doc) -> Doc:
        kept = self._kept(asked)
        if kept is None:
            return _no("Webhook subscription does not exist", "id", at_root=True)
        known = {"uri": kept["uri"], "name": kept.get("name")}
        given = known | {name: v for name, v in asked["webhookSubscription"].items() if v}
        if wrong := self._wrong(kept["api_topic"], given, str(kept["id"])):
            return _no(wrong, "uri")
        changes = {"uri": given["uri"], "name": given["name"], "updated_at": self._world.now()}
        self._world.shelf.put("subscription", str(kept["id"]), kept | changes)
        return {"webhookSubscription": _node(kept | changes), "userErrors": []}

    def _delete(self, asked: Doc) -> Doc:
        kept = self._kept(asked)
        if kept is None:
            problem = {"field": ["id"], "message": "Webhook subscription does not exist"}
            return {"deletedWebhookSubscriptionId": None, "userErrors": [problem]}
        self._world.shelf.drop("subscription", str(kept["id"]))
        return {"deletedWebhookSubscriptionId": asked["id"], "userErrors": []}


def lose(world: World, topic: str) -> Doc:
    """The subscriptions of a topic are gone, and nobody is told. Refusal if there is none."""
    lost = [
        one for one in world.shelf.all("subscription") if topic in {one["api_topic"], one["topic"]}
    ]
    if not lost:
        raise Refusal(f"nobody has subscribed to {topic}")
    for one in lost:
        world.shelf.drop("subscription", str(one["id"]))
    return {"lost": len(lost)}


def _node(kept: Doc) -> Doc:
    made = kept.get("created_at") or "2026-01-01T00:00:00+00:00"  # kept by an older sandbox
    return {
        "id": f"{_GID}{kept['id']}",
        "legacyResourceId": str(kept["id"]),
        "topic": kept["api_topic"],
        "uri": kept["uri"],
        "format": "JSON",
        "name": kept.get("name") or None,
        "apiVersion": {"handle": API_VERSION, "displayName": API_VERSION, "supported": True},
        "filter": None,
        "includeFields": [],
        "metafieldNamespaces": [],
        "createdAt": zulu(made),
        "updatedAt": zulu(kept.get("updated_at") or made),
    }


def _no(message: str, field: str, *, at_root: bool = False) -> Doc:
    where: list[Any] = [field] if at_root or field == "topic" else ["webhookSubscription", field]
    problem = {"field": where, "message": message}
    return {"webhookSubscription": None, "userErrors": [problem]}
