"""A library's complaint about a flow's text, in words that its author can use."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from connector.domain.flows.errors import FlowError
from connector.domain.flows.flow import FlowText

_PLACE = re.compile(r" - at (?:`(?:key|value|key or value)` in )?`\$(?P<place>.*)`$")
_SEE = "see `cartwright flows schema`"
_NAMES = {"float": "a number", "int": "a whole number", "str": "a text", "bool": "true or false",
          "array": "a list", "object": "names with values", "null": "nothing"}  # fmt: skip
_FORMS = {
    "a-z0-9_.-": "small letters, digits and . _ - only: first-mail",
    "[01][0-9]": 'a time of day, as "09:30"',
    "{2}$": "a country by its two capital letters, as KR",
    "{3}$": "a currency by its three capital letters, as USD",
    "https": "an address that begins with https://",
    "\\S": "write more than blanks",
}


def explained(said: str) -> FlowError:
    """The complaint with the place apart, and a suggestion for a slip of the pen."""
    found = _PLACE.search(said)
    place = found["place"].removeprefix(".").replace("[...]", "") if found else ""
    what = said[: found.start()] if found else said
    for pattern, mended in _WORDINGS:
        match = re.fullmatch(pattern, what, re.DOTALL)
        if match:
            inner = f".{match[1]}" if mended is _unknown else ""
            return FlowError(f"{place}{inner}".removeprefix("."), *mended(*match.groups()))
    return refused(place, what)


def refused(place: str, said: str) -> FlowError:
    """What one of our own forms says, "what is wrong — the mend"."""
    what, _, mend = said.partition(" — ")
    return FlowError(place, what, mend or _SEE)


def _unknown(name: str) -> tuple[str, str]:
    what = f"{name!r} is not known here"
    if name in _field_names():
        return what, f"it belongs elsewhere: {_SEE}"
    return what, _nearest(name, _field_names())


def _no_choice(value: str) -> tuple[str, str]:
    return f"there is no {value}", _nearest(value.strip("'\""), _choices())


def _missing(name: str) -> tuple[str, str]:
    return f"{name} is missing", f"add `{name}: ...`"


def _type(wanted: str, got: str | None = None) -> tuple[str, str]:
    names = [_NAMES.get(name, name) for name in wanted.split(" | ") if name != "null"]
    told = f", not {_NAMES.get(got, got)}" if got else ""
    return f"this must be {' or '.join(names)}{told}", _SEE


def _bound(wanted: str, sign: str, limit: str) -> tuple[str, str]:
    words = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than"}
    said = f"{words[sign]} {float(limit):,.12g}"
    counted = "of length" in wanted
    mend = "write " + ("more" if sign.startswith(">") else "less")
    return f"it must {'have' if counted else 'be'} {said}{_unit(wanted)}", mend


def _unit(wanted: str) -> str:
    if "of length" not in wanted:
        return ""
    return " entries" if "array" in wanted else " letters"


def _form(pattern: str) -> tuple[str, str]:
    known = (form for part, form in _FORMS.items() if part in pattern)
    return "it is not written as it should be", next(known, f"it must match {pattern}")


_WORDINGS: tuple[tuple[str, Any], ...] = (
    (r"Object contains unknown field `([^`]*)`", _unknown),
    (r"Object missing required field `([^`]*)`", _missing),
    (r"Invalid enum value (.*)", _no_choice),
    (r"Expected `str` matching regex (.*)", _form),
    (r"Expected (.*) (<=|>=|<|>) ([-0-9.e+]+)", _bound),
    (r"Expected `([^`]*)`(?:, got `([^`]*)`)?", _type),
)


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else _SEE


@cache
def _definitions() -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.schema(FlowText)["$defs"]
    return found


@cache
def _field_names() -> list[str]:
    return sorted({name for one in _definitions().values() for name in one.get("properties", {})})


@cache
def _choices() -> list[str]:
    return sorted(set(_enums(_definitions())))


def _enums(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        yield from (str(value) for value in part.get("enum", []))
        for inner in part.values():
            yield from _enums(inner)
    if isinstance(part, list):
        for inner in part:
            yield from _enums(inner)
