"""A flow as it is run: every step with its exits, and the decision what a run does next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from connector.domain.flows.actions import (
    End,
    Errand,
    RunFacts,
    Tag,
    Take,
    WaitUntil,
    Write,
)
from connector.domain.flows.base import Step
from connector.domain.flows.doing import Discount, Send
from connector.domain.flows.errors import FlowError
from connector.domain.flows.flow import ORDER_TRIGGERS, Exit, FlowText
from connector.domain.flows.offers import Offer
from connector.domain.flows.steps import If, StepText

STEPS, ON_ORDER, END = "steps", "on_order", "end"


@dataclass(frozen=True)
class Node:
    """One step in its place. `exits` lead to a step's id, or to END."""

    id: str
    kind: str
    step: Step
    branch: str
    place: str  # where it is written: "steps[2].if.yes[0]"
    exits: Mapping[str, str]


@dataclass(frozen=True)
class Flow:
    """One version of a flow, ready to run."""

    text: FlowText
    nodes: Mapping[str, Node]
    starts: Mapping[str, str]  # branch -> its first step, or END

    @property
    def key(self) -> str:
        """Its name in files and commands."""
        return self.text.key

    @cached_property
    def exits(self) -> frozenset[Exit]:
        """What ends a run early: always an unsubscription, and an order if it is about a cart."""
        always = {Exit.UNSUBSCRIBED}
        if self.text.entry.about_cart:
            always |= {Exit.ORDER, Exit.CART_EMPTIED}
        chosen = self.text.rules.exits
        if chosen is None:
            chosen = [Exit.ORDER] if not self.begins_with_order else []
        return frozenset(always | set(chosen))

    @property
    def begins_with_order(self) -> bool:
        """True if an order is what it is about, and not what ends it."""
        return bool(self.text.entry.kinds & ORDER_TRIGGERS)

    @cached_property
    def questions(self) -> frozenset[str]:
        """Everything that its conditions ask, at its entry and on the way."""
        conditions = [node.step.where for node in self.nodes.values() if isinstance(node.step, If)]
        where = self.text.entry.where
        parts = [part for one in (*conditions, where) if one is not None for part in one.parts()]
        return frozenset(name for part in parts for name in part.asked())

    @property
    def stays_on_order(self) -> bool:
        """True if an order does not change a run's way (its marketing is stopped all the same)."""
        return self.text.on_order == "continue"

    def offer_at(self, step_id: str) -> tuple[str, Offer] | None:
        """What a send gives, and the step that its codes belong to."""
        node = self.nodes.get(step_id)
        if node is None or not isinstance(node.step, Send):
            return None
        if node.step.offer is not None:
            return step_id, node.step.offer
        source = self.nodes.get(node.step.code_of or "")
        if source is not None and isinstance(source.step, Discount):
            return source.id, source.step
        return None


@dataclass(frozen=True)
class GoTo:
    """Move to a step; `variant` was chosen at the step that is left, which was over `at`."""

    branch: str
    step_id: str
    variant: str = ""
    why: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Do:
    """Carry this out, then move on."""

    what: Write | Tag | Errand
    then: GoTo | Finish


@dataclass(frozen=True)
class Finish:
    """The run is over; `variant` was chosen at its last step."""

    reason: str
    variant: str = ""
    why: str = ""


Action = GoTo | WaitUntil | Do | Finish


def decide(flow: Flow, facts: RunFacts, now: datetime) -> Action:
    """What a run does next; called again and again until it waits or finishes."""
    leaves = Exit.ORDER in flow.exits and not flow.stays_on_order
    if facts.ordered and facts.branch == STEPS and leaves:
        return begin(flow, ON_ORDER, "ordered")
    node = flow.nodes.get(facts.step_id)
    if node is None:
        return Finish(f"the flow has no step {facts.step_id!r}")
    match node.step.act(node.id, facts, now):
        case Take() as taken:
            return _leave(node, taken)
        case WaitUntil() as wait:
            return wait
        case End(reason):
            return Finish(reason)
        case what:
            return Do(what, _leave(node, Take()))


def begin(flow: Flow, branch: str, otherwise: str) -> GoTo | Finish:
    """Where a branch begins; it finishes with `otherwise` if it is empty."""
    start = flow.starts[branch]
    return Finish(otherwise) if start == END else GoTo(branch, start)


def _leave(node: Node, taken: Take) -> GoTo | Finish:
    target = node.exits[taken.exit]
    if target == END:
        return Finish("all steps done", taken.variant, taken.why)
    return GoTo(node.branch, target, taken.variant, taken.why, taken.at)


def build(text: FlowText) -> Flow:
    """Join the steps of a text; FlowError if an id comes twice or a `next` leads nowhere."""
    on_order = [] if text.on_order == "continue" else text.on_order
    nodes: dict[str, Node] = {}
    starts = {}
    for branch, steps in ((STEPS, text.steps), (ON_ORDER, on_order)):
        spelled = _spelled(steps)
        starts[branch] = _first(spelled, END)
        for node in _nodes(spelled, branch, branch, END):
            if node.id in nodes or node.id == END:
                raise FlowError(
                    node.place, f"step {node.id!r} is there twice", "give each its own id"
                )
            nodes[node.id] = node
    _check_exits(nodes)
    return Flow(text, nodes, starts)


_Spelled = list[tuple[int, StepText]]  # with where each stands in what the author wrote


def _spelled(steps: list[StepText]) -> _Spelled:
    return [(index, part) for index, step in enumerate(steps) for part in step.spelled_out()]


def _first(spelled: _Spelled, otherwise: str) -> str:
    return spelled[0][1].id if spelled else otherwise


def _nodes(steps: _Spelled, branch: str, place: str, after: str) -> Iterator[Node]:
    for number, (index, text) in enumerate(steps, 1):
        here = f"{place}[{index}]"
        onward = text.next or _first(steps[number:], after)
        exits = {"next": onward}
        for name, arm in text.arms.items():
            spelled = _spelled(arm)
            exits[name] = _first(spelled, onward)
            yield from _nodes(spelled, branch, f"{here}.{text.kind}.{name}", onward)
        yield Node(text.id, text.kind, text.step, branch, here, exits)


def _check_exits(nodes: Mapping[str, Node]) -> None:
    for node in nodes.values():
        for target in node.exits.values():
            if target != END and target not in nodes:
                known = ", ".join(sorted(nodes))
                raise FlowError(
                    node.place, f"next: there is no step {target!r}", f"use {known} or end"
                )
            if target != END and nodes[target].branch != node.branch:
                raise FlowError(
                    node.place, f"next: {target!r} is in the other branch", "stay in one"
                )
