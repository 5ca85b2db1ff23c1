"""Who agreed to what on the way through a flow: nobody is written to against her no.

What a filter or choice says of consent is carried along every way, also past `next` and past
arms that end; where ways meet, only what is true of all of them remains.
"""

from __future__ import annotations

from collections.abc import Iterator

from connector.domain.flows.conditions import Condition
from connector.domain.flows.doing import Send
from connector.domain.flows.errors import Problem
from connector.domain.flows.fits import sends
from connector.domain.flows.graph import END, ON_ORDER, STEPS, Flow, Node
from connector.domain.flows.paths import arms_of, follows, in_order, markets
from connector.domain.flows.steps import If

Media = frozenset[str]


def against_a_no(flow: Flow) -> Iterator[Problem]:
    """Marketing to which only people come who did not agree to any of its media."""
    refused = _refused_at(flow)
    for node, send in sends(flow):
        if markets(node):
            yield from _against(node, send, refused.get(node.id, frozenset()))


def _against(node: Node, send: Send, refused: Media) -> Iterator[Problem]:
    medium = sorted(refused.intersection(send.media))
    if medium:
        yield Problem(
            f"{node.place}.send.medium",
            f"only people come here who did not agree to {' and '.join(medium)}",
            "use another medium, or the other arm",
            warning=not refused.issuperset(send.media),
        )


def _refused_at(flow: Flow) -> dict[str, Media]:
    """The media to which nobody who comes to a step has agreed; CycleError on a circle."""
    where = flow.text.entry.where
    at_entry = said(where, holds=True, yes=False) if where else frozenset()
    steps = _carried(flow, STEPS, at_entry)
    always = at_entry.intersection(*steps.values())  # an order may come at any step
    return steps | _carried(flow, ON_ORDER, always)


def _carried(flow: Flow, branch: str, at_start: Media) -> dict[str, Media]:
    found = {} if flow.starts[branch] == END else {flow.starts[branch]: at_start}
    for node in in_order(flow):
        if node.branch != branch or node.id not in found:
            continue
        for target, media in _onward(node, found[node.id]):
            found[target] = found.get(target, media) & media
    return found


def _onward(node: Node, refused: Media) -> Iterator[tuple[str, Media]]:
    """Where a run can go on, and what is known there."""
    if not isinstance(node.step, If):
        yield from ((target, refused) for target in follows(node))
        return
    for arm in arms_of(node):
        holds = arm == "yes"
        agreed = said(node.step.where, holds=holds, yes=True)
        media = refused - agreed | said(node.step.where, holds=holds, yes=False)
        if node.exits[arm] != END:
            yield node.exits[arm], media


def said(condition: Condition, *, holds: bool, yes: bool) -> Media:
    """The media to which everybody for whom the condition holds, or not, said yes, or did not."""
    asked = condition.asked()
    if not holds and len(asked) > 1:
        return frozenset()  # any of them may be the one that is not true
    found: set[str] = set()
    if holds or len(condition.consent) == 1:
        found |= {m for m, wanted in condition.consent.items() if (wanted is holds) is yes}
    if condition.not_ is not None:
        found |= said(condition.not_, holds=not holds, yes=yes)
    certain = condition.all if holds or len(condition.all) == 1 else []
    certain = certain + (condition.any if not holds or len(condition.any) == 1 else [])
    found = found.union(*(said(part, holds=holds, yes=yes) for part in certain))
    return frozenset(found | _by_all(condition, holds=holds, yes=yes))


def _by_all(condition: Condition, *, holds: bool, yes: bool) -> Media:
    """What each part of an `any` says by itself is sure when one of them is true."""
    parts = condition.any if holds else condition.all
    each = [said(part, holds=holds, yes=yes) for part in parts]
    return frozenset.intersection(*each) if each else frozenset()
