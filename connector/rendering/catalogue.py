"""Which templates there are, and what each is about: what flows are checked against."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connector.rendering.messages import FOLDER

_PART = re.compile(r"<!-- part: ([a-z]+) -->")
_OFFER = re.compile(r"\{[{%][^}]*\boffer\b")
# Asked whether there is one; `{% if offer.minimum ... %}` only asks what it is like.
_OFFER_IF_ANY = re.compile(r"\{%-?\s*(?:if|unless)\s+offer\s*-?%\}")
_LINK = re.compile(r"\{\{[^}]*\blink\b")


@dataclass(frozen=True)
class Entry:
    """One template, all its languages together."""

    medium: str
    name: str
    shows_offer: bool
    needs_offer: bool  # it makes no sense without one
    asks_to_buy: bool  # it leads back to the cart, or gives an offer


def catalogue() -> list[Entry]:
    """Every template that comes with the product."""
    sources: dict[tuple[str, str], list[str]] = {}
    for path in sorted(FOLDER.glob("*/*.*.*")):
        name = path.name.partition(".")[0]
        sources.setdefault((path.parent.name, name), []).append("".join(_whole(path)))
    return [_entry(medium, name, texts) for (medium, name), texts in sources.items()]


def _whole(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    yield text
    for part in _PART.findall(text):
        yield (path.parent / "parts" / f"{part}.mjml").read_text(encoding="utf-8")


def _entry(medium: str, name: str, texts: list[str]) -> Entry:
    offers = [text for text in texts if _OFFER.search(text)]
    needs = any(not _OFFER_IF_ANY.search(text) for text in offers)
    asks = bool(offers) or any(_LINK.search(text) for text in texts)
    return Entry(medium, name, bool(offers), needs, asks)
