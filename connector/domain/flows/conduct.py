"""Does a flow behave: consent, offers, caps, carriers' rules, what must end it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from connector.domain.flows.doing import Send
from connector.domain.flows.errors import Problem
from connector.domain.flows.fits import sends
from connector.domain.flows.flow import Exit, TriggerKind
from connector.domain.flows.graph import ON_ORDER, STEPS, Flow, Node
from connector.domain.flows.means import StoreMeans
from connector.domain.flows.paths import follows, in_order, markets, most, reach
from connector.domain.laws import ONE_TEXT_COUNTRIES

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


def false_service(flow: Flow, means: StoreMeans) -> Iterator[Problem]:
    """`transactional` needs no consent, so a call to buy must not be named so."""
    calls_back = flow.text.entry.about_cart or TriggerKind.WIN_BACK in flow.text.entry.kinds
    for node, send in sends(flow):
        if not send.transactional:
            continue
        place = f"{node.place}.send.transactional"
        mend = "take `transactional` out: it goes to those who agreed"
        if calls_back and node.branch == STEPS:
            yield Problem(place, "a reminder is marketing, whatever it is called", mend)
        elif flow.offer_at(node.id) is not None:
            yield Problem(place, "a message with an offer is marketing", mend)
        elif any((medium, send.template) in means.ask_to_buy for medium in send.media):
            what = f"the template {send.template!r} asks to buy: that is marketing"
            yield Problem(place, what, mend)


def early_offers(flow: Flow) -> Iterator[Problem]:
    """An offer in the first message teaches people to leave carts: it must be said to be meant."""
    if flow.text.rules.offer_in_first:
        return
    writes = [node.id for node in flow.nodes.values() if markets(node)]
    for node, _ in sends(flow):
        earlier = [one for one in writes if one != node.id]
        first = node.id in reach(flow, [flow.starts[STEPS]], without=earlier)
        if first and markets(node) and flow.offer_at(node.id) is not None:
            yield Problem(
                f"{node.place}.send", "an offer in the first message",
                "begin with a message without one, or say `offer_in_first: true` under rules",
            )  # fmt: skip


def too_many(flow: Flow, means: StoreMeans) -> Iterator[Problem]:
    """A series that alone is more than what other flows may send: unwise, and not forbidden."""
    for window, cap, said in ((_DAY, means.per_day, "24 h"), (_WEEK, means.per_week, "7 days")):
        counts = {n.id: most(flow, n, window) for n in flow.nodes.values() if markets(n)}
        worst = max(counts, key=lambda step_id: counts[step_id], default="")
        if cap and worst and counts[worst] > cap:
            per = "a day" if window == _DAY else "a week"
            yield Problem(
                flow.nodes[worst].place,
                f"{counts[worst]} messages within {said}; the cap is {cap} {per} for other flows",
                "lengthen the waits, or leave it if it is meant", warning=True,
            )  # fmt: skip


def texts_twice(flow: Flow) -> Iterator[Problem]:
    """Carriers in the US allow one text a cart: further ones are not sent to numbers there."""
    where = flow.text.entry.where
    elsewhere = where is not None and where.country and ONE_TEXT_COUNTRIES.isdisjoint(where.country)
    if not flow.text.entry.about_cart or elsewhere:
        return
    texted: Mapping[str, int] = _texts_before(flow)
    again = [node for node, send in sends(flow) if _texts(node) and texted[node.id] > 0]
    for node in again[:1]:
        yield Problem(
            f"{node.place}.send.medium",
            "numbers in the US get one text a cart, by the carriers' rule: not this one",
            "use email there, or for a second medium", warning=True,
        )  # fmt: skip


def _texts(node: Node) -> bool:
    return markets(node) and isinstance(node.step, Send) and "sms" in node.step.media


def _texts_before(flow: Flow) -> dict[str, int]:
    """How many texts a run may have been sent before each step."""
    before = dict.fromkeys(flow.nodes, 0)
    for node in in_order(flow):
        for target in follows(node):
            before[target] = max(before[target], before[node.id] + _texts(node))
    return before


def missing_exits(flow: Flow) -> Iterator[Problem]:
    """What nobody is to be told once it is bought or gone: carts, and that she was missed."""
    chosen, about, always = flow.text.rules.exits, "", [Exit.ORDER]
    if flow.text.entry.about_cart:
        about, always = "carts", [Exit.ORDER, Exit.CART_EMPTIED]
    elif TriggerKind.WIN_BACK in flow.text.entry.kinds:
        about = "people who have not ordered"
    missing = [one for one in always if chosen is not None and one not in chosen]
    if about and missing:
        what = f"a flow about {about} always ends with {' and '.join(missing)}"
        yield Problem("rules.exits", what, "add that, or take `exits` out")


def never_leaves(flow: Flow) -> Iterator[Problem]:
    """Marketing of a run that an order has ended: the gate stops every such message."""
    for node, _ in sends(flow):
        if node.branch == ON_ORDER and Exit.ORDER in flow.exits and markets(node):
            yield Problem(
                f"{node.place}.send", "after the order that ended its flow no marketing leaves",
                "write `transactional: true` if it is service, else give it a flow of its own",
            )  # fmt: skip


def excluded_too_late(flow: Flow) -> Iterator[Problem]:
    """Addresses of machines are compared while a cart is recorded, and kept nowhere."""
    if flow.text.rules.exclude.ips:
        yield Problem(
            "rules.exclude.ips", "no flow knows from which IP address a cart came",
            "say ips in the store's settings: `cartwright stores set STORE exclude.ips=[...]`",
        )  # fmt: skip
