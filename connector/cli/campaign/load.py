"""A steady stream of webhooks that remembers every one that was accepted."""

from __future__ import annotations

import http.client
import itertools
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit

from connector.cli.campaign.deliveries import Delivery, Maker, Person

_CALL_S = 5.0  # as Shopify waits
_TRIES = 6  # as both platforms do in their ways: what was not accepted may come again
_AGAIN_S = 0.5
_OK = 200


class Load:
    """Sender threads; `accepted` holds (store, key) of every delivery answered 2xx."""

    def __init__(self, web: str, makers: Sequence[Maker], now: Callable[[], datetime]) -> None:
        self.accepted: set[tuple[int, str]] = set()
        self.given_up = 0
        self._door = urlsplit(web).netloc
        self._makers, self._now = makers, now
        self._numbers = itertools.count(1)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, senders: int, pause_s: float) -> None:
        """Send from so many threads, each with a pause between two carts."""
        for _ in range(senders):
            thread = threading.Thread(target=self._send_on, args=(pause_s,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Send no more; wait for the answers that are on their way."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send_on(self, pause_s: float) -> None:
        while not self._stop.wait(pause_s):
            number = next(self._numbers)
            who = Person(number, self._now(), texts=number % 2 == 0)
            delivery = self._makers[number // 2 % len(self._makers)](who)
            self._deliver(delivery)
            if number % 10 == 0:
                self._deliver(delivery)  # platforms send twice now and then

    def _deliver(self, delivery: Delivery) -> None:
        for _ in range(_TRIES):
            if self._once(delivery) == _OK:
                self.accepted.add((delivery.store_id, delivery.key))
                return
            if self._stop.wait(_AGAIN_S):
                return
        self.given_up += 1

    def _once(self, delivery: Delivery) -> int:
        """The status, or 0 when there was no answer."""
        connection = http.client.HTTPConnection(self._door, timeout=_CALL_S)
        with suppress(OSError, http.client.HTTPException):
            connection.request("POST", delivery.path, delivery.body, dict(delivery.headers))
            status = connection.getresponse().status
            connection.close()
            return status
        connection.close()
        return 0
