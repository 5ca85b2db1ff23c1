"""Webhooks on their way: a queue that survives, sent one after another by one thread.

No delivery is repeated. The body is built when it is sent. The real store sends once a minute
and only with traffic; this one sends at once, unless its cron sleeps: then what waits goes out
when somebody looks at a page, or at wp-cron.php alone where a host has disabled the other way.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from connector import signing
from connector.sandbox.woocommerce import calls
from connector.sandbox.woocommerce.state import State, key_of

_TIMEOUT_S = 60.0  # WooCommerce's own
_PING_TIMEOUT_S = 5.0  # WordPress's own
_MAX_FAILURES = 5  # "more than 5" before counting up: the 7th in a row disables

BodyOf = Callable[[str, str], dict[str, Any]]  # topic, key -> body


class Outbox:
    """Announces what happened and delivers it in order."""

    def __init__(self, state: State, body_of: BodyOf) -> None:
        self.counts: Counter[str] = Counter()
        self._state = state
        self._body_of = body_of
        self._wake = threading.Condition()
        self._waiting = {str(item["seq"]): item for item in state.shelf.all("queue")}
        self._ticked = state.clock.now()  # when the cron last ran
        self._let_out = 0  # what came up to here may go although the cron sleeps
        self._busy = False
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the delivery in hand; the rest stays in the queue."""
        self._stopped = True
        self.wake()
        self._thread.join(timeout=2)

    def wake(self) -> None:
        """Look again: a fault was set or lifted."""
        with self._wake:
            self._wake.notify_all()

    def announce(self, topic: str, key: str) -> None:
        """Queue a topic for each webhook of it; what already waits is not queued twice."""
        for hook in self._state.shelf.all("hook"):
            if hook["topic"] == topic and hook["status"] == "active":
                self._queue(hook["id"], topic, key)

    def _queue(self, hook_id: int, topic: str, key: str) -> None:
        item: dict[str, Any] = {"hook": hook_id, "topic": topic, "key": key}
        with self._wake:
            if any(item.items() <= other.items() for other in self._waiting.values()):
                return
            item["seq"] = self._state.shelf.next_id("queue")
            item["at"] = self._state.clock.now().isoformat()
            self._state.shelf.put("queue", key_of(item["seq"]), item)
            self._waiting[str(item["seq"])] = item
            self._wake.notify_all()

    @property
    def waiting(self) -> int:
        """How many deliveries are still on their way."""
        with self._wake:
            return len(self._waiting) + self._busy

    @property
    def oldest_due_s(self) -> int:
        """For how many seconds a delivery or the cron itself is overdue; 0 for neither.

        WordPress has events of each minute, so that a cron that sleeps is overdue by itself.
        """
        self.look()
        with self._wake:
            since = [item["at"] for item in self._waiting.values() if "at" in item]
            due = [self._ticked, *map(datetime.fromisoformat, since)]
        return max(0, int((self._state.clock.now() - min(due)).total_seconds()))

    def look(self) -> None:
        """A cron that is awake runs by itself: it did so just now."""
        if not self._sleeps:
            self._ticked = self._state.clock.now()

    @property
    def _sleeps(self) -> bool:
        shop = self._state.shop
        return shop.cron_sleeps or shop.cron_disabled

    def visited(self) -> None:
        """Somebody looks at a page, which wakes the cron unless a host has disabled that."""
        if not self._state.shop.cron_disabled:
            self.tick()

    def tick(self) -> None:
        """wp-cron.php was called: what waits now goes out."""
        with self._wake:
            self._ticked = self._state.clock.now()
            self._let_out = max((item["seq"] for item in self._waiting.values()), default=0)
            self._wake.notify_all()

    def drain(self, timeout: float) -> None:
        """Wait until all that may be sent is delivered; TimeoutError if it takes longer."""
        with self._wake:
            if not self._wake.wait_for(lambda: not self._due() and not self._busy, timeout):
                raise TimeoutError(f"{len(self._waiting)} webhooks still wait")

    def _run(self) -> None:
        while (item := self._next()) is not None:
            self._deliver(item)
            with self._wake:
                self._busy = False
                self._wake.notify_all()

    def _next(self) -> dict[str, Any] | None:
        """The item to deliver now; None when stopped. It leaves the queue before it is built."""
        with self._wake:
            self._wake.wait_for(lambda: self._stopped or self._may_send())
            if self._stopped:
                return None
            item = self._waiting.pop(self._due()[0])
            self._state.shelf.drop("queue", key_of(item["seq"]))
            self._busy = True
            return item

    def _may_send(self) -> bool:
        return bool(self._due()) and not self._state.faults.hold_webhooks

    def _due(self) -> list[str]:
        """What may go out now, in order. Our plugin's direct push needs no cron."""
        if not self._sleeps:
            return list(self._waiting)
        direct = "cart." if self._state.shop.direct_push else "-"
        return [
            key
            for key, item in self._waiting.items()
            if item["seq"] <= self._let_out or item["topic"].startswith(direct)
        ]

    def _deliver(self, item: dict[str, Any]) -> None:
        hook = self._state.shelf.get("hook", key_of(item["hook"]))
        if hook is None or hook["status"] != "active":
            return
        if self._state.faults.take("drop_webhooks"):
            self.counts["sent"] += 1
            return
        with self._state.lock:
            body = encode(self._body_of(item["topic"], item["key"]))
        headers = self._headers(hook, body)
        times = 2 if self._state.faults.take("duplicate_webhooks") else 1
        for _ in range(times):
            url = hook["delivery_url"]
            reply = calls.post(self._state.settings.routes, url, headers, body, _TIMEOUT_S)
            self._count(hook["id"], reply.status)

    def _headers(self, hook: dict[str, Any], body: bytes) -> list[tuple[str, str]]:
        """In WooCommerce's order; one delivery id for all of a webhook's second."""
        resource, _, event = hook["topic"].partition(".")
        second = f"{hook['id']}|{self._state.stamp()}"
        prefix = "X-WC-Webhook-"
        return [
            *common(self._state),
            ("Content-Type", "application/json"),
            (f"{prefix}Source", f"{self._state.home}/"),
            (f"{prefix}Topic", hook["topic"]),
            (f"{prefix}Resource", resource),
            (f"{prefix}Event", event),
            (f"{prefix}Signature", signing.sign(body, hook["secret"])),
            (f"{prefix}ID", str(hook["id"])),
            (f"{prefix}Delivery-ID", hashlib.sha256(second.encode()).hexdigest()[:32]),
            ("Connection", "close"),
            ("Content-Length", str(len(body))),
        ]

    def _count(self, hook_id: int, status: int) -> None:
        """200 to 302 is success, redirects included; the 7th failure in a row disables."""
        good = 200 <= status <= 302  # noqa: PLR2004
        self.counts["sent"] += 1
        self.counts["accepted" if good else "failed"] += 1
        with self._state.lock:
            hook = self._state.shelf.get("hook", key_of(hook_id))
            if hook is None or self._stopped:
                return
            if good:
                hook["failures"] = 0
            elif hook["failures"] > _MAX_FAILURES:
                hook["status"] = "disabled"
            else:
                hook["failures"] += 1
            self._state.shelf.put("hook", key_of(hook_id), hook)


def encode(body: dict[str, Any]) -> bytes:
    """JSON as PHP writes it: non-ASCII and slashes escaped."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def ping(state: State, url: str, hook_id: int) -> None:
    """The unsigned hello of a new webhook; nobody looks at its answer."""
    body = f"webhook_id={hook_id}".encode()
    headers = [
        *common(state),
        ("Connection", "close"),
        ("Content-Length", str(len(body))),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ]
    calls.post(state.settings.routes, url, headers, body, _PING_TIMEOUT_S)


def common(state: State) -> list[tuple[str, str]]:
    """What a webhook's call begins with."""
    shop = state.shop
    return calls.opening(f"WooCommerce/{shop.version} Hookshot (WordPress/{shop.wordpress})")
