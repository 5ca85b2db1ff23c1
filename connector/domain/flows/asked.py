"""Can what conditions ask ever be true: names that exist, bounds that leave something, and time."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from decimal import Decimal

from babel.numbers import is_currency

from connector.domain.flows.amounts import conditions
from connector.domain.flows.conditions import Compare
from connector.domain.flows.doing import Send
from connector.domain.flows.errors import Problem
from connector.domain.flows.flow import Exit
from connector.domain.flows.graph import ON_ORDER, STEPS, Flow, Node
from connector.domain.flows.means import LATER_MEDIA, StoreMeans
from connector.domain.flows.paths import after
from connector.domain.flows.steps import If, WaitFor
from connector.domain.money import digits
from connector.domain.names import is_country, is_language

_MOST = 10**6  # nobody has so many orders, or things in a cart
_SMALLEST = Decimal("0.0001")  # no currency has smaller units (ISO 4217: CLF, UYW)


def unknown_names(flow: Flow, means: StoreMeans) -> Iterator[Problem]:
    """Countries, languages and media that are none: nobody would ever be of them."""
    media = means.known_media | LATER_MEDIA.keys()
    for place, asked in conditions(flow):
        yield from _no_country(f"{place}.country", asked.country)
        yield from _no_language(f"{place}.language", asked.language)
        yield from _no_medium(f"{place}.consent", asked.consent, media)
        yield from _no_medium(f"{place}.reachable", asked.reachable, media)


def _no_country(place: str, codes: list[str]) -> Iterator[Problem]:
    for index, code in enumerate(codes):
        if not is_country(code):
            what = f"there is no country {code}"
            yield Problem(f"{place}[{index}]", what, "use ISO 3166: GB, and not UK")


def _no_language(place: str, codes: list[str]) -> Iterator[Problem]:
    for index, code in enumerate(codes):
        if not is_language(code):
            short = code.strip()[:2].lower()
            near = f"write {short}" if is_language(short) else "write two small letters: en"
            yield Problem(f"{place}[{index}]", f"{code!r} is no language's code", near)


def _no_medium(place: str, asked: Collection[str], media: Collection[str]) -> Iterator[Problem]:
    for one in asked:
        if one not in media:
            near = difflib.get_close_matches(one, media, n=1) or sorted(media - LATER_MEDIA.keys())
            yield Problem(place, f"there is no medium {one!r}", f"use {' or '.join(near)}")


def impossible(flow: Flow, means: StoreMeans) -> Iterator[Problem]:
    """Bounds that exclude each other, or that no count and no amount of money is within."""
    for place, asked in conditions(flow):
        for name in ("cart_items", "orders_count"):
            yield from _nothing(f"{place}.{name}", getattr(asked, name), Decimal(1), _MOST)
        for name in ("cart_value", "total_spent"):
            amount = getattr(asked, name)
            unit = _unit((amount.currency if amount else "") or means.currency)
            yield from _nothing(f"{place}.{name}", amount, unit)


def _unit(currency: str) -> Decimal:
    known = bool(currency) and is_currency(currency)
    return Decimal(1).scaleb(-digits(currency)) if known else _SMALLEST


def _nothing(
    place: str, bounds: Compare | None, unit: Decimal, most: int | None = None
) -> Iterator[Problem]:
    least = bounds.least(unit) if bounds else Decimal(0)
    if least is None:
        what = "no number is within these bounds"
        yield Problem(place, what, "let them leave something, from 0 on")
    elif most is not None and least > most:
        yield Problem(place, f"nobody has {least:,f}", "write less")


def too_early(flow: Flow) -> Iterator[Problem]:
    """What only the way through a flow tells, asked where nobody has been on her way yet."""
    yield from _at_entry(flow)
    for node in flow.nodes.values():
        if _waits_for_click(node) and not _written_before(flow, node):
            yield Problem(
                node.place, "nothing was sent before this that she could click",
                "put it after a send, or take it out", warning=True,
            )  # fmt: skip


def _at_entry(flow: Flow) -> Iterator[Problem]:
    for place, asked in conditions(flow):
        for name in ("clicked", "ordered"):
            if place.startswith("trigger.") and getattr(asked, name) is not None:
                yield Problem(
                    f"{place}.{name}", "nobody has done that before the flow begins",
                    "take it out, or ask it in an `if` on the way",
                )  # fmt: skip


def _waits_for_click(node: Node) -> bool:
    if isinstance(node.step, If):
        return any(part.clicked is not None for part in node.step.where.parts())
    return isinstance(node.step, WaitFor) and node.step.event == "click"


def _written_before(flow: Flow, node: Node) -> bool:
    """An order takes runs away from any step: what is sent before it counts on its branch too."""
    return any(
        node.id in after(flow, one) or (node.branch == ON_ORDER and one.branch == STEPS)
        for one in flow.nodes.values()
        if isinstance(one.step, Send)
    )


def bought_here(flow: Flow) -> Iterator[Problem]:
    """Arms for those who ordered, in steps that an order ends."""
    if Exit.ORDER not in flow.exits or flow.stays_on_order:
        return
    for node in flow.nodes.values():
        arm = _arm_of_buyers(node)
        if arm and node.branch == STEPS:
            yield Problem(
                f"{node.place}.if.{arm}", "an order ends these steps: nobody comes here",
                "put it under on_order, or write `on_order: continue`",
            )  # fmt: skip


def _arm_of_buyers(node: Node) -> str:
    if not isinstance(node.step, If):
        return ""
    where = node.step.where
    if where.ordered and node.step.yes:
        return "yes"
    return "no" if where.asked() == ["ordered"] and not where.ordered and node.step.no else ""
