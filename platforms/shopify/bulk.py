"""Exports of much data: begun, asked after, read from their file a part at a time.

One is begun by a query without pages; Shopify runs it by itself and writes one JSON object a
line, a nested one with its owner's id as `__parentId`, and somewhere after it: only where
`grouped` was asked for they follow at once. The file's address is a key to the data: it is
asked for anew each time, and neither kept nor logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from connector import http_parts
from connector.errors import Disconnected, NotSent, OutcomeUnknown, Refused
from platforms.shopify.bulk_answers import (
    BulkCancelAnswer,
    BulkOperation,
    BulkRunAnswer,
    BulkStateAnswer,
)
from platforms.shopify.care_operations import BULK_CANCEL, BULK_RUN, BULK_STATE
from platforms.shopify.client import Client
from platforms.shopify.errors import refuse
from platforms.shopify.values import text

PART = 4 * 1024 * 1024  # bytes of one reading
_BUSY = frozenset({"OPERATION_IN_PROGRESS", "LIMIT_REACHED"})
_GOING = frozenset({"CREATED", "RUNNING"})
_BUSY_S = 60.0  # until another export is through


DENIED = "ACCESS_DENIED"  # the reason of an export that asks for more than the app may see


class LongLine(Refused):
    """The next line is longer than one part."""


@dataclass(frozen=True)
class Export:
    """How far an export is. `error` "" and not `going`: it is whole, and `objects` are in it.

    `url` is "" while it goes on, and when nothing was found. `roots` are the objects that are
    nested in none; `reason` is Shopify's own word for a failure.
    """

    id: str
    going: bool
    objects: int
    error: str
    url: str
    roots: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Lines:
    """Some whole lines of an export, and at which byte of it each begins.

    `next`: where the next ones begin; None after the last.
    """

    lines: tuple[bytes, ...]
    next: int | None
    starts: tuple[int, ...] = ()


def start(client: Client, query: str, *, grouped: bool = False) -> str:
    """Begin an export; its id. NotSent while the shop is busy with others of ours."""
    told = client.run(BULK_RUN, BulkRunAnswer, query=query, grouped=grouped)
    answer = told.bulk_operation_run_query
    if any(problem.code in _BUSY for problem in answer.user_errors):
        raise NotSent("Shopify is still busy with another export", after=_BUSY_S)
    refuse(answer.user_errors, "export")
    if answer.bulk_operation is None:
        raise NotSent("Shopify did not say which export it began")
    return answer.bulk_operation.id


def state(client: Client, export_id: str) -> Export:
    """How far an export is; Refused for one that Shopify no longer knows (after a week)."""
    found = client.run(BULK_STATE, BulkStateAnswer, id=export_id).bulk_operation
    if found is None:
        raise Refused("Shopify no longer knows the export: it must be begun anew")
    going = found.status in _GOING
    url = "" if going else found.url or ""
    return Export(
        found.id,
        going,
        int(found.object_count),
        _error(found),
        url,
        int(found.root_object_count),
        found.error_code or "",
    )


def _error(found: BulkOperation) -> str:
    """Why there will be no whole file; what there is of one is not read."""
    if found.status in {*_GOING, "COMPLETED"}:
        return ""
    return f"the export is {text(found.status).lower()} ({text(found.error_code) or 'no reason'})"


def cancel(client: Client, export_id: str) -> None:
    """Stop an export that nobody waits for any more; one that is through stays as it is."""
    client.run(BULK_CANCEL, BulkCancelAnswer, id=export_id)


def read(export: Export, start: int, most: int = PART) -> Lines:
    """Whole lines of a finished export, from byte `start` (0, or what `next` said) on.

    Raises NotSent when the file could not be read just now, LongLine where no line ends
    within `most` bytes, Refused for a file that cannot be had.
    """
    if export.error:
        raise Refused(export.error)
    if not export.url:
        return Lines((), None)
    try:
        part = http_parts.read("Shopify's export", export.url, start, most)
    except (OutcomeUnknown, Disconnected) as error:  # its address ran out: the token may be good
        raise NotSent(error.detail) from error
    whole, cut, _ = part.body.rpartition(b"\n")
    if part.last:
        return _split(part.body, start, None)
    if not cut:
        raise LongLine(f"the export has a line of more than {most} bytes")
    return _split(whole, start, start + len(whole) + 1)


def _split(body: bytes, start: int, following: int | None) -> Lines:
    lines = body.split(b"\n")
    ends = accumulate((len(line) + 1 for line in lines), initial=start)
    placed = [(line, at) for line, at in zip(lines, ends, strict=False) if line.strip()]
    return Lines(tuple(line for line, _ in placed), following, tuple(at for _, at in placed))
