"""Exports: begun, followed and read a part at a time, whatever the file's host does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request

from connector.errors import Disconnected, NotSent, Refused
from connector.ports.platform import StoreAccount
from connector.sandbox.server import Listener
from platforms.shopify import bulk
from platforms.shopify.client import Client
from tests.contracts.doors import open_doors

SHOP = "oscars-outdoor.myshopify.com"
FILES = "storage.googleapis.com"
OSCAR = StoreAccount(SHOP, "USD", "America/New_York", {"access_token": "shpat_1"})
ID = "gid://shopify/BulkOperation/1"
ROWS = [json.dumps({"id": n, "t": "ü" * (n % 99)}, ensure_ascii=False).encode() for n in range(300)]
FILE = b"".join(row + b"\n" for row in ROWS)


class Host:
    """A shop that answers as it is told, and the file's host, with ranges or without."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.asked: list[Any] = []
        self.file, self.ranges, self.status = FILE, True, 200
        app = Flask("export")
        app.add_url_rule("/admin/<path:_>", view_func=self._api, methods=["POST"])
        app.add_url_rule("/file", view_func=self._file)
        self.listener = Listener(app)

    def _api(self, _: str) -> dict[str, Any]:
        self.asked.append(request.get_json())
        return self.answers.pop(0)

    def _file(self) -> Response:
        if self.status != 200:
            return Response("no", self.status)
        whole = Response(self.file, content_type="application/jsonl")
        if self.ranges:
            whole.make_conditional(request, accept_ranges=True, complete_length=len(self.file))
        return whole


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    door = made.listener.door
    with open_doors(f"{SHOP}={door}", f"{FILES}={door}"):
        yield made
    made.listener.stop()


def export(url: str = f"https://{FILES}/file?signature=secret") -> bulk.Export:
    return bulk.Export(ID, going=False, objects=300, error="", url=url)


def told(root: str, **fields: Any) -> dict[str, Any]:
    return {"data": {root: fields}}


def operation(**changes: Any) -> dict[str, Any]:
    known = {"id": ID, "status": "RUNNING", "objectCount": "12", "rootObjectCount": "3"}
    return told("bulkOperation", **{**known, "url": None, "partialDataUrl": None, **changes})


def all_lines(most: int) -> list[bytes]:
    found: list[bytes] = []
    start: int | None = 0
    while start is not None:
        part = bulk.read(export(), start, most)
        found, start = [*found, *part.lines], part.next
    return found


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("most", [700, 4096, 10**6])
def test_every_line_is_read_once_and_whole(host: Host, ranges: bool, most: int) -> None:
    host.ranges = ranges
    assert all_lines(most) == ROWS


def test_a_file_that_ends_without_a_line_break_is_whole_too(host: Host) -> None:
    host.file = FILE.rstrip(b"\n")
    assert all_lines(len(FILE) // 3) == ROWS


def test_a_part_ends_exactly_at_the_end(host: Host) -> None:
    whole = bulk.read(export(), 0, len(FILE))
    assert (whole.lines, whole.next) == (tuple(ROWS), None)
    assert bulk.read(export(), len(FILE), 10) == bulk.Lines((), None)


@pytest.mark.parametrize("gap", [b"", b"\n", b"\r\n\n"])
def test_each_line_tells_where_it_begins(host: Host, gap: bytes) -> None:
    host.file = gap.join(row + b"\n" for row in ROWS)
    part = bulk.read(export(), len(ROWS[0] + b"\n" + gap), 1200)
    assert part.lines == tuple(ROWS[1 : 1 + len(part.lines)])
    assert part.starts == tuple(host.file.index(row + b"\n") for row in part.lines)


def test_a_line_longer_than_a_part_is_refused(host: Host) -> None:
    host.file = b"x" * 5000
    with pytest.raises(bulk.LongLine, match="a line of more than 1000 bytes"):
        bulk.read(export(), 0, 1000)


def test_a_file_larger_than_any_answer_is_read_in_parts(host: Host) -> None:
    host.file = b"".join(b'{"n":%d}\n' % n for n in range(700_000))  # 10 MB
    assert len(host.file) > 2 * bulk.PART
    found = all_lines(bulk.PART)
    assert (len(found), found[-1]) == (700_000, b'{"n":699999}')


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_file_that_is_not_given_is_no_verdict_on_the_store(host: Host, status: int) -> None:
    """Its address runs out; the shop's token may be as good as ever."""
    host.status = status
    with pytest.raises((NotSent, Refused)) as caught:
        bulk.read(export(), 0)
    assert not isinstance(caught.value, Disconnected)
    assert "secret" not in str(caught.value)


def test_an_export_at_an_inner_address_is_not_read(host: Host) -> None:
    with pytest.raises(Refused):
        bulk.read(export("https://169.254.169.254/latest"), 0)
    with pytest.raises(Refused):
        bulk.read(export("http://storage.example/file"), 0)


# ---------------------------------------------------------------- the shop


def test_an_export_is_begun_and_followed(host: Host) -> None:
    client = Client(OSCAR)
    host.answers = [
        told("bulkOperationRunQuery", bulkOperation={"id": ID, "status": "CREATED"}),
        operation(),
        operation(status="COMPLETED", objectCount="300", url=f"https://{FILES}/file"),
    ]
    assert bulk.start(client, "{ orders { edges { node { id } } } }") == ID
    assert bulk.state(client, ID) == bulk.Export(ID, True, 12, "", "", roots=3)
    done = bulk.state(client, ID)
    assert (done.going, done.objects, done.error) == (False, 300, "")
    assert bulk.read(done, 0).lines == tuple(ROWS)
    asked = {"query": "{ orders { edges { node { id } } } }", "grouped": False}
    assert host.asked[0]["variables"] == asked


@pytest.mark.parametrize("code", ["OPERATION_IN_PROGRESS", "LIMIT_REACHED"])
def test_a_busy_shop_is_asked_again_later(host: Host, code: str) -> None:
    problem = {"message": "busy", "code": code, "field": None}
    host.answers = [told("bulkOperationRunQuery", bulkOperation=None, userErrors=[problem])]
    with pytest.raises(NotSent) as caught:
        bulk.start(Client(OSCAR), "{ shop { id } }")
    assert caught.value.after == 60


def test_a_query_that_cannot_be_exported_is_refused(host: Host) -> None:
    problem = {"message": "must have a connection", "code": "INVALID", "field": ["query"]}
    host.answers = [told("bulkOperationRunQuery", bulkOperation=None, userErrors=[problem])]
    with pytest.raises(Refused, match="must have a connection"):
        bulk.start(Client(OSCAR), "{ shop { id } }")


@pytest.mark.parametrize("status", ["FAILED", "CANCELED", "CANCELING", "EXPIRED"])
def test_a_failed_export_says_so_and_is_not_read(host: Host, status: str) -> None:
    host.answers = [operation(status=status, errorCode="TIMEOUT")]
    found = bulk.state(Client(OSCAR), ID)
    assert (found.going, found.error) == (False, f"the export is {status.lower()} (TIMEOUT)")
    assert found.reason == "TIMEOUT"
    with pytest.raises(Refused, match="TIMEOUT"):
        bulk.read(found, 0)


def test_an_export_that_is_forgotten_must_be_begun_anew(host: Host) -> None:
    host.answers = [{"data": {"bulkOperation": None}}]
    with pytest.raises(Refused, match="begun anew"):
        bulk.state(Client(OSCAR), ID)


def test_nothing_found_is_an_empty_file(host: Host) -> None:
    host.answers = [operation(status="COMPLETED", objectCount="0")]
    assert bulk.read(bulk.state(Client(OSCAR), ID), 0) == bulk.Lines((), None)
