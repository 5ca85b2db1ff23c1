"""Is a flow sound, and can this store run it: every problem with its place and its mend."""

from __future__ import annotations

from collections.abc import Iterator

from connector.domain.flows import agreed, asked, conduct, fits, shape
from connector.domain.flows.amounts import says, wrong_money, wrong_percent
from connector.domain.flows.errors import Problem
from connector.domain.flows.graph import Flow
from connector.domain.flows.means import StoreMeans, Template

__all__ = ["StoreMeans", "Template", "problems", "says"]


def problems(flow: Flow, means: StoreMeans) -> list[Problem]:
    """Everything that is wrong with a flow, then what is only unwise (`warning`)."""
    found = list(shape.circles(flow)) or list(_of_ways(flow, means))
    found += _of_steps(flow, means)
    return sorted(dict.fromkeys(found), key=lambda one: one.warning)


def _of_ways(flow: Flow, means: StoreMeans) -> Iterator[Problem]:
    """What can only be asked where no steps go in a circle."""
    yield from shape.dead_ends(flow)
    yield from shape.out_of_reach(flow)
    yield from shape.too_long(flow)
    yield from conduct.too_many(flow, means)
    yield from conduct.texts_twice(flow)
    yield from shape.in_one_go(flow)
    yield from shape.codes_over(flow)
    yield from agreed.against_a_no(flow)


def _of_steps(flow: Flow, means: StoreMeans) -> Iterator[Problem]:
    yield from shape.codes(flow)
    yield from wrong_money(flow, means.currency)
    yield from wrong_percent(flow)
    yield from fits.not_there_yet(flow, means)
    yield from fits.media(flow, means)
    yield from fits.templates(flow, means)
    yield from fits.without_plan_b(flow)
    yield from fits.outlets(flow, means)
    yield from conduct.false_service(flow, means)
    yield from conduct.early_offers(flow)
    yield from conduct.missing_exits(flow)
    yield from conduct.never_leaves(flow)
    yield from conduct.excluded_too_late(flow)
    yield from shape.nobody_drawn(flow)
    yield from asked.unknown_names(flow, means)
    yield from asked.impossible(flow, means)
    yield from asked.too_early(flow)
    yield from asked.bought_here(flow)
