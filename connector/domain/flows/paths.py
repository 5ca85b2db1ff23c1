"""Ways through a flow: what can follow what, and how long it takes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter

from connector.domain.flows.doing import CallWebhook, EndStep, Notify, Send, TagStep
from connector.domain.flows.graph import END, ON_ORDER, STEPS, Flow, Node
from connector.domain.flows.steps import Branching, StepText, WaitFor
from connector.domain.flows.waits import Since, Wait, WaitUntilTime

AT_ONCE = 50  # steps that a run takes before it is taken to go in a circle


def follows(node: Node) -> list[str]:
    """The steps that can come next."""
    if isinstance(node.step, EndStep):
        return []
    branches = isinstance(node.step, Branching)
    arms = [target for name, target in node.exits.items() if not branches or name in arms_of(node)]
    return [target for target in dict.fromkeys(arms) if target != END]


def arms_of(node: Node) -> Collection[str]:
    """The names of a step's branches."""
    return node.step.arms() if isinstance(node.step, Branching) else ()


def texts(flow: Flow) -> Iterator[tuple[str, StepText]]:
    """Every step as it is written, with its place, in the order of the text."""
    yield from _texts(flow.text.steps, STEPS)
    if not isinstance(flow.text.on_order, str):
        yield from _texts(flow.text.on_order, ON_ORDER)


def _texts(steps: list[StepText], place: str) -> Iterator[tuple[str, StepText]]:
    for index, text in enumerate(steps):
        here = f"{place}[{index}]"
        yield here, text
        for name, arm in text.arms.items():
            yield from _texts(arm, f"{here}.{text.kind}.{name}")


def within(place: str, outer: str) -> bool:
    """True if a place is another, or in it."""
    return f"{place}.".startswith(f"{outer}.")


def acts(node: Node) -> bool:
    """True if it changes something outside the run."""
    return isinstance(node.step, Send | TagStep | Notify | CallWebhook)


def markets(node: Node) -> bool:
    """True if it sends marketing."""
    return isinstance(node.step, Send) and not node.step.transactional


def reach(flow: Flow, starts: Collection[str], without: Collection[str] = ()) -> set[str]:
    """The steps that can be come to from `starts`, these included, past none of `without`."""
    found: set[str] = set()
    waiting = [start for start in starts if start != END and start not in without]
    while waiting:
        step_id = waiting.pop()
        if step_id not in found:
            found.add(step_id)
            waiting += [one for one in follows(flow.nodes[step_id]) if one not in without]
    return found


def after(flow: Flow, node: Node) -> set[str]:
    """The steps that can be come to from a step."""
    return reach(flow, follows(node))


def cycle(flow: Flow) -> list[str]:
    """The steps of a circle, each followed by the next; [] if there is none."""
    try:
        TopologicalSorter(_before(flow)).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def in_order(flow: Flow) -> Iterator[Node]:
    """All steps, each after those that can come before it; CycleError if they go in a circle."""
    for step_id in TopologicalSorter(_before(flow)).static_order():
        yield flow.nodes[step_id]


def _before(flow: Flow) -> dict[str, list[str]]:
    before: dict[str, list[str]] = {step_id: [] for step_id in flow.nodes}
    for node in flow.nodes.values():
        for target in follows(node):
            before[target].append(node.id)
    return before


def latest(flow: Flow) -> dict[str, timedelta]:
    """How long after its branch began a run can leave each step, at most."""
    left = dict.fromkeys(flow.nodes, timedelta())
    for node in in_order(flow):
        left[node.id] += node.step.longest()
        for target in follows(node):
            left[target] = max(left[target], left[node.id])
    return left


def in_a_row(flow: Flow) -> dict[str, int]:
    """How many steps a run may take in one go up to each step, which is counted."""
    moves = dict.fromkeys(flow.nodes, 1)
    for node in in_order(flow):
        for target in follows(node):
            so_far = 1 if _rests(node, target) else moves[node.id]  # leaving a wait is a step too
            moves[target] = max(moves[target], so_far + 1)
    return moves


def _rests(node: Node, target: str) -> bool:
    """True if time has passed between two steps; what a wait looks for may have been already."""
    if isinstance(node.step, WaitFor):
        return target != node.exits["happened"]
    return isinstance(node.step, Wait | WaitUntilTime)


def soonest(node: Node, target: str) -> timedelta:
    """The least time that a run spends on a step before it goes on to another."""
    if isinstance(node.step, WaitFor):
        return node.step.longest() if _rests(node, target) else timedelta()
    is_whole = isinstance(node.step, Wait) and node.step.since is Since.STEP
    return node.step.longest() if is_whole else timedelta()


def most(flow: Flow, start: Node, window: timedelta) -> int:
    """How many marketing messages can be sent from one on, it included, within the window."""
    ways: dict[str, dict[timedelta, int]] = {start.id: {timedelta(): 0}}
    best = 0
    for node in in_order(flow):
        for passed, count in ways.get(node.id, {}).items():
            sent = count + markets(node)
            best = max(best, sent)
            _go_on(ways, node, passed + usual(node), sent, window)
    return best


def usual(node: Node) -> timedelta:
    """How much time a step takes when nothing happens: a day between two same times of day."""
    longest = node.step.longest()
    return min(longest, timedelta(days=1)) if isinstance(node.step, WaitUntilTime) else longest


def _go_on(
    ways: dict[str, dict[timedelta, int]],
    node: Node,
    passed: timedelta,
    sent: int,
    window: timedelta,
) -> None:
    """Keep a way unless another is there as early with as many messages."""
    if passed >= window:
        return
    for target in follows(node):
        known = ways.setdefault(target, {})
        if any(at <= passed and count >= sent for at, count in known.items()):
            continue
        for at in [at for at, count in known.items() if at >= passed and count <= sent]:
            del known[at]
        known[passed] = sent
