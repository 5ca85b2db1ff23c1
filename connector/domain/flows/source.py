"""A flow's text: YAML with line numbers, refused with the line, the reason and a suggestion."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any

import msgspec
import yaml

from connector.domain.flows.errors import FlowError
from connector.domain.flows.flow import FlowText
from connector.domain.flows.graph import Flow, build

MAX_BYTES = 64_000
_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_KEY = re.compile(r" - at `key` in `\$(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`")
_PART = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+|\.\.\.)\]")


class _Lines(yaml.SafeLoader):
    """Refuses a key that is written twice: the first one would be lost without a word."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key, _ in node.value:
        if key.value in seen:
            line = key.start_mark.line + 1
            raise FlowError("", f"{key.value!r} is there twice", "keep one of them", line)
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Lines.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_text(source: str) -> Flow:
    """Turn YAML into a flow; FlowError with the line, the reason and the mend."""
    data, root = _parsed(source)
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
        raise _explained(str(error)) from None
    return build(text)


def plain(flow: Flow) -> dict[str, Any]:
    """The flow as plain values, as it is stored; what is default is left out."""
    found: dict[str, Any] = msgspec.to_builtins(flow.text)
    return {name: value for name, value in _lean(found).items() if value not in ({}, [], "")}


def dump(flow: Flow) -> str:
    """The flow as YAML, as `export` writes it."""
    return yaml.safe_dump(plain(flow), sort_keys=False, allow_unicode=True, width=100)


def schema() -> dict[str, Any]:
    """The JSON Schema of a flow's text."""
    made = msgspec.json.schema(FlowText)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Flow", **made}


def line_of_source(source: str, place: str) -> int:
    """The line at which a place is written; 0 if it cannot be told."""
    return line_of(_parsed(source)[1], place)


def _parsed(source: str) -> tuple[dict[str, Any], yaml.Node]:
    if len(source.encode()) > MAX_BYTES:
        raise FlowError("", f"the text is longer than {MAX_BYTES // 1000} kB", "split the flow")
    try:
        for event in yaml.parse(source, yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1
                raise FlowError("", "aliases (*) are not read", "write it out", line)
        root = yaml.compose(source, yaml.SafeLoader)
        data = yaml.load(source, _Lines)  # noqa: S506 - a SafeLoader that also sees double keys
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise FlowError(
            "", f"this is no YAML: {error.problem}", "check the indentation", line
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, FlowError):
            raise
        raise FlowError("", "this is no YAML text", str(error).splitlines()[0]) from None
    if not isinstance(data, dict) or root is None:
        raise FlowError("", "a flow is a mapping that begins with `key:`", "see the library")
    return data, root


def line_of(root: yaml.Node, place: str) -> int:
    """The line of the deepest part of a place that is written."""
    node, line = root, root.start_mark.line + 1
    for name, index in _PART.findall("." + place if place and place[0] != "[" else place):
        found = _child(node, name, index)
        if found is None:
            break
        line, node = found
    return line


def _child(node: yaml.Node, name: str, index: str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode) and name:
        for key, value in node.value:
            if key.value == name:
                return key.start_mark.line + 1, value
        variants = _child(node, "variants", "")  # an arm of a split is named by its variant
        return _variant(variants[1], name) if variants else None
    if isinstance(node, yaml.SequenceNode) and index.isdigit() and int(index) < len(node.value):
        value = node.value[int(index)]
        return value.start_mark.line + 1, value
    return None


def _variant(node: yaml.Node, name: str) -> tuple[int, yaml.Node] | None:
    for item in node.value if isinstance(node, yaml.SequenceNode) else []:
        named = _child(item, "name", "")
        steps = _child(item, "steps", "")
        if named and steps and named[1].value == name:
            return steps
    return None


def _explained(said: str) -> FlowError:
    """The library's message, with the place apart and a suggestion for a slip of the pen."""
    found = _PATH.search(said) or _KEY.search(said)
    place = found["path"].removeprefix(".") if found else ""
    what = said[: found.start()] if found else said
    unknown = _UNKNOWN.match(what)
    if unknown is None:
        return FlowError(place, what)
    name = unknown["name"]
    near = difflib.get_close_matches(name, _field_names(), n=1)
    mend = f"did you mean {near[0]!r}?" if near else "see `cartwright flows schema`"
    return FlowError(place, f"{name!r} is not known here", mend)


def _field_names() -> list[str]:
    defined = msgspec.json.schema(FlowText)["$defs"].values()
    return sorted({name for one in defined for name in one.get("properties", {})})


def _lean(value: Any) -> Any:
    """Without what was not written, and 24 instead of 24.0."""
    if isinstance(value, dict):
        lean = {name: _lean(entry) for name, entry in value.items() if entry is not None}
        return {name: entry for name, entry in lean.items() if entry != []}
    if isinstance(value, list):
        return [_lean(entry) for entry in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
