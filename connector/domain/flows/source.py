"""A flow's text: YAML with line numbers, refused with the line, the reason and a suggestion."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from connector.domain.flows.errors import FlowError, Problem
from connector.domain.flows.flow import FlowText
from connector.domain.flows.graph import Flow, build
from connector.domain.flows.lines import line_of, parsed, written
from connector.domain.flows.wording import explained, refused

# When the interpreter ends, msgspec 0.22 may crash as it clears what it knows of types that hold
# each other (a step, its arms, their steps; its issue 717). What is frozen is not cleared.
atexit.register(gc.freeze)

# msgspec works a type out at its first use, and two threads that do so at once crash the process
# (0.22.0 reads a null pointer): it is done here, while the module is imported.
msgspec.json.Decoder(FlowText)

_OPTIONAL = ("rules", "exclude")  # parts that mean nothing when nothing is in them


def read_text(source: str) -> Flow:
    """Turn YAML into a flow; FlowError with the line, the reason and the mend."""
    data, root = parsed(source)
    try:
        return read(data)
    except FlowError as error:
        found = error.problem
        line = line_of(root, found.place)
        raise FlowError(found.place, found.what, found.mend, line) from None


def read(data: Mapping[str, Any]) -> Flow:
    """Turn a flow's plain values into a flow; FlowError says what is wrong and where."""
    try:
        text = msgspec.convert(data, FlowText, str_keys=True)
    except msgspec.ValidationError as error:
        raise explained(str(error)) from None
    except RecursionError:
        raise FlowError("", "it is nested too deeply", "split the flow") from None
    return _built(text)


def _built(text: FlowText) -> Flow:
    try:
        text.entry  # noqa: B018 - its short form is spelled out here, and may lack something
    except ValueError as error:
        raise refused("trigger", str(error)) from None
    try:
        return build(text)
    except FlowError:
        raise
    except ValueError as error:
        raise refused("", str(error)) from None


def with_lines(source: str, problems: Sequence[Problem]) -> list[Problem]:
    """The same problems with the lines on which they stand, in the order of the lines."""
    root = parsed(source)[1]
    found = [replace(one, line=line_of(root, one.place)) for one in problems]
    return sorted(found, key=lambda one: one.line)


def plain(flow: Flow) -> dict[str, Any]:
    """The flow as plain values, as it is stored; what is default is left out."""
    found: dict[str, Any] = _lean(msgspec.to_builtins(flow.text))
    return found


def dump(flow: Flow) -> str:
    """The flow as YAML, as `export` writes it; it reads back as the same flow."""
    return written(plain(flow))


def schema() -> dict[str, Any]:
    """The JSON Schema of a flow's text."""
    made = msgspec.json.schema(FlowText)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Flow", **made}


def _lean(value: Any) -> Any:
    """Without empty parts, and 24 instead of 24.0."""
    if isinstance(value, dict):
        lean = {name: _lean(entry) for name, entry in value.items()}
        return {n: entry for n, entry in lean.items() if entry != {} or n not in _OPTIONAL}
    if isinstance(value, list):
        return [_lean(entry) for entry in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
