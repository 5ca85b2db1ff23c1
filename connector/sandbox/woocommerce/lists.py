"""How REST lists: pages with totals in headers, limits in time, some fields of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, jsonify, request

from connector.sandbox.woocommerce.auth import last_values
from connector.sandbox.woocommerce.errors import invalid
from connector.sandbox.woocommerce.state import State

_MOST = 100
_LIMITS = {
    "after": ("created", 1),
    "before": ("created", -1),
    "modified_after": ("modified", 1),
    "modified_before": ("modified", -1),
}


def answer(body: Mapping[str, Any]) -> Response:
    """One thing, or what `_fields` asks for of it."""
    return jsonify(_narrowed(body))


def paged(found: Sequence[Any], shown: Callable[[Any], Mapping[str, Any]]) -> Response:
    """One page of a list; the totals stand in headers, the neighbours in Link."""
    query = last_values(request)
    size, page = number(query, "per_page", 10), number(query, "page", 1)
    if not 1 <= size <= _MOST:
        words = f"per_page must be between 1 (inclusive) and {_MOST} (inclusive)"
        raise invalid("per_page", words, "rest_out_of_bounds")
    if page < 1:
        raise invalid("page", "page must be greater than or equal to 1", "rest_out_of_bounds")
    part = found[(page - 1) * size : page * size]
    told = jsonify([_narrowed(shown(item)) for item in part])
    pages = ceil(len(found) / size)
    told.headers["X-WP-Total"] = str(len(found))
    told.headers["X-WP-TotalPages"] = str(pages)
    near = {"prev": page - 1 if page > 1 else 0, "next": page + 1 if page < pages else 0}
    links = [f'<{_at(query, at)}>; rel="{name}"' for name, at in near.items() if at]
    if links:
        told.headers["Link"] = ", ".join(links)
    return told


def _at(query: Mapping[str, str], page: int) -> str:
    """The same call for another page: it repeats the whole query, signatures too."""
    return f"{request.base_url}?{urlencode({**query, 'page': str(page)})}"


def number(query: Mapping[str, str], name: str, default: int) -> int:
    """A whole number of the query; 400 for what is none."""
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise invalid(name, f"{name} is not of type integer.", "rest_invalid_type")
    return int(text)


def in_time(state: State, found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that were made or changed between the limits of the query; limits are outside."""
    query = last_values(request)
    kept = list(found)
    for name, (field, way) in _LIMITS.items():
        if name in query:
            limit = _gmt(state, name, query)
            kept = [one for one in kept if (one[field] > limit if way > 0 else one[field] < limit)]
    return kept


def ordered(found: Sequence[dict[str, Any]], default: str = "date") -> list[dict[str, Any]]:
    """By `orderby` and `order`: the latest first, unless another way is asked for."""
    query = last_values(request)
    field = {"date": "created", "modified": "modified", "id": "id"}.get(
        query.get("orderby", default), "created"
    )
    latest_first = query.get("order", "desc") == "desc"
    return sorted(found, key=lambda one: (one[field], one["id"]), reverse=latest_first)


def wanted_ids(query: Mapping[str, str], name: str = "include") -> set[str]:
    """The ids of a list in text with commas; none for all."""
    return {part.strip() for part in query.get(name, "").split(",")} - {""}


def _gmt(state: State, name: str, query: Mapping[str, str]) -> str:
    """A moment of the query in UTC: without a zone it is the shop's own time."""
    try:
        at = datetime.fromisoformat(query[name])
    except ValueError:
        raise invalid(name, "Invalid date.", "rest_invalid_date") from None
    if at.tzinfo is None:
        are_gmt = query.get("dates_are_gmt", "") in {"true", "1"}
        at = at.replace(tzinfo=UTC if are_gmt else ZoneInfo(state.settings.timezone))
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _narrowed(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `_fields`, one within another written with a dot; all without it."""
    wanted = [name.strip() for name in last_values(request).get("_fields", "").split(",")]
    if wanted == [""]:
        return dict(body)
    whole = {name for name in wanted if "." not in name}
    made: dict[str, Any] = {name: value for name, value in body.items() if name in whole}
    for name in wanted:
        outer, _, inner = name.partition(".")
        if inner and outer not in whole and inner in (body.get(outer) or {}):
            made.setdefault(outer, {})[inner] = body[outer][inner]
    return made
