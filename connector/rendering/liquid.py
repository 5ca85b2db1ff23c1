"""Liquid for texts that strangers may have written: plain values only, and no bombs.

The limits of python-liquid leave three holes open (measured): a huge range inside a filter, a
huge range reversed, and filter chains that grow without end. They are closed here by a scan of
the source and by a wrap around every filter.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

from liquid import Environment
from liquid.exceptions import LiquidError
from liquid.template import BoundTemplate
from liquid.undefined import StrictDefaultUndefined, Undefined

from connector.errors import CartwrightError

MAX_SOURCE = 64_000
_MAX_LENGTH = 200_000
_MAX_ITEMS = 5_000  # `uniq` and its kin compare each with each
_MAX_NUMBER = 10**18
_MAX_RANGE = 1_000

_TAGS_OUT = ("include", "render", "increment", "decrement", "tablerow", "doc")
_FILTERS_OUT = (
    "safe",
    "base64_encode",
    "base64_decode",
    "base64_url_safe_encode",
    "base64_url_safe_decode",
    "escapejs",
)
_GOOD_RANGE = re.compile(r"\(\s*(\d{1,4})\s*\.\.\s*(\d{1,4})\s*\)")
_ANY_RANGE = re.compile(r"\([^)]*\.\.")
_WEB_URL = re.compile(r"https?://[^\s<>\"'\\]+")


class BadTemplate(CartwrightError):
    """A template that will not be rendered; the text says why, for its author."""


class _Guarded(Environment):
    """The Environment with every limit set; `strict` also refuses names that are unknown."""

    loop_iteration_limit = 2_000
    output_stream_limit = 500_000
    local_namespace_limit = 100_000
    context_depth_limit = 20

    def __init__(self, *, html: bool, strict: bool) -> None:
        super().__init__(autoescape=html, undefined=StrictDefaultUndefined if strict else Undefined)
        for tag in _TAGS_OUT:
            del self.tags[tag]
        for name in _FILTERS_OUT:
            del self.filters[name]
        self.filters["web_url"] = _web_url
        for name in self.filters.keys() - {"default"}:
            self.filters[name] = _limited(name, self.filters[name])


@functools.cache
def environment(*, html: bool, strict: bool) -> Environment:
    """The guarded environment for HTML (escaped) or for text; strict at save and preview."""
    return _Guarded(html=html, strict=strict)


def parse(source: str, *, html: bool, strict: bool = False) -> BoundTemplate:
    """Parse a template. Raises BadTemplate."""
    if len(source) > MAX_SOURCE:
        raise BadTemplate(f"a template has at most {MAX_SOURCE} letters")
    _check_ranges(source)
    try:
        return environment(html=html, strict=strict).from_string(source)
    except LiquidError as error:
        raise BadTemplate(str(error)) from error


def fill(template: BoundTemplate, values: Mapping[str, Any]) -> str:
    """Render with plain values. Raises BadTemplate."""
    try:
        return template.render(**values)
    except LiquidError as error:
        raise BadTemplate(str(error)) from error


def _check_ranges(source: str) -> None:
    """Refuse every range whose size is not plain to see, or is large."""
    for match in _GOOD_RANGE.finditer(source):
        if int(match[1]) > _MAX_RANGE or int(match[2]) > _MAX_RANGE:
            raise BadTemplate(f"only ranges of whole numbers up to {_MAX_RANGE}")
    if _ANY_RANGE.search(_GOOD_RANGE.sub("", source)):
        raise BadTemplate(f"only ranges of whole numbers up to {_MAX_RANGE}")


def _limited(name: str, wrapped: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, refusing what is too large before, between and after."""

    @functools.wraps(wrapped)
    def checked(value: object, *args: object, **kwargs: Any) -> Any:
        for given in (value, *args):
            _check_size(given)
        if _grown(name, value, args) > _MAX_LENGTH:
            raise BadTemplate(f"the filter {name} makes the text too long")
        result = wrapped(value, *args, **kwargs)
        _check_size(result)
        return result

    return checked


def _check_size(value: object) -> None:
    if isinstance(value, range):
        raise BadTemplate("a range can only be walked through with `for`")
    if isinstance(value, str) and len(value) > _MAX_LENGTH:
        raise BadTemplate(f"a text has at most {_MAX_LENGTH} letters")
    if isinstance(value, list | tuple) and len(value) > _MAX_ITEMS:
        raise BadTemplate(f"a list has at most {_MAX_ITEMS} entries")
    if isinstance(value, int | float) and not abs(value) <= _MAX_NUMBER:
        raise BadTemplate(f"a number is at most {_MAX_NUMBER}")


def _grown(name: str, value: object, args: tuple[object, ...]) -> int:
    """How long the result of the filters that multiply will be; 0 for all others."""
    if name == "join" and isinstance(value, list | tuple):
        return sum(len(str(item)) for item in value) + len(value) * len(str([*args, " "][0]))
    if name.startswith("replace") and args:
        text, old, new = str(value), str(args[0]), str([*args, "", ""][1])
        found = text.count(old) if old else len(text) + 1
        return len(text) + found * len(new)
    return 0


def _web_url(value: object) -> str:
    """The address if it leads to the web, else "": a shop's data may hold `javascript:`."""
    return str(value) if _WEB_URL.fullmatch(str(value)) else ""
