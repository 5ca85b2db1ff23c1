"""Sends prepared requests over kept-alive connections as fast as they are answered.

A process of its own, `python -m connector.cli.bench.wire`, so that measuring costs the measured
little: requests are signed before the time runs, and one selector loop serves all connections.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from connector.signing import sign

_READ = 65536
_END = b"\r\n\r\n"


def prepared(order: dict[str, Any]) -> Iterator[bytes]:
    """Signed deliveries with a webhook id each, as bytes on the wire."""
    body = order["body"].encode()
    signature = sign(body, order["secret"])
    for _ in range(order["most"]):
        head = (
            f"POST /hooks/shopify HTTP/1.1\r\nHost: {order['door']}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"X-Shopify-Topic: checkouts/update\r\nX-Shopify-Shop-Domain: {order['shop']}\r\n"
            f"X-Shopify-Hmac-Sha256: {signature}\r\nX-Shopify-Webhook-Id: {uuid4()}\r\n\r\n"
        )
        yield head.encode() + body


class Wire:
    """All connections, one loop; `times` holds the seconds from each request to its answer."""

    def __init__(self, door: str, connections: int) -> None:
        host, _, port = door.partition(":")
        self._selector = selectors.DefaultSelector()
        self._sockets = [socket.create_connection((host, int(port))) for _ in range(connections)]
        self._began: dict[int, float] = {}
        self.times: list[float] = []
        self.refused = 0

    def run(self, requests: list[bytes], seconds: float) -> float:
        """Send until the time or the requests are over; the seconds that it took."""
        start = time.perf_counter()
        left = iter(requests)
        for one in self._sockets:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(one, selectors.EVENT_READ)
            self._send(one, next(left))
        while self._began:
            for key, _ in self._selector.select(timeout=5):
                self._answered(key.fileobj)  # type: ignore[arg-type]  # only sockets are in it
                request = next(left, None)
                if request is not None and time.perf_counter() - start < seconds:
                    self._send(key.fileobj, request)  # type: ignore[arg-type]  # as above
        return time.perf_counter() - start

    def _send(self, to: socket.socket, request: bytes) -> None:
        self._began[to.fileno()] = time.perf_counter()
        to.sendall(request)

    def _answered(self, by: socket.socket) -> None:
        """Read one answer; ours have no body."""
        answer = by.recv(_READ)
        while answer and _END not in answer:
            answer += by.recv(_READ)
        self.times.append(time.perf_counter() - self._began.pop(by.fileno()))
        self.refused += b" 200 " not in answer[:20]


def main() -> None:
    """Read an order from stdin, write what came of it to stdout."""
    order = json.load(sys.stdin)
    requests = list(prepared(order))
    wire = Wire(order["door"], order["connections"])
    took = wire.run(requests, order["seconds"])
    wire.times.sort()
    told = {
        "rate": len(wire.times) / took,
        "p50_ms": 1000 * wire.times[len(wire.times) // 2],
        "p99_ms": 1000 * wire.times[int(len(wire.times) * 0.99)],
        "answered": len(wire.times),
        "refused": wire.refused,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
