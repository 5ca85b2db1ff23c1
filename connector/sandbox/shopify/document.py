"""Just enough GraphQL: one operation with arguments, variables, aliases and inline fragments."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r'\.\.\.|[!$():=@\[\]{}|]|"""(?:[^"]|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"'
    r"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[_A-Za-z]\w*"
)
_BLANK = re.compile(r"(?:[\s,\ufeff]|#[^\n]*)*")
_WORDS = {"true": True, "false": False, "null": None}


class NotGraphQL(Exception):
    """The document cannot be read, or asks for what there is not."""


class FieldError(Exception):
    """One field has no answer: it is null, and `errors` says why; the others are answered."""

    def __init__(self, message: str, extensions: dict[str, Any], *, fatal: bool = False) -> None:
        """`fatal`: the schema allows no null there, so that the whole answer is null instead."""
        super().__init__(message)
        self.extensions, self.fatal = extensions, fatal


@dataclass
class Selection:
    """A field; or, with an empty name, a fragment on a type."""

    name: str
    key: str = ""
    on_type: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    selections: list[Selection] = field(default_factory=list)


@dataclass
class Operation:
    """One query or mutation."""

    kind: str
    name: str
    selections: list[Selection]


Resolver = Callable[[dict[str, Any]], Any]
_Path = tuple[str | int, ...]


def read(text: str, variables: Mapping[str, Any]) -> Operation:
    """Parse a document that holds one operation. Raises NotGraphQL."""
    return _Reader(text, variables).operation()


def run(operation: Operation, resolvers: Mapping[str, Resolver]) -> dict[str, Any]:
    """Resolve the root fields and give back just what was selected: `data`, perhaps `errors`."""
    answer = _Answer()
    data: dict[str, Any] = {}
    for selection in operation.selections:
        resolver = resolvers.get(selection.name)
        if resolver is None:
            raise NotGraphQL(f"Field '{selection.name}' doesn't exist on type 'QueryRoot'")
        data[selection.key] = answer.field(selection, resolver, (selection.key,))
    whole = None if answer.is_void else data
    return {"data": whole, **({"errors": answer.errors} if answer.errors else {})}


def select(selection: Selection, value: dict[str, Any]) -> dict[str, Any]:
    """What one object gives to a selection. Raises the FieldError of the first refused field."""
    answer = _Answer(strict=True)
    return answer.selected(selection.selections, value, ())


class _Answer:
    """What was selected of what the resolvers gave, and what could not be given."""

    def __init__(self, *, strict: bool = False) -> None:
        self.errors: list[dict[str, Any]] = []
        self.is_void = False
        self._strict = strict

    def field(self, asked: Selection, found: Any, path: _Path) -> Any:
        """A field's value; null, and one more error, if its resolver refuses."""
        try:
            value = found(asked.arguments) if callable(found) else found
        except FieldError as error:
            if self._strict:
                raise
            self.is_void = self.is_void or error.fatal
            where = {"path": list(path), "extensions": error.extensions}
            self.errors.append({"message": str(error), **where})
            return None
        return self._project(asked, value, path)

    def _project(self, asked: Selection, value: Any, path: _Path) -> Any:
        if isinstance(value, list):
            return [self._project(asked, one, (*path, n)) for n, one in enumerate(value)]
        if isinstance(value, dict) != bool(asked.selections) and value is not None:
            raise NotGraphQL(f"Field '{asked.name}' has a wrong selection")
        is_object = isinstance(value, dict)
        return self.selected(asked.selections, value, path) if is_object else value

    def selected(
        self, selections: list[Selection], value: dict[str, Any], path: _Path
    ) -> dict[str, Any]:
        """Just the selected fields of an object."""
        picked: dict[str, Any] = {}
        for one in selections:
            if one.on_type:
                if one.on_type == value.get("__typename"):
                    picked |= self.selected(one.selections, value, path)
            elif one.name in value:
                picked[one.key] = self.field(one, value[one.name], (*path, one.key))
            else:
                raise NotGraphQL(f"Field '{one.name}' doesn't exist")
        return picked


class _Reader:
    """A recursive descent through the tokens."""

    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._variables = variables

    def operation(self) -> Operation:
        if self._peek() == "{":
            return Operation("query", "", self._selections())
        kind = self._next()
        if kind not in {"query", "mutation"}:
            raise NotGraphQL(f"Parse error on {kind!r}")
        name = "" if self._peek() in {"{", "("} else self._next()
        if self._peek() == "(":
            while self._next() != ")":
                continue
        return Operation(kind, name, self._selections())

    def _selections(self) -> list[Selection]:
        self._expect("{")
        found = []
        while self._peek() != "}":
            found.append(self._selection())
        self._expect("}")
        return found

    def _selection(self) -> Selection:
        name = self._next()
        if name == "...":
            self._expect("on")
            return Selection("", on_type=self._next(), selections=self._selections())
        key = name
        if self._peek() == ":":
            self._next()
            name = self._next()
        arguments = self._pairs("(", ")") if self._peek() == "(" else {}
        inner = self._selections() if self._peek() == "{" else []
        return Selection(name, key, "", arguments, inner)

    def _pairs(self, opening: str, closing: str) -> dict[str, Any]:
        self._expect(opening)
        pairs = {}
        while self._peek() != closing:
            name = self._next()
            self._expect(":")
            pairs[name] = self._value()
        self._expect(closing)
        return pairs

    def _value(self) -> Any:
        if self._peek() == "{":
            return self._pairs("{", "}")
        token = self._next()
        if token == "$":
            return self._variables.get(self._next())
        if token == "[":
            return self._list()
        if token.startswith('"""'):
            return token[3:-3]
        if token[0] == '"' or token[0] in "-0123456789":
            return json.loads(token)
        return _WORDS.get(token, token)

    def _list(self) -> list[Any]:
        found = []
        while self._peek() != "]":
            found.append(self._value())
        self._expect("]")
        return found

    def _peek(self) -> str:
        if self._at >= len(self._tokens):
            raise NotGraphQL("Parse error on the end of the document")
        return self._tokens[self._at]

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise NotGraphQL(f"Parse error on {found!r}: expected {token!r}")


def _tokens(text: str) -> list[str]:
    found, at = [], _end(_BLANK, text, 0)
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise NotGraphQL(f"Parse error on {text[at]!r}")
        found.append(match.group())
        at = _end(_BLANK, text, match.end())
    return found


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
