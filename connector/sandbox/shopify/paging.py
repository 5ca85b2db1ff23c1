"""Connections: how the API gives a long list page by page."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from connector.sandbox.shopify.world import Doc


def page(nodes: list[Doc], key: Callable[[Doc], str], asked: Doc) -> Doc:
    """A connection: the nodes after the cursor, in the order of their keys."""
    after = asked.get("after")
    start = base64.b64decode(after).decode() if after else ""
    rest = sorted((node for node in nodes if key(node) > start), key=key)
    shown = rest[: int(asked.get("first") or 0)]
    end = base64.b64encode(key(shown[-1]).encode()).decode() if shown else None
    info: dict[str, Any] = {"hasNextPage": len(rest) > len(shown), "endCursor": end}
    return {"nodes": shown, "pageInfo": info}
