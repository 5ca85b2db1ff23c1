"""Is a flow sound by itself: no circles, no dead ends, nothing out of reach, 90 days at most."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import timedelta

from connector.domain.flows.base import Step
from connector.domain.flows.doing import Discount, Send
from connector.domain.flows.errors import Problem
from connector.domain.flows.flow import Exit
from connector.domain.flows.forms import MAX_SPAN
from connector.domain.flows.graph import END, ON_ORDER, STEPS, Flow, Node
from connector.domain.flows.paths import acts, after, arms_of, cycle, follows, latest, reach
from connector.domain.flows.steps import Branching
from connector.domain.flows.waits import Wait, WaitUntilTime


def circles(flow: Flow) -> Iterator[Problem]:
    """A run that can come back to where it was would never end."""
    circle = cycle(flow)
    if circle:
        back = _who_leads_back(flow, circle)
        way = " → ".join(circle)
        yield Problem(
            f"{back.place}.next",
            f"the steps go in a circle: {way}",
            "let `next` lead to a later step, or to end",
        )


def _who_leads_back(flow: Flow, circle: list[str]) -> Node:
    """The step whose `next` closes the circle: the outermost that leads to where it began."""
    written = list(flow.nodes.values())
    back = [
        (node, target)
        for node, target in ((flow.nodes[a], flow.nodes[b]) for a, b in zip(circle, circle[1:], strict=False))
        if _stands(target) <= _stands(node)
    ]
    node, target = back[0] if back else (flow.nodes[circle[0]], flow.nodes[circle[0]])
    around = [
        one
        for one in written
        if one.exits["next"] == target.id and f"{node.place}.".startswith(f"{one.place}.")
    ]
    return min(around, key=lambda one: len(one.place), default=node)


def _stands(node: Node) -> list[tuple[str, int]]:
    """Where a step stands in the text, to compare two."""
    parts = node.place.replace("]", "").split("[")
    return [(parts[0], 0), *(_index(part) for part in parts[1:])]


def _index(part: str) -> tuple[str, int]:
    number, _, arm = part.partition(".")
    return "", int(number)
