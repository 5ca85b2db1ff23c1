"""Webhook deliveries: signed, in order, tried again, kept over a restart."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests

from connector.sandbox.shopify.world import Doc, World
from connector.signing import sign

API_VERSION = "2026-10"
TIME_OUTS = (1, 5)  # seconds to connect, and in all, as Shopify's
# Shopify tries eight times more over four hours; here the same in two minutes.
RETRIES_S = (0.5, 1, 2, 4, 8, 15, 30, 60)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Event = tuple[str, Doc]  # topic as deliveries name it, body


class Outbox:
    """Delivers to the subscribed addresses from a thread of its own."""

    def __init__(self, world: World, retries_s: Sequence[float] = RETRIES_S) -> None:
        self._world = world
        self._retries_s = retries_s
        self._wake = threading.Condition()
        self._stopping = False
        self._waiting: dict[str, Doc] = {d["key"]: d for d in world.shelf.all("delivery")}
        self.counts: Counter[str] = Counter(sent=0, accepted=0, failed=0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def announce(self, events: Sequence[Event]) -> None:
        """Queue what one action of a person brought about: all share one event id."""
        event_id, at = str(uuid.uuid4()), self._world.clock.now()
        subscriptions = self._world.shelf.all("subscription")
        for topic, body in events:
            for subscription in subscriptions:
                if subscription["topic"] == topic:
                    self._queue(subscription, body, event_id, at)

    def send(self, uri: str, topic: str, body: Doc, at: datetime | None = None) -> None:
        """Queue a delivery that no subscription asks for; `at` if it is of another time."""
        subscription = {"id": "", "uri": uri, "topic": topic}
        self._queue(subscription, body, str(uuid.uuid4()), at or self._world.clock.now())

    def _queue(self, subscription: Doc, body: Doc, event_id: str, at: datetime) -> None:
        key = f"{self._world.shelf.next_id('delivery'):012d}"
        delivery = {
            "key": key,
            "subscription": str(subscription["id"]),
            "uri": subscription["uri"],
            "topic": subscription["topic"],
            "name": subscription.get("name") or "",
            "body": json.dumps(body, separators=(",", ":"), ensure_ascii=False),
            "webhook_id": str(uuid.uuid4()),
            "event_id": event_id,
            "triggered_at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "tries": 0,
            "due": 0.0,
        }
        self._world.shelf.put("delivery", key, delivery)
        with self._wake:
            self._waiting[key] = delivery
            self._wake.notify_all()

    def wake(self) -> None:
        """Look again: deliveries are no longer held."""
        with self._wake:
            self._wake.notify_all()

    @property
    def waiting(self) -> int:
        """How many deliveries are still on their way."""
        with self._wake:
            return len(self._waiting)

    def drain(self, timeout: float) -> bool:
        """Wait until nothing waits any more; False when the time is over."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._waiting, timeout)

    def stop(self) -> bool:
        """Stop delivering; what waits is kept. False when it was stopped before."""
        with self._wake:
            was_running = not self._stopping
            self._stopping = True
            self._wake.notify_all()
        self._thread.join(10)
        return was_running

    def _run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while (delivery := self._next()) is not None:
                self._try(session, delivery)

    def _next(self) -> Doc | None:
        """The oldest delivery that is due; None when it is time to stop."""
        with self._wake:
            while not self._stopping:
                now = time.time()
                ready = [] if self._world.faults.hold_webhooks else list(self._waiting.values())
                due = [one for one in ready if one["due"] <= now]
                if due:
                    return due[0]
                self._wake.wait(min((one["due"] - now for one in ready), default=None))
            return None

    def _try(self, session: requests.Session, delivery: Doc) -> None:
        if self._world.faults.take("drop_webhooks"):
            self._done(delivery)
            return
        accepted = self._post(session, delivery)
        if self._world.faults.take("duplicate_webhooks"):
            accepted = self._post(session, delivery) or accepted
        if accepted:
            self._done(delivery)
        else:
            self._again(delivery)

    def _post(self, session: requests.Session, delivery: Doc) -> bool:
        self.counts["sent"] += 1
        ok = _reaches(session, delivery, self._headers(delivery))
        self.counts["accepted" if ok else "failed"] += 1
        return ok

    def _headers(self, delivery: Doc) -> dict[str, str]:
        settings = self._world.settings
        return {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-Topic": delivery["topic"],
            "X-Shopify-Hmac-Sha256": sign(delivery["body"].encode(), settings.client_secret),
            "X-Shopify-Shop-Domain": settings.domain,
            "X-Shopify-API-Version": API_VERSION,
            "X-Shopify-Webhook-Id": delivery["webhook_id"],
            "X-Shopify-Event-Id": delivery["event_id"],
            "X-Shopify-Triggered-At": delivery["triggered_at"],
            **({"X-Shopify-Name": delivery["name"]} if delivery.get("name") else {}),
        }

    def _again(self, delivery: Doc) -> None:
        tries = delivery["tries"]
        if tries >= len(self._retries_s):
            # Subscriptions made through the API are deleted when a delivery is given up.
            self._world.shelf.drop("subscription", delivery["subscription"])
            self._done(delivery)
            return
        later = {**delivery, "tries": tries + 1, "due": time.time() + self._retries_s[tries]}
        self._world.shelf.put("delivery", delivery["key"], later)
        with self._wake:
            self._waiting[delivery["key"]] = later

    def _done(self, delivery: Doc) -> None:
        self._world.shelf.drop("delivery", delivery["key"])
        with self._wake:
            self._waiting.pop(delivery["key"], None)
            self._wake.notify_all()


def _reaches(session: requests.Session, delivery: Doc, headers: dict[str, str]) -> bool:
    """One try. Only this machine is ever called, whatever was subscribed."""
    if urlsplit(delivery["uri"]).hostname not in _LOOPBACK:
        return False
    try:
        answer = session.post(
            delivery["uri"],
            data=delivery["body"].encode(),
            headers=headers,
            timeout=TIME_OUTS,
            allow_redirects=False,
        )
    except requests.RequestException:
        return False
    return answer.ok and not answer.is_redirect
