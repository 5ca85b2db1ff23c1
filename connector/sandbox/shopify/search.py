"""Shopify's search syntax, as far as filters of lists need it.

`field:value`, with >, >=, < or <= before the value, quotes around it, several values with commas,
a minus or NOT before the term, a star at the end of a value, AND or a blank between terms.
A field that the list does not know is ignored, as Shopify does; OR and brackets are not spoken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connector.sandbox.shopify.document import NotGraphQL
from connector.sandbox.shopify.world import zulu

_TERM = re.compile(
    r"(?P<no>-|NOT\s+)?(?P<field>[a-z_.]+):(?P<how>>=|<=|>|<)?"
    r"(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<plain>[^\s'\"]+))"
)
_BETWEEN = re.compile(r"(?:\s+AND\s+|\s+)")
_TIMES = ("_at",)


class Query:
    """A filter that was asked for; empty lets everything through. NotGraphQL if it is none."""

    def __init__(self, text: str | None, now: datetime) -> None:
        self._terms: list[re.Match[str]] = []
        self._now = now
        rest = (text or "").strip()
        while rest:
            term = _TERM.match(rest)
            if term is None:
                raise NotGraphQL(f"this store does not understand the search {rest!r}")
            self._terms.append(term)
            rest = _BETWEEN.sub("", rest[term.end() :], count=1).strip()

    def lets_in(self, fields: Mapping[str, Any]) -> bool:
        """True if all terms fit; times are instants as kept, all else is compared as text."""
        return all(self._fits(term, fields) for term in self._terms)

    def _fits(self, term: re.Match[str], fields: Mapping[str, Any]) -> bool:
        name = term["field"]
        if name not in fields:
            return True
        asked = next(v for v in (term["single"], term["double"], term["plain"]) if v is not None)
        found = self._compare(name, fields[name], term["how"], asked)
        return not found if term["no"] else found

    def _compare(self, name: str, value: Any, how: str | None, asked: str) -> bool:
        if value is None or value == "":
            return False
        if name.endswith(_TIMES):
            return _in_order(zulu(value), how, zulu(self._instant(asked)))
        if how or isinstance(value, int):
            return _in_order(int(value), how, int(asked))
        return any(_same(str(value), one) for one in asked.split(","))

    def _instant(self, text: str) -> datetime:
        if text == "now":
            return self._now
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise NotGraphQL(f"not a time: {text!r}") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _in_order(value: Any, how: str | None, asked: Any) -> bool:
    orders = {
        ">=": value >= asked,
        "<=": value <= asked,
        ">": value > asked,
        "<": value < asked,
    }
    return bool(orders.get(how or "", value == asked))


def _same(value: str, asked: str) -> bool:
    if asked.endswith("*"):
        return value.lower().startswith(asked[:-1].lower())
    return value.lower() == asked.lower()
