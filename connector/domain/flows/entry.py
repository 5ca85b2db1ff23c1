"""Who enters a flow: trigger, filter, exclusions, cool-down; and why somebody does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from connector.domain.flows.conditions import Facts
from connector.domain.flows.flow import Exclusions, TriggerKind
from connector.domain.flows.forms import wall
from connector.domain.flows.graph import Flow
from connector.domain.hours import at_local
from connector.domain.people import canonical_email

BY_IP = "IP address"  # compared only while a cart is recorded: the address is not kept


@dataclass(frozen=True)
class Happening:
    """Something happened to a person that may begin flows."""

    kind: TriggerKind
    entry_key: str  # "cart:12", "order:7:placed": a flow is entered once for it
    at: datetime  # product time
    nth: int = 0  # how many purchases she has made with this one


@dataclass(frozen=True)
class Past:
    """What a person's earlier runs of a flow say; all None when there were none."""

    active: bool = False
    entered_for_this: bool = False
    entered_at: datetime | None = None  # when what began the newest run happened
    ended_with_order: bool = False


@dataclass(frozen=True)
class Who:
    """What exclusions look at; `ip` is only known while a cart is being recorded."""

    email: str = ""
    ip: str = ""
    country: str = ""
    roles: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Enter:
    """Begin a run; its first step is due at `at`."""

    at: datetime


@dataclass(frozen=True)
class Skip:
    """No run, and why; `here_before`: she is, was or rests from being in it."""

    reason: str
    here_before: bool = False


Entry = Enter | Skip


@dataclass(frozen=True)
class EntryFacts:
    """All that decides whether somebody enters."""

    happening: Happening
    past: Past
    who: Who
    shopper: Facts
    zone: str  # the store's
    store_excludes: Exclusions = field(default_factory=Exclusions)


def listens(flow: Flow, happening: Happening) -> bool:
    """True if the flow begins with such a happening, whoever it is about."""
    trigger = flow.text.entry
    if happening.kind is TriggerKind.ORDER_PLACED:
        nth = happening.nth
        first = TriggerKind.FIRST_ORDER in trigger.kinds and nth == 1
        count = TriggerKind.NTH_ORDER in trigger.kinds and nth == trigger.times
        return (
            first or count or bool(trigger.kinds & {TriggerKind.ORDER_PLACED, TriggerKind.WIN_BACK})
        )
    return happening.kind in trigger.kinds


def judge(flow: Flow, facts: EntryFacts, now: datetime) -> Entry:
    """Enter, or skip with the reason."""
    excluded = excluded_by(facts.store_excludes, facts.who) or excluded_by(
        flow.text.rules.exclude, facts.who
    )
    where = flow.text.entry.where
    if excluded:
        return Skip(f"excluded: {excluded}")
    if facts.past.entered_for_this:
        return Skip("she is or was in it for this already", here_before=True)
    if where is not None and not where.holds(facts.shopper):
        return Skip("the flow's filter does not fit")
    if facts.past.active:
        return Skip("she is in it already", here_before=True)
    resting = _resting(flow, facts.past, now)
    return resting or Enter(begins_at(flow, facts.happening, facts.zone))


def _resting(flow: Flow, past: Past, now: datetime) -> Skip | None:
    """A cool-down; one that began with an order is over: her next cart is a new story."""
    rest = timedelta(days=flow.text.rules.cooldown_days)
    if past.entered_at is None or past.ended_with_order or now >= past.entered_at + rest:
        return None
    until = past.entered_at + rest
    reason = f"cool-down: she was in it, and may be again from {until:%Y-%m-%d %H:%M} UTC"
    return Skip(reason, here_before=True)


def begins_at(flow: Flow, happening: Happening, zone: str) -> datetime:
    """When the first step falls due: at once, days later, or at the flow's time of that day.

    Without `days` its time is that of the next day.
    """
    trigger = flow.text.entry
    if trigger.at is not None:
        return at_local(happening.at, zone, wall(trigger.at), days_ahead=trigger.days or 1)
    return happening.at + timedelta(days=trigger.days or 0)


def excluded_by(rules: Exclusions, who: Who) -> str:
    """What excludes a person, "" if nothing does."""
    checks = (
        ("e-mail address", _one_of(canonical_email(who.email), map(canonical_email, rules.emails))),
        ("e-mail domain", _one_of(_domain(who.email), map(_domain, rules.domains))),
        (BY_IP, _ip_in(who.ip, rules.ips)),
        ("country", who.country in rules.countries),
        ("role", _shared(who.roles, rules.roles)),
        ("tag", _shared(who.tags, rules.tags)),
    )
    return next((name for name, hit in checks if hit), "")


def _one_of(known: str, excluded: Iterable[str]) -> bool:
    """Nothing is excluded by what nobody knows of her."""
    return bool(known) and known in excluded


def _domain(email: str) -> str:
    return email.strip().rpartition("@")[2].lower()


def _shared(has: frozenset[str], excluded: Sequence[str]) -> bool:
    return not {one.casefold() for one in has}.isdisjoint(one.casefold() for one in excluded)


def _ip_in(ip: str, networks: Sequence[str]) -> bool:
    if not ip:
        return False
    try:
        address = ip_address(ip)
        return any(address in ip_network(network, strict=False) for network in networks)
    except ValueError:  # what a shop calls an address may be anything
        return False
