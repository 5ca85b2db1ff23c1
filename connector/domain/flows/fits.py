"""Does a flow fit the store: its media, templates, outlets, and what the product can do."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from connector.domain.flows.amounts import conditions, offers
from connector.domain.flows.conditions import LATER
from connector.domain.flows.doing import CallWebhook, Notify, Send
from connector.domain.flows.errors import Problem
from connector.domain.flows.flow import LATER_TRIGGERS
from connector.domain.flows.graph import Flow, Node
from connector.domain.flows.means import LATER_MEDIA, PICTURES, StoreMeans
from connector.domain.names import no_public_address
from connector.domain.people import clean_email

_ACCOUNT = "`cartwright stores account STORE VENDOR`"


def sends(flow: Flow) -> Iterator[tuple[Node, Send]]:
    """Every send of a flow."""
    for node in flow.nodes.values():
        if isinstance(node.step, Send):
            yield node, node.step


def not_there_yet(flow: Flow, means: StoreMeans) -> Iterator[Problem]:
    """What needs a capability that the product lacks."""
    wanted = [("trigger", LATER_TRIGGERS[k]) for k in flow.text.entry.kinds if k in LATER_TRIGGERS]
    for place, condition in conditions(flow):
        wanted += [(f"{place}.{q}", LATER[q]) for q in condition.asked() if q in LATER]
        for name in ("consent", "reachable"):
            later = [LATER_MEDIA[m] for m in getattr(condition, name) if m in LATER_MEDIA]
            wanted += [(f"{place}.{name}", one) for one in later]
    for node, send in sends(flow):
        if send.pictures:
            wanted.append((f"{node.place}.send.pictures", PICTURES))
        later = [LATER_MEDIA[one] for one in send.media if one in LATER_MEDIA]
        wanted += [(f"{node.place}.send.medium", one) for one in later]
    for place, capability in wanted:
        if capability not in means.capabilities:
            what = f"this needs {capability}, which is not there yet"
            yield Problem(place, what, "take it out until it is")


def media(flow: Flow, means: StoreMeans) -> Iterator[Problem]:
    """Media that do not exist, or for which the store has no account."""
    for node, send in sends(flow):
        place = f"{node.place}.send.medium"
        known = [one for one in send.media if one in means.known_media]
        for one in send.media:
            if one not in known and one not in LATER_MEDIA:
                names = sorted(means.known_media)
                near = difflib.get_close_matches(one, names, n=1) or names
                yield Problem(place, f"there is no medium {one!r}", f"use {' or '.join(near)}")
        if len(set(send.media)) < len(send.media):
            yield Problem(place, "a medium is there twice", "name each once")
        if known and means.media is not None:
            yield from _connected(place, known, means.media)


def _connected(place: str, known: list[str], connected: frozenset[str]) -> Iterator[Problem]:
    """One medium that works is enough for a step to be of use."""
    missing = [one for one in known if one not in connected]
    for one in missing:
        what = f"the store has no account for {one}"
        yield Problem(place, what, _ACCOUNT, warning=len(missing) < len(known))


def templates(flow: Flow, means: StoreMeans) -> Iterator[Problem]:
    """Templates that do not exist for one of the media, or that do not suit their step."""
    for node, send in sends(flow):
        offer = flow.offer_at(node.id)
        for medium in send.media:
            if medium not in means.known_media:
                continue
            place, one = f"{node.place}.send.template", (medium, send.template)
            yield from _exists(place, medium, send.template, means)
            if offer and one in means.templates - means.show_offer:
                what = f"the {medium} template {send.template!r} does not show the offer"
                yield Problem(place, what, _choose(medium, means.show_offer))
            if not offer and one in means.need_offer:
                what = (
                    f"the {medium} template {send.template!r} is about an offer, and there is none"
                )
                yield Problem(place, what, "add an offer to the step, or use another template")
            if offer and offer[1].otherwise:
                yield from _otherwise(node, medium, offer[1].otherwise, means)


def _otherwise(node: Node, medium: str, template: str, means: StoreMeans) -> Iterator[Problem]:
    place = f"{node.place}.send.offer.otherwise"
    yield from _exists(place, medium, template, means)
    if (medium, template) in means.need_offer:
        what = f"{template!r} is about an offer too: it is for those who get none"
        yield Problem(place, what, _choose(medium, means.templates - means.need_offer))


def _exists(place: str, medium: str, template: str, means: StoreMeans) -> Iterator[Problem]:
    if (medium, template) in means.templates:
        return
    names = sorted(name for kind, name in means.templates if kind == medium)
    near = difflib.get_close_matches(template, names, n=1) or names
    yield Problem(place, f"there is no {medium} template {template!r}", f"use {' or '.join(near)}")


def _choose(medium: str, among: frozenset[tuple[str, str]]) -> str:
    names = sorted(name for kind, name in among if kind == medium)
    return f"use {' or '.join(names)}" if names else "write one that does"


def without_plan_b(flow: Flow) -> Iterator[Problem]:
    """Offers for which nothing is said about people who are to have none."""
    for place, offer in offers(flow):
        if not offer.otherwise:
            what = "who has had her share of offers gets no message at all here"
            yield Problem(
                place, what, "name a template without an offer: `otherwise: ...`", warning=True
            )


def outlets(flow: Flow, means: StoreMeans) -> Iterator[Problem]:
    """Steps that tell somebody for whom nothing is set up."""
    for node in flow.nodes.values():
        step = node.step
        place = f"{node.place}.{node.kind}"
        if isinstance(step, CallWebhook):
            yield from _no_door(place, step)
        if isinstance(step, Notify) and step.by == "email":
            yield from _staff_mail(place, step, means)
        elif isinstance(step, Notify | CallWebhook) and means.outlets is not None:
            kind = step.by if isinstance(step, Notify) else "webhook"
            if kind not in means.outlets:
                mend = f"`cartwright stores account STORE {kind}`"
                yield Problem(place, f"{kind} is not set up for this store", mend)


def _no_door(place: str, step: CallWebhook) -> Iterator[Problem]:
    why = no_public_address(step.url)
    if why:
        yield Problem(f"{place}.url", why, "write a public address: https://example.com/path")


def _staff_mail(place: str, step: Notify, means: StoreMeans) -> Iterator[Problem]:
    if step.to and not clean_email(step.to):
        what = f"{step.to!r} is no e-mail address"
        yield Problem(f"{place}.to", what, "write one, or leave `to` out")
    if means.media is not None and "email" not in means.media:
        yield Problem(place, "the store has no account for email", _ACCOUNT)
    if means.outlets is not None and "staff_email" not in means.outlets and not step.to:
        mend = "write `to: ...`, or `cartwright stores set STORE staff_email=ADDRESS`"
        yield Problem(place, "the store has no address for its staff", mend)
