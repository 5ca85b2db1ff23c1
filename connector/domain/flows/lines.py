"""YAML as flows are written in, and the line on which each place of a text stands.

Words mean what YAML 1.2 says: `on`, `yes` and `no` are words, and so are `NO` (Norway) and
11:00. YAML 1.1, PyYAML's own, reads them as true, false and the number 660.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, TypeVar

import yaml

from connector.domain.flows.errors import FlowError

MAX_BYTES = 64_000
MAX_DEPTH = 100  # of lists and mappings in each other: some thirty choices
MAX_NUMBER = 10**15
_PARAGRAPHS = frozenset({"about", "text"})  # all else is one line
_NUMBERS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
_PART = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_SCALARS = (  # tag, what is written so, first letters
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
)


class _Reader(yaml.SafeLoader):
    """Words as YAML 1.2 has them; a key that is written twice is refused, as one would be lost."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}


class _Writer(yaml.SafeDumper):
    """Writes what _Reader reads."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Indents lists below their key, as the library does."""
        del indentless
        super().increase_indent(flow, indentless=False)


_Kind = TypeVar("_Kind", type[_Reader], type[_Writer])


def _taught(kind: _Kind) -> _Kind:
    for tag, pattern, first in _SCALARS:
        letters = ["" if letter == "\0" else letter for letter in first]
        whole = re.compile(f"^(?:{pattern})$")
        kind.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", whole, letters)
    return kind


def _mapping(reader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise FlowError("", "a name is one word", "write `name: value`", line)
        if key.value in seen:
            raise FlowError("", f"{key.value!r} is there twice", "keep one of them", line)
        seen.add(key.value)
    return reader.construct_mapping(node, deep=True)


def _joined(text: str) -> str:
    """JSON writes what is beyond U+FFFF as two escapes: YAML reads two halves of a letter."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _text(reader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return _joined(str(reader.construct_scalar(node)))


_taught(_Reader).add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Reader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG, _text)
_taught(_Writer)


def parsed(source: str) -> tuple[dict[str, Any], yaml.Node]:
    """The plain values of a text and its tree, which knows the lines; FlowError if it is none."""
    if len(source.encode(errors="replace")) > MAX_BYTES:
        raise FlowError("", f"the text is longer than {MAX_BYTES // 1000} kB", "split the flow")
    _refuse_letters(source, 1, "\t\n\r")
    try:
        _refuse_shapes(source)
        root = yaml.compose(source, _Reader)
        data = yaml.load(source, _Reader)  # noqa: S506 - _Reader is a SafeLoader
    except FlowError:
        raise
    except yaml.MarkedYAMLError as error:
        said = f"this is no YAML: {error.problem}"
        mend = "check indentation and quotes"
        raise FlowError("", said, mend, _line(error.problem_mark)) from None
    except RecursionError:
        raise FlowError("", "it is nested too deeply", "split the flow") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        said = str(error).partition("\n")[0]
        raise FlowError("", f"this is no YAML text: {said}", "save it as UTF-8 text") from None
    if not isinstance(data, dict) or root is None:
        raise FlowError("", "a flow begins with `key:`", "see `cartwright flows library`")
    _refuse_scalars(root, "")
    return data, root


def _refuse_shapes(source: str) -> None:
    """Aliases of aliases grow without end, and what is nested without end is read by no one."""
    depth = 0
    for event in yaml.parse(source, _Reader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        line = _line(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            raise FlowError("", "aliases (*) are not read", "write it out", line)
        if depth > MAX_DEPTH:
            raise FlowError("", "it is nested too deeply", "split the flow", line)


def _refuse_scalars(node: yaml.Node, place: str) -> None:
    """Escapes (`"\\0"`) write what no text has in it, and exponents what no number can mean."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _refuse_scalars(key, place)
            _refuse_scalars(value, f"{place}.{key.value}".removeprefix("."))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _refuse_scalars(value, f"{place}[{index}]")
    elif isinstance(node, yaml.ScalarNode):
        line = _line(node.start_mark)
        many = place.rpartition(".")[2] in _PARAGRAPHS
        _refuse_letters(_joined(node.value), line, "\t\n" if many else "", place)
        if node.tag in _NUMBERS and abs(float(node.value)) > MAX_NUMBER:
            raise FlowError(place, f"{node.value} is too large a number", "write less", line)


def _refuse_letters(text: str, line: int, allowed: str, place: str = "") -> None:
    """Refuse what is no letter: NUL, escape and the like, and halves of a pair (surrogates)."""
    for letter in text:
        if unicodedata.category(letter) in {"Cc", "Cs"} and letter not in allowed:
            what = f"the character U+{ord(letter):04X} is no text"
            raise FlowError(place, what, "take it out", line)
        line += letter == "\n"


def _line(mark: object) -> int:
    """Of a mark of either of PyYAML's two readers, or of None."""
    return int(getattr(mark, "line", -1)) + 1


def written(values: dict[str, Any]) -> str:
    """Plain values as YAML that reads back as the same."""
    return yaml.dump(
        values, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100, indent=2
    )


def line_of(root: yaml.Node, place: str) -> int:
    """The line of the deepest part of a place that is written."""
    node, line = root, root.start_mark.line + 1
    for name, index in _PART.findall(place if place.startswith("[") else f".{place}"):
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
        variants = _child(node, "variants", "") if name != "variants" else None
        return _variant(variants[1], name) if variants else None  # an arm of a split
    if isinstance(node, yaml.SequenceNode) and index and int(index) < len(node.value):
        value = node.value[int(index)]
        return value.start_mark.line + 1, value
    return None


def _variant(node: yaml.Node, name: str) -> tuple[int, yaml.Node] | None:
    for item in node.value if isinstance(node, yaml.SequenceNode) else []:
        named, steps = _child(item, "name", ""), _child(item, "steps", "")
        if named and steps and named[1].value == name:
            return steps
    return None
