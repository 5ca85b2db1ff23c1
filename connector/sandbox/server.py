"""What all sandbox servers share: a clock to set, a shelf that survives, a listener."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class Clock:
    """The sandbox's time: the real one, shifted by `set`, running at the real pace."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def now(self) -> datetime:
        """The sandbox's present, aware UTC."""
        return datetime.now(UTC) + self._shift

    def set(self, at: datetime) -> None:
        """Make it `at` now; time goes on from there."""
        self._shift = at - datetime.now(UTC)


class Shelf:
    """Documents by kind and id in one SQLite file, so that a restart forgets nothing."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._changes: Counter[str] = Counter()
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False)
        self._db.execute(
            "create table if not exists docs"
            "(kind text, id text, body text, primary key (kind, id)) without rowid"
        )

    def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """One document, or None."""
        with self._lock:
            row = self._db.execute(
                "select body from docs where kind = ? and id = ?", (kind, key)
            ).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
        """Store a document under its id and give it back."""
        with self._lock:
            self._db.execute("replace into docs values (?, ?, ?)", (kind, key, json.dumps(body)))
            self._db.commit()
            self._changes[kind] += 1
        return body

    def put_all(self, kind: str, bodies: Mapping[str, dict[str, Any]]) -> None:
        """Store many documents at once, by their ids."""
        with self._lock:
            rows = ((kind, key, json.dumps(body)) for key, body in bodies.items())
            self._db.executemany("replace into docs values (?, ?, ?)", rows)
            self._db.commit()
            self._changes[kind] += 1

    def changes(self, kind: str) -> int:
        """A number that is another one after each change of a kind."""
        with self._lock:
            return self._changes[kind]

    def add_new(self, kind: str, key: str, body: dict[str, Any]) -> bool:
        """Store it only if the id is free; False if it was taken."""
        with self._lock:
            done = self._db.execute(
                "insert or ignore into docs values (?, ?, ?)", (kind, key, json.dumps(body))
            )
            self._db.commit()
            self._changes[kind] += 1
            return done.rowcount == 1

    def drop(self, kind: str, key: str) -> None:
        """Forget a document."""
        with self._lock:
            self._db.execute("delete from docs where kind = ? and id = ?", (kind, key))
            self._db.commit()
            self._changes[kind] += 1

    def all(self, kind: str) -> list[dict[str, Any]]:
        """All documents of a kind, in the order of their ids."""
        with self._lock:
            rows = self._db.execute(
                "select body from docs where kind = ? order by id", (kind,)
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def scan(self, kind: str, many: int = 500) -> Iterator[dict[str, Any]]:
        """All documents of a kind in the order of their ids, a few in memory at a time."""
        last = ""
        while True:
            with self._lock:
                rows = self._db.execute(
                    "select id, body from docs where kind = ? and id > ? order by id limit ?",
                    (kind, last, many),
                ).fetchall()
            if not rows:
                return
            yield from (json.loads(body) for _, body in rows)
            last = rows[-1][0]

    def next_id(self, name: str, start: int = 1, count: int = 1) -> int:
        """The next number of a named series, from `start`; of `count` numbers the first."""
        with self._lock:
            known = self.get("series", name) or {"last": start - 1}
            self.put("series", name, {"last": known["last"] + count})
            return int(known["last"]) + 1

    def close(self) -> None:
        """Give the file back."""
        self._db.close()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: requests carry people's addresses."""


class Listener:
    """One sandbox application on one loopback port, served by threads."""

    def __init__(self, app: Flask, port: int = 0) -> None:
        self._server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self.port = self._server.port
        self.door = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.door}"
        look_s = 0.05  # how soon it notices that it is to stop
        threading.Thread(target=self._server.serve_forever, args=(look_s,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
