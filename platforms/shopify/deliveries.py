"""A webhook delivery's headers, under either of their two prefixes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from connector.domain.text import one_line
from connector.errors import InvalidSignature
from connector.ports.platform import RawWebhook

# Of ids (real ones are UUIDs) and topics: they are unsigned, and they become keys.
_LONGEST = 100


def read(headers: Sequence[tuple[str, str]], body: bytes) -> RawWebhook:
    """Pick the facts of a delivery; InvalidSignature if a header of Shopify's comes twice."""
    known = _known(headers)
    topic = known.get("topic", "")
    return RawWebhook(
        topic=one_line(topic[:_LONGEST]),
        body=body,
        signature=known.get("hmac-sha256", ""),
        dedup_key=_key(known.get("webhook-id", ""), topic, body),
        shop=known.get("shop-domain", "").lower(),
        event_id=one_line(known.get("event-id", "")[:_LONGEST]),
        triggered_at=_moment(known.get("triggered-at", "")),
    )


def _known(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """X-Shopify-Topic and Shopify-Topic are one header: never both, never twice."""
    known: dict[str, str] = {}
    for name, value in headers:
        short = name.lower().removeprefix("x-")
        if not short.startswith("shopify-"):
            continue
        if short in known:
            raise InvalidSignature(f"header {short} comes twice")
        known[short] = value
    return {name.removeprefix("shopify-"): value for name, value in known.items()}


def _key(webhook_id: str, topic: str, body: bytes) -> str:
    if 0 < len(webhook_id) <= _LONGEST and webhook_id.isprintable():
        return webhook_id
    return hashlib.sha256(b"\n".join((topic.encode("utf-8", "replace"), body))).hexdigest()


def _moment(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(written)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
