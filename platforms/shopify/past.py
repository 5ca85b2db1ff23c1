"""A shop's past: one export a kind, begun, waited for, and read a few rows at a time.

`read_orders` shows the orders of the last 60 days only (older ones need `read_all_orders`, which
Shopify grants on request), so no further back is asked, for checkouts neither: of a cart whose
order may not be seen nobody could say that she did not come back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.errors import Refused
from connector.ports.platform import PastKind, PastSlice, ProductCard
from platforms.shopify import bulk
from platforms.shopify.bulk import Export, Lines, LongLine
from platforms.shopify.client import Client
from platforms.shopify.errors import Denied
from platforms.shopify.names import gid, is_number, number_of
from platforms.shopify.past_documents import document
from platforms.shopify.past_rows import read, rows_of

REACH = timedelta(days=60)
_ROWS = 250  # of one slice: each is recorded by itself
_BYTES = 512 * 1024  # of one slice: about so many orders
_EXPORTS = 3  # of one kind that may fail
_DATED = frozenset({PastKind.ORDERS, PastKind.CARTS})


@dataclass(frozen=True)
class Place:
    """How far the reading of a kind is; as text "export:byte:failures:linked"."""

    export: str = ""  # the number in its id; "" when it is to be begun
    start: int = 0
    failed: int = 0  # exports of this kind before it
    linked: bool = True  # the shop shows the checkouts' links

    def __str__(self) -> str:
        """The cursor of it."""
        return f"{self.export}:{self.start}:{self.failed}:{int(self.linked)}"


def part_of(
    client: Client, kind: PastKind, since: datetime, cursor: str, now: datetime
) -> PastSlice:
    """The rows at `cursor`; none, with a cursor, while the export is not written yet.

    Raises NotSent while the shop is busy, and Refused where the app may not read this, or
    when exports failed three times.
    """
    place = _place(cursor)
    if not place.export:
        earliest = max(since, now - REACH) if kind in _DATED else since
        return _begin(client, kind, earliest, place)
    try:
        export = bulk.state(client, gid("BulkOperation", place.export))
    except Refused as error:  # it is forgotten after a week
        return _anew(place, error.detail)
    if export.going:
        return PastSlice((), cursor)
    if export.reason == bulk.DENIED:
        return _without_links(kind, place)
    if export.error:
        return _anew(place, export.error)
    return _slice(kind, export, place)


def _place(cursor: str) -> Place:
    """Where a cursor leads; the beginning for "" and for what is none of ours."""
    export, _, rest = cursor.partition(":")
    numbers = rest.split(":")
    if len(numbers) != len(("start", "failed", "linked")) or not all(map(_is_count, numbers)):
        return Place()
    start, failed, linked = map(int, numbers)
    return Place(export if is_number(export) else "", start, failed, bool(linked))


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _begin(client: Client, kind: PastKind, since: datetime, place: Place) -> PastSlice:
    """Nested objects are grouped: so that each row is whole where its last line ends."""
    asked = document(kind, since, linked=place.linked)
    try:
        made = bulk.start(client, asked, grouped=True)
    except Denied:
        return _without_links(kind, place)
    return PastSlice((), str(replace(place, export=number_of(made), start=0)))


def _without_links(kind: PastKind, place: Place) -> PastSlice:
    """Once more without the links of checkouts, which shops may keep back; else a clear no."""
    if kind is PastKind.CARTS and place.linked:
        return PastSlice((), str(replace(place, export="", start=0, linked=False)))
    what = "abandoned checkouts" if kind is PastKind.CARTS else kind.value
    raise Refused(
        f"Shopify does not let the app read the shop's {what}: give it the permission that it"
        " lacks (its scopes, and protected customer data), then have the past read again"
    )


def _anew(place: Place, why: str) -> PastSlice:
    """From the beginning: another export need not have the same order."""
    failed = place.failed + 1
    if failed >= _EXPORTS:
        raise Refused(f"{why}; {failed} exports came to nothing: have the past read again later")
    return PastSlice((), str(replace(place, export="", start=0, failed=failed)))


def _slice(kind: PastKind, export: Export, place: Place) -> PastSlice:
    rows, following = rows_of(_lines(export, place.start), _ROWS)
    found = read(kind, rows)
    return PastSlice(
        events=tuple(one for one in found if not isinstance(one, ProductCard)),
        cursor="" if following is None else str(replace(place, start=following)),
        total=export.roots,
        read=len(rows),
        products=tuple(one for one in found if isinstance(one, ProductCard)),
    )


def _lines(export: Export, start: int) -> Lines:
    """A line that no part can hold is passed over; its end is a row without sense."""
    try:
        return bulk.read(export, start, _BYTES)
    except LongLine:
        return Lines((), start + _BYTES)
