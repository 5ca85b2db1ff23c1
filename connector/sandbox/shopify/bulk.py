"""Bulk operations: a query over a whole list, run beside the calls, left as lines of JSON."""

from __future__ import annotations

import secrets
import threading
import time
from itertools import islice
from typing import BinaryIO

from connector.sandbox.shopify import install, jsonl
from connector.sandbox.shopify.document import FieldError, NotGraphQL, Resolver
from connector.sandbox.shopify.outbox import Outbox
from connector.sandbox.shopify.world import Doc, World, zulu

GID = "gid://shopify/BulkOperation/"
_OPEN = frozenset({"CREATED", "RUNNING", "CANCELING"})
_LOOK_S = 0.02
_PART = 1_000  # lines between two looks around


class Bulk:
    """The fields of the API about bulk operations; one at a time in a shop."""

    def __init__(self, world: World, outbox: Outbox) -> None:
        self._world, self._outbox = world, outbox
        for left in world.shelf.all("bulk"):  # by a store that was stopped meanwhile
            if left["status"] in _OPEN:
                self._put(left, status="FAILED", error="INTERNAL_SERVER_ERROR")

    def queries(self) -> dict[str, Resolver]:
        """Root fields of queries."""
        return {"bulkOperation": self._one}

    def mutations(self) -> dict[str, Resolver]:
        """Root fields of mutations."""
        return {"bulkOperationRunQuery": self._run, "bulkOperationCancel": self._cancel}

    def _one(self, asked: Doc) -> Doc | None:
        kept = self._kept(asked["id"])
        return _node(kept, self._world.settings.domain) if kept else None

    def _kept(self, gid: object) -> Doc | None:
        return self._world.shelf.get("bulk", str(gid).removeprefix(GID))

    def _put(self, kept: Doc, **changes: object) -> Doc:
        return self._world.shelf.put("bulk", str(kept["id"]), kept | changes)

    def _run(self, asked: Doc) -> Doc:
        running = [one for one in self._world.shelf.all("bulk") if one["status"] in _OPEN]
        if running:
            words = "A bulk query operation for this app and shop is already in progress"
            return _no("OPERATION_IN_PROGRESS", None, f"{words}: {GID}{running[0]['id']}.")
        try:
            jsonl.check(str(asked["query"]))
        except NotGraphQL as error:
            return _no("INVALID", ["query"], f"Invalid bulk query: {error}")
        number = self._world.new_id("bulk")
        made = {
            "id": number,
            "query": asked["query"],
            "status": "CREATED",
            "error": None,
            "objects": 0,
            "roots": 0,
            "size": None,
            "result": "",
            "partial": "",
            "created_at": self._world.now(),
            "completed_at": "",
        }
        self._put(made)
        threading.Thread(target=self._work, args=(number,), daemon=True).start()
        return {"bulkOperation": _node(made, self._world.settings.domain), "userErrors": []}

    def _work(self, number: int) -> None:
        """As slow as was asked for; what it found counts as of its end."""
        until = time.monotonic() + self._world.faults.bulk_s
        while (late := until - time.monotonic()) > 0:
            time.sleep(min(late, _LOOK_S))
            if self._is_canceled(number):
                return
            self._step(number, status="RUNNING")
        kept = self._step(number, status="RUNNING")
        if not self._is_canceled(number):
            self._finish(kept)

    def _step(self, number: int, **changes: object) -> Doc:
        with self._world.lock:
            kept = self._world.shelf.get("bulk", str(number)) or {"id": number, "status": ""}
            is_open = kept["status"] in {"CREATED", "RUNNING"}
            return self._put(kept, **changes) if is_open else kept

    def _is_canceled(self, number: int) -> bool:
        with self._world.lock:
            kept = self._world.shelf.get("bulk", str(number))
            if kept and kept["status"] == "CANCELING":
                self._end(kept, "CANCELED", completed_at=self._world.now())
        return kept is None or kept["status"] in {"CANCELING", "CANCELED"}

    def _finish(self, kept: Doc) -> None:
        """Other calls are answered meanwhile, and see how far it is."""
        fails, name = self._world.faults.take("bulk_fail"), secrets.token_hex(16)
        try:
            with (self._world.files / f"{name}.jsonl").open("wb") as file:
                kept = self._written(kept, file, fails=bool(fails))
                size = file.tell()
        except FieldError:
            self._end(kept, "FAILED", error="ACCESS_DENIED")
            return
        except NotGraphQL:
            self._end(kept, "FAILED", error="INTERNAL_SERVER_ERROR")
            return
        found = name if size else ""
        if fails:
            self._end(kept, "FAILED", error="TIMEOUT", partial=found)
        elif not self._is_canceled(kept["id"]):
            self._end(kept, "COMPLETED", result=found, size=size, completed_at=self._world.now())

    def _written(self, kept: Doc, file: BinaryIO, *, fails: bool) -> Doc:
        """The lines, part by part; one that fails gets half-way through a part."""
        found = jsonl.lines(self._world, kept["query"], install.granted(self._world))
        objects = roots = 0
        while some := list(islice(found, _PART)):
            some = some[: (len(some) + 1) // 2] if fails else some
            file.write("".join(line for line, _ in some).encode())
            objects, roots = objects + len(some), roots + sum(is_root for _, is_root in some)
            kept = self._step(kept["id"], objects=objects, roots=roots)
            if fails or self._is_canceled(kept["id"]):
                break
        return kept

    def _end(self, kept: Doc, status: str, **changes: object) -> None:
        kept = self._put(kept, status=status, **changes)
        local, done = self._world.settings.local, kept["completed_at"]
        body = {
            "admin_graphql_api_id": f"{GID}{kept['id']}",
            "completed_at": local(done) if done else None,
            "created_at": local(kept["created_at"]),
            "error_code": kept["error"].lower() if kept["error"] else None,
            "status": status.lower(),
            "type": "query",
        }
        self._outbox.announce([("bulk_operations/finish", body)])

    def _cancel(self, asked: Doc) -> Doc:
        kept = self._kept(asked["id"])
        if kept is None:
            return _no(None, ["id"], "Bulk operation does not exist")
        if kept["status"] not in _OPEN:
            words = f"A bulk operation cannot be canceled when it is {kept['status'].lower()}"
            shown = _node(kept, self._world.settings.domain)
            return {**_no(None, None, words), "bulkOperation": shown}
        kept = self._put(kept, status="CANCELING")
        return {"bulkOperation": _node(kept, self._world.settings.domain), "userErrors": []}


def _no(code: str | None, field: list[str] | None, message: str) -> Doc:
    problem = {"field": field, "message": message, **({"code": code} if code else {})}
    return {"bulkOperation": None, "userErrors": [problem]}


def _node(kept: Doc, domain: str) -> Doc:
    """`url` is null when nothing was found. It lies at the shop's own name: one door is enough."""
    done = kept["completed_at"]
    where = {name: f"https://{domain}/bulk/{kept[name]}.jsonl" for name in ("result", "partial")}
    return {
        "__typename": "BulkOperation",
        "id": f"{GID}{kept['id']}",
        "status": kept["status"],
        "type": "QUERY",
        "errorCode": kept["error"],
        "objectCount": str(kept["objects"]),
        "rootObjectCount": str(kept["roots"]),
        "fileSize": None if kept["size"] is None else str(kept["size"]),
        "url": where["result"] if kept["result"] else None,
        "partialDataUrl": where["partial"] if kept["partial"] else None,
        "query": kept["query"],
        "createdAt": zulu(kept["created_at"]),
        "completedAt": zulu(done) if done else None,
    }
