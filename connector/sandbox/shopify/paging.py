"""Connections: how the API gives a long list page by page."""

from __future__ import annotations

import base64
import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.sandbox.shopify.document import NotGraphQL
from connector.sandbox.shopify.search import Query
from connector.sandbox.shopify.world import Doc

_MOST = 250  # nodes of a page
_COUNTED = 10_000


def by_number(_: Doc) -> str:
    """The sort key of lists in the order of their ids, which follow every key."""
    return ""


@dataclass(frozen=True)
class Source:
    """A list of the API: what is kept, how it is found and sorted, how one is shown."""

    docs: Callable[[], Iterable[Doc]]
    searched: Callable[[Doc], Mapping[str, Any]]
    keys: Mapping[str, Callable[[Doc], str]]  # by sort key; the first is the usual one
    node: Callable[[Doc], Doc]
    number: Callable[[Doc], int] = lambda doc: int(doc["id"])

    def found(self, query: str | None, now: datetime) -> Iterator[Doc]:
        """All that a search lets in, as it is kept."""
        asked = Query(query, now)
        return (doc for doc in self.docs() if asked.lets_in(self.searched(doc)))

    def connection(self, asked: Doc, now: datetime) -> Doc:
        """A page. NotGraphQL for a sort key or a search that the list does not know."""
        named = asked.get("sortKey") or next(iter(self.keys))
        if named not in self.keys:
            raise NotGraphQL(f"Argument 'sortKey' has an invalid value ({named})")
        by = self.keys[named]

        def key(doc: Doc) -> str:
            return f"{by(doc)} {self.number(doc):020d}"

        return page(self.found(asked.get("query"), now), key, asked, self.node)

    def count(self, asked: Doc, now: datetime) -> Doc:
        """How many a search lets in, counted up to a limit."""
        limit = asked.get("limit", _COUNTED)  # null counts all
        number = sum(1 for _ in self.found(asked.get("query"), now))
        over = limit is not None and number > limit
        return {"count": limit if over else number, "precision": "AT_LEAST" if over else "EXACT"}


def page(
    items: Iterable[Doc],
    key: Callable[[Doc], str],
    asked: Doc,
    node: Callable[[Doc], Doc] = lambda item: item,
) -> Doc:
    """A connection: what follows the cursor in the order of keys, or in the reverse order."""
    size, back = _size(asked), bool(asked.get("reverse"))
    after = _cursor_of(asked)
    rest = (
        one for one in items if after is None or (key(one) < after if back else key(one) > after)
    )
    pick = heapq.nlargest if back else heapq.nsmallest
    found = pick(size + 1, rest, key=key)
    shown = [(_cursor(key(one)), node(one)) for one in found[:size]]
    return {
        "nodes": [one for _, one in shown],
        "edges": [{"cursor": cursor, "node": one} for cursor, one in shown],
        "pageInfo": {
            "hasNextPage": len(found) > size,
            "hasPreviousPage": after is not None,
            "startCursor": shown[0][0] if shown else None,
            "endCursor": shown[-1][0] if shown else None,
        },
    }


def _size(asked: Doc) -> int:
    if asked.get("first") is None:
        raise NotGraphQL("you must provide one of first or last")
    size = int(asked["first"])
    if not 0 <= size <= _MOST:
        raise NotGraphQL(f"Invalid pagination: first must be between 0 and {_MOST}")
    return size


def _cursor(key: str) -> str:
    return base64.b64encode(key.encode()).decode()


def _cursor_of(asked: Doc) -> str | None:
    try:
        return base64.b64decode(asked["after"]).decode() if asked.get("after") else None
    except ValueError:
        raise NotGraphQL("Invalid cursor for current pagination sort.") from None
