"""Is a flow sound by itself: no circles, no dead ends, nothing out of reach, 90 days at most."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import timedelta

from connector.domain.flows.doing import Discount, Send
from connector.domain.flows.errors import Problem
from connector.domain.flows.flow import Exit
from connector.domain.flows.forms import MAX_SPAN
from connector.domain.flows.graph import ON_ORDER, STEPS, Flow, Node
from connector.domain.flows.paths import (
    AT_ONCE,
    acts,
    after,
    cycle,
    follows,
    in_a_row,
    in_order,
    latest,
    reach,
    soonest,
    texts,
    within,
)
from connector.domain.flows.steps import Branching, Split, WaitFor
from connector.domain.flows.waits import Wait, WaitUntilTime


def circles(flow: Flow) -> Iterator[Problem]:
    """A run that can come back to where it was would never end."""
    circle = cycle(flow)
    if circle:
        yield Problem(
            f"{_leads_back(flow, circle)}.next",
            f"the steps go in a circle: {' → '.join(circle)}",
            "let `next` lead to a later step, or to end",
        )


def _leads_back(flow: Flow, circle: list[str]) -> str:
    """The place of the step whose `next` closes the circle: it leads up in the text."""
    rows = {place: row for row, (place, _) in enumerate(texts(flow))}
    places = [flow.nodes[step_id].place for step_id in circle]
    back = (
        place
        for place, text in texts(flow)
        if text.next in circle
        and rows[flow.nodes[text.next].place] <= rows[place]
        and any(within(one, place) for one in places)
    )
    return next(back, places[0])


def out_of_reach(flow: Flow) -> Iterator[Problem]:
    """Steps that no run comes to; of several that follow each other the first is named."""
    if flow.text.on_order and not flow.stays_on_order and Exit.ORDER not in flow.exits:
        yield Problem(
            ON_ORDER, "an order does not end this flow: nobody comes here",
            "add order to rules.exits, or take on_order out",
        )  # fmt: skip
    for node in flow.nodes.values():
        if isinstance(node.step, WaitFor) and node.step.event == "order" and node.step.happened:
            yield from _left_before(flow, node)
    lost = flow.nodes.keys() - reach(flow, flow.starts.values())
    led_to = {step_id for one in lost for step_id in after(flow, flow.nodes[one])}
    for step_id in sorted(lost - led_to or lost):
        yield Problem(
            flow.nodes[step_id].place, f"no run can come to step {step_id!r}",
            "take it out, or let the `next` of a step lead to it",
        )  # fmt: skip


def _left_before(flow: Flow, node: Node) -> Iterator[Problem]:
    """An order takes the run away before a wait for it can answer."""
    if node.branch == STEPS and Exit.ORDER in flow.exits and not flow.stays_on_order:
        yield Problem(
            f"{node.place}.wait_for.happened", "an order ends these steps: nobody comes here",
            "put it under on_order, or write `on_order: continue`",
        )  # fmt: skip


def dead_ends(flow: Flow) -> Iterator[Problem]:
    """Waits and choices after which nothing happens."""
    if not any(acts(node) for node in flow.nodes.values()):
        yield Problem("steps", "nothing ever happens in this flow", "add a send")
        return
    for node in flow.nodes.values():
        leads_somewhere = isinstance(node.step, Branching | Wait | WaitUntilTime)
        if leads_somewhere and not _leads_on(flow, node):
            what = "wait" if node.kind.startswith("wait") else "choice"
            yield Problem(
                node.place, f"nothing happens after this {what}",
                "let a step that does something follow, or take it out",
            )  # fmt: skip


def _leads_on(flow: Flow, node: Node) -> bool:
    return any(acts(flow.nodes[step_id]) for step_id in after(flow, node))


def too_long(flow: Flow) -> Iterator[Problem]:
    """Where the longest way through a branch passes 90 days."""
    left = latest(flow)
    for node in flow.nodes.values():
        if left[node.id] > MAX_SPAN >= left[node.id] - node.step.longest():
            days = left[node.id] / timedelta(days=1)
            yield Problem(
                node.place, f"a run can take {days:g} days to get past here",
                "shorten the waits: 90 days at most from the first step on",
            )  # fmt: skip


def in_one_go(flow: Flow) -> Iterator[Problem]:
    """More steps without a wait than a run takes in one go: it would be taken for a circle."""
    moves = in_a_row(flow)
    for node in flow.nodes.values():
        if moves[node.id] == AT_ONCE + 1:
            yield Problem(
                node.place, f"more than {AT_ONCE} steps follow each other without a wait",
                "put a wait before this one",
            )  # fmt: skip


def nobody_drawn(flow: Flow) -> Iterator[Problem]:
    """Variants with the weight 0: perhaps switched off, perhaps forgotten."""
    for node in flow.nodes.values():
        for one in node.step.variants if isinstance(node.step, Split) else ():
            if not one.weight:
                what = f"nobody is sent to the variant {one.name!r}: its weight is 0"
                yield Problem(node.place, what, "give it a weight, or take it out", warning=True)


def codes_over(flow: Flow) -> Iterator[Problem]:
    """Codes that have run out, on every way, before a message shows them."""
    for maker in flow.nodes.values():
        if isinstance(maker.step, Discount):
            yield from _over(flow, maker.id, maker.step)


def _over(flow: Flow, maker: str, gives: Discount) -> Iterator[Problem]:
    for step_id, age in _ages(flow, maker).items():
        if age is not None and age >= gives.valid_for and _shows(flow.nodes[step_id], maker):
            yield Problem(
                f"{flow.nodes[step_id].place}.send.code_of",
                f"the code of {maker!r} is over by then: it works for {gives.valid_hours:g} hours",
                "let it work longer, or offer a new one", warning=True,
            )  # fmt: skip


def _ages(flow: Flow, maker: str) -> dict[str, timedelta | None]:
    """How old the code is at least at each step; None where it may not be made yet.

    It is made when the first message that shows it goes out.
    """
    ages: dict[str, timedelta | None] = dict.fromkeys(flow.starts.values())
    for node in in_order(flow):
        age = ages.get(node.id)
        leaves = timedelta() if age is None and _shows(node, maker) else age
        for target in follows(node):
            then = None if leaves is None else leaves + soonest(node, target)
            known = ages.get(target, then)
            ages[target] = None if known is None or then is None else min(known, then)
    return ages


def _shows(node: Node, maker: str) -> bool:
    return isinstance(node.step, Send) and node.step.code_of == maker


def codes(flow: Flow) -> Iterator[Problem]:
    """`code_of` must name a discount step that every way to the message passes."""
    makers = [node.id for node in flow.nodes.values() if isinstance(node.step, Discount)]
    shown = set()
    for node in flow.nodes.values():
        if isinstance(node.step, Send) and node.step.code_of is not None:
            shown.add(node.step.code_of)
            yield from _code(flow, node, node.step.code_of, makers)
    for step_id in sorted(set(makers) - shown):
        what = f"no message shows the code of {step_id!r}"
        mend = f"write `code_of: {step_id}` in a send"
        yield Problem(flow.nodes[step_id].place, what, mend, warning=True)


def _code(flow: Flow, node: Node, wanted: str, makers: list[str]) -> Iterator[Problem]:
    place = f"{node.place}.send.code_of"
    if wanted not in makers:
        near = difflib.get_close_matches(wanted, makers, n=1) or makers
        mend = f"use {', '.join(near)}" if near else "add a discount step before it"
        yield Problem(place, f"there is no discount step {wanted!r}", mend)
    elif flow.nodes[wanted].branch != node.branch:
        what = f"the discount step {wanted!r} is in the other branch"
        yield Problem(place, what, "put one into this branch")
    elif node.id in reach(flow, [flow.starts[node.branch]], without=[wanted]):
        what = f"a run can come here without passing the discount step {wanted!r}"
        yield Problem(place, what, "put it before the steps part ways")
