"""A bulk query's result: one line an object, those of nested lists after their parent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connector.sandbox.shopify import checkout_nodes, customer_nodes, order_nodes, product_nodes
from connector.sandbox.shopify.document import NotGraphQL, Selection, read, select
from connector.sandbox.shopify.paging import Source
from connector.sandbox.shopify.scopes import guarded
from connector.sandbox.shopify.world import Doc, World

_ROOTS: Mapping[str, Callable[[World], Source]] = {
    "orders": order_nodes.source,
    "customers": customer_nodes.source,
    "products": product_nodes.source,
    "abandonedCheckouts": checkout_nodes.source,
}
_MOST_LISTS, _DEPTH = 5, 2
_INNER = 250  # objects of a nested list: no order here has more


def check(text: str) -> None:
    """NotGraphQL unless it is a query that may run in bulk."""
    operation = read(text, {})
    if operation.kind != "query":
        raise NotGraphQL("only queries run in bulk here")
    for root in operation.selections:
        if root.name not in _ROOTS:
            raise NotGraphQL(f"the field '{root.name}' cannot run in bulk in this store")
        _check_ids(_nodes(root))
    lists = [depth for root in operation.selections for depth in _depths(root, 0)]
    if not lists or len(lists) > _MOST_LISTS or max(lists) > _DEPTH:
        raise NotGraphQL("it must hold one to five connections, nested in one another once at most")


def _depths(asked: Selection, above: int) -> Iterator[int]:
    own = above + _is_list(asked)
    if _is_list(asked):
        yield own
    for one in asked.selections:
        yield from _depths(one, own)


def _is_list(asked: Selection) -> bool:
    return any(one.name in {"edges", "nodes"} for one in asked.selections)


def _nodes(asked: Selection) -> list[Selection]:
    """What is asked of each object of a list."""
    for one in asked.selections:
        if one.name == "nodes":
            return one.selections
        if one.name == "edges":
            return next((inner.selections for inner in one.selections if inner.name == "node"), [])
    return []


def _check_ids(selections: Sequence[Selection]) -> None:
    nested = [one for one in selections if _is_list(one)]
    if nested and not any(one.name == one.key == "id" for one in selections):
        names = ", ".join(one.name for one in nested)
        raise NotGraphQL(
            "The parent 'node' field for a nested connection must select the 'id' field without"
            f" an alias. Connection fields without 'id': {names}."
        )
    for one in nested:
        _check_ids(_nodes(one))


def lines(world: World, text: str, granted: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Run it over all that is kept: each line, and whether it is of a root list.

    FieldError for what the scopes or the shop do not allow.
    """
    for root in read(text, {}).selections:
        shown: Any = guarded({root.name: lambda _: None}, granted)
        shown[root.name]({})  # raises if the scopes do not reach so far
        source = _ROOTS[root.name](world)
        for kept in source.found(root.arguments.get("query"), world.clock.now()):
            for line in _flat(_nodes(root), source.node(kept), ""):
                written = json.dumps(line, separators=(",", ":"), ensure_ascii=False)
                yield f"{written}\n", "__parentId" not in line


def _flat(selections: list[Selection], node: Doc, parent: str) -> Iterator[Doc]:
    """An object without its lists; then their objects, each with the id of its parent."""
    nested = [one for one in selections if _is_list(one)]
    plain = [one for one in selections if not _is_list(one)]
    line = select(Selection("node", selections=plain), node)
    yield {**line, **({"__parentId": parent} if parent else {})}
    for one in nested:
        given = replace(one, arguments={"first": _INNER, **one.arguments})
        for inner in node[one.name](given.arguments)["nodes"]:
            yield from _flat(_nodes(one), inner, str(node["id"]))
