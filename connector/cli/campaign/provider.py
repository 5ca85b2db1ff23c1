"""A provider of its own: a small HTTP server in its own process, with its own log on disk.

It takes messages in four ways and keeps the shop's codes. What it accepted is the truth that
a cycle is judged by, so it shares no database with the service:

    POST /none, /lookup   accepts whatever comes
    POST /key             a key that it knows gives the old answer, and no second message
    POST /racing          the same, but looks first and writes a moment later
    GET  /sent?key=…      what it shows of a key
    POST /codes, GET /codes/CODE
    GET  /log             everything, for the judge
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_RACE_S = 0.005  # between looking for a key and keeping it
_OK, _TAKEN, _ABSENT = 200, 409, 404


class Books:
    """What was accepted, in order; on disk before it is answered."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock, self._pause = threading.Lock(), threading.Event()
        self._ids = itertools.count(1)
        self.messages: list[dict[str, Any]] = []
        self.codes: list[dict[str, Any]] = []

    def accept(self, body: dict[str, Any]) -> str:
        """One more message; its id."""
        with self._lock:
            return self._accepted(body)

    def accept_once(self, body: dict[str, Any]) -> str:
        """The same key gives the same message."""
        with self._lock:
            known = self.of_key(body["key"])
            return str(known[0]["id"]) if known else self._accepted(body)

    def accept_racing(self, body: dict[str, Any]) -> str:
        """The same, by a check that two requests can pass at once."""
        known = self.of_key(body["key"])
        if known:
            return str(known[0]["id"])
        self._pause.wait(_RACE_S)
        return self.accept(body)

    def of_key(self, key: str) -> list[dict[str, Any]]:
        """The messages of a key."""
        return [message for message in self.messages if message["key"] == key]

    def make(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """A code of the shop; None if there is one of that name."""
        with self._lock:
            if self.code(body["code"]):
                return None
            made = {**body, "id": str(next(self._ids))}
            self.codes.append(made)
            self._write("code", made)
            return made

    def code(self, name: str) -> dict[str, Any] | None:
        """A code by its name."""
        return next((code for code in self.codes if code["code"] == name), None)

    def _accepted(self, body: dict[str, Any]) -> str:
        name = f"m{next(self._ids)}"
        kept = {"id": name, "key": body["key"], "text": body["text"]}
        self.messages.append(kept)
        self._write("message", kept)
        return name

    def _write(self, kind: str, what: dict[str, Any]) -> None:
        self._file.write(json.dumps({"kind": kind, **what}) + "\n")
        self._file.flush()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    books: Books

    def do_POST(self) -> None:
        """Take a message or a code."""
        length = int(self.headers["Content-Length"])
        sent = self.rfile.read(length)
        if len(sent) < length:  # the caller died in the middle: nothing was asked for
            return
        body = json.loads(sent)
        if self.path == "/codes":
            made = self.books.make(body)
            self._answer(_OK if made else _TAKEN, made or {})
            return
        ways = {"/key": self.books.accept_once, "/racing": self.books.accept_racing}
        self._answer(_OK, {"id": ways.get(self.path, self.books.accept)(body)})

    def do_GET(self) -> None:
        """Show a key's messages, a code, or everything."""
        parts = urlsplit(self.path)
        if parts.path == "/sent":
            self._answer(_OK, self.books.of_key(parse_qs(parts.query)["key"][0]))
        elif parts.path.startswith("/codes/"):
            found = self.books.code(parts.path.removeprefix("/codes/"))
            self._answer(_OK if found else _ABSENT, found or {})
        else:
            self._answer(_OK, {"messages": self.books.messages, "codes": self.books.codes})

    def _answer(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing: the books are the log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers are killed all the time: a broken connection is no news."""


def serve(log: Path, told: Path) -> None:
    """Serve until killed; `told` gets the port as soon as there is one."""
    _Handler.books = Books(log)
    server = _Server(("127.0.0.1", 0), _Handler)
    draft = told.with_suffix(".new")
    draft.write_text(str(server.server_address[1]))
    draft.rename(told)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]))
