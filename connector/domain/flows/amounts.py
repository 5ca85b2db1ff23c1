"""Money in a flow: the store's currency, no more digits than it has, and what an amount means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import is_currency

from connector.domain.flows.conditions import Amount, Condition
from connector.domain.flows.doing import Discount, Send
from connector.domain.flows.errors import Problem
from connector.domain.flows.forms import decimal
from connector.domain.flows.graph import Flow
from connector.domain.flows.offers import Offer
from connector.domain.flows.steps import If
from connector.domain.money import Money

_BOUNDS = ("at_least", "more_than", "at_most", "less_than", "exactly")
_LEAST_PERCENT = Decimal("0.01")


@dataclass(frozen=True)
class Named:
    """A number that means money, where it is written, and the currency that is named with it."""

    place: str
    number: float
    currency: str = ""


def conditions(flow: Flow) -> Iterator[tuple[str, Condition]]:
    """Every condition of a flow with its place, those nested in others too."""
    if flow.text.entry.where is not None:
        yield from _nested("trigger.where", flow.text.entry.where)
    for node in flow.nodes.values():
        if isinstance(node.step, If):
            yield from _nested(f"{node.place}.if.where", node.step.where)


def _nested(place: str, condition: Condition) -> Iterator[tuple[str, Condition]]:
    yield place, condition
    for index, part in enumerate(condition.all):
        yield from _nested(f"{place}.all[{index}]", part)
    for index, part in enumerate(condition.any):
        yield from _nested(f"{place}.any[{index}]", part)
    if condition.not_ is not None:
        yield from _nested(f"{place}.not", condition.not_)


def offers(flow: Flow) -> Iterator[tuple[str, Offer]]:
    """Every offer of a flow with its place."""
    for node in flow.nodes.values():
        if isinstance(node.step, Send) and node.step.offer is not None:
            yield f"{node.place}.send.offer", node.step.offer
        if isinstance(node.step, Discount):
            yield f"{node.place}.discount", node.step


def amounts(flow: Flow) -> Iterator[Named]:
    """Every number of a flow that means money."""
    for place, condition in conditions(flow):
        for name, wanted in (
            ("cart_value", condition.cart_value),
            ("total_spent", condition.total_spent),
        ):
            if wanted is not None:
                yield from _bounds(f"{place}.{name}", wanted)
    for place, offer in offers(flow):
        for name, number in (("amount", offer.amount), ("minimum", offer.minimum)):
            if number is not None:
                yield Named(f"{place}.{name}", number, offer.currency or "")


def _bounds(place: str, wanted: Amount) -> Iterator[Named]:
    for name in _BOUNDS:
        number = getattr(wanted, name)
        if number is not None:
            yield Named(f"{place}.{name}", number, wanted.currency or "")


def wrong_money(flow: Flow, currency: str) -> Iterator[Problem]:
    """Currencies that the store does not use, and amounts that its currency cannot hold."""
    found = list(amounts(flow))
    first = next((one.currency for one in found if one.currency), "")
    for one in found:
        yield from _wrong(one, currency or first, is_stores=bool(currency))


def _wrong(one: Named, currency: str, *, is_stores: bool) -> Iterator[Problem]:
    if one.currency and not is_currency(one.currency):
        yield Problem(one.place, f"there is no currency {one.currency}", "use its ISO 4217 letters")
    elif one.currency and one.currency != currency:
        whose = "the store uses" if is_stores else "elsewhere the flow names"
        yield Problem(
            one.place, f"this amount is in {one.currency}; {whose} {currency}",
            f"write it in {currency}",
        )  # fmt: skip
    elif currency and is_currency(currency):
        yield from _digits(one, currency)


def _digits(one: Named, currency: str) -> Iterator[Problem]:
    try:
        Money.parse(one.number, currency)
    except ValueError as error:
        nearest = ""
        if abs(one.number) <= 10**12:
            nearest = f"write {Money.rounded(one.number, currency).amount}"
        yield Problem(one.place, str(error), nearest or "write less")


def wrong_percent(flow: Flow) -> Iterator[Problem]:
    """Percentages that no shop can give: they are rounded to hundredths there."""
    for place, offer in offers(flow):
        percent = Decimal(0) if offer.percent is None else decimal(offer.percent)
        rounded = round(percent, 2)
        if rounded != percent:
            mend = f"write {max(rounded, _LEAST_PERCENT).normalize():f}"
            yield Problem(f"{place}.percent", f"{offer.percent:g} % has too many decimals", mend)


def says(flow: Flow, currency: str, locale: str = "en") -> list[str]:
    """What each amount means in the store: "... at_least: 500 means $500.00, ..."."""
    told = []
    for one in amounts(flow):
        money = Money.parse(one.number, currency).text(locale)
        named = "as the flow says" if one.currency else "the store's currency"
        told.append(f"{one.place}: {one.number:g} means {money}, {named}")
    return told
