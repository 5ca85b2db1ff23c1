"""What a scene came to, as lines that both sides write alike: things by their names, sorted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from connector.cli.campaign.twin.rows import ENTRY, Rows
from connector.rehearsal.engine import Engine
from connector.rehearsal.vendors import Vendor

_Times = tuple[datetime, datetime | None, datetime | None]
_SAYS_WHY = frozenset({"cancelled", "scheduled"})  # elsewhere the reason is each side's own words


def of_memory(engine: Engine) -> list[str]:
    """The rehearsal's rows."""
    lines = [
        _line("run", run.name, run.arm, run.state, run.reason, run.started_at, run.step_id)
        for run in engine.runs.values()
    ]
    lines += [
        _message(
            m.key,
            str(m.state),
            m.template,
            m.reason,
            (m.planned_for, m.inflight_at, m.delivered_at),
            m.no_offer,
        )
        for m in engine.messages.values()
    ]
    return sorted([*lines, *_rest_of_memory(engine), *_taken(engine.vendor)])


def _rest_of_memory(engine: Engine) -> Iterable[str]:
    labels = {one.id: one.label for one in engine.shoppers.values()}
    for cart in engine.carts.values():
        whose = labels.get(cart.shopper_id or 0, "")
        yield _line("cart", cart.external_id, cart.state, whose, cart.abandoned_at, cart.held_out)
    for order in engine.orders.values():
        whose = labels.get(order.shopper_id or 0, "")
        name, gone = order.told.external_id, order.refunded_minor
        yield _line("order", name, order.state, whose, gone, order.recorded_at)
    for (flow, _, shopper_id), (_, arm) in engine.arms.items():
        yield _line("arm", labels[shopper_id], flow, arm)
    for code in engine.codes.values():
        yield _line("code", code.run.name, code.step_id, code.kind)
    for errand in engine.errands.values():
        yield _line("errand", errand.run.name, errand.step_id)
    for one in engine.shoppers.values():
        if one.erased_at is None:
            yield _line("person", one.label, ",".join(sorted(one.tags)))


def of_tables(rows: Rows, vendor: Vendor) -> list[str]:
    """The rows of the services."""
    rows.learn_names()
    called = _runs(rows)
    lines = [
        _line("run", called[r.id], r.arm, r.state, r.reason, r.started_at, r.step_id)
        for r in rows.ask("select id, arm, state, reason, started_at, step_id from runs")
    ]
    lines += [
        _message(
            f"{called[m.run_id]}/{m.step_id}/{m.medium}",
            m.state,
            m.template,
            m.reason,
            (m.planned_for, m.inflight_at, m.delivered_at),
            m.no_offer,
        )
        for m in rows.ask("select * from messages")
    ]
    return sorted([*lines, *_rest_of_tables(rows, called), *_taken(vendor)])


def _rest_of_tables(rows: Rows, called: dict[int, str]) -> Iterable[str]:
    for cart in rows.ask("select * from carts"):
        whose = rows.label(cart.contact_id or 0)
        yield _line("cart", cart.external_id, cart.state, whose, cart.abandoned_at, cart.held_out)
    for order in rows.ask("select * from orders"):
        whose = rows.label(order.contact_id or 0)
        name, gone = order.external_id, order.refunded_minor
        yield _line("order", name, order.state, whose, gone, order.recorded_at)
    for one in rows.ask("select a.*, f.key from assignments a join flows f on f.id = a.flow_id"):
        yield _line("arm", rows.label(one.contact_id), one.key, one.arm)
    for code in rows.ask("select * from discounts where state = 'live'"):
        yield _line("code", called[code.run_id], code.step_id, code.kind)
    for errand in rows.ask("select run_id, step_id from errands"):
        yield _line("errand", called[errand.run_id], errand.step_id)
    for one in rows.ask("select id, tags from contacts where erased_at is null"):
        yield _line("person", rows.label(one.id), ",".join(sorted(one.tags)))


def _runs(rows: Rows) -> dict[int, str]:
    """How the rehearsal calls each run."""
    found = rows.ask(
        f"select r.id, r.contact_id, f.key, {ENTRY} as entry"  # noqa: S608 - our own constant
        " from runs r join flows f on f.id = r.flow_id"
    )
    called = {}
    for run in found:
        label = rows.label(run.contact_id)
        entry = f"customer:{label}" if run.entry == "customer" else run.entry
        called[run.id] = f"{run.key}/{entry}/{label}"
    return called


def _taken(vendor: Vendor) -> Iterable[str]:
    return (_line("taken", one.key, one.at) for one in vendor.log)


def _message(
    name: str, state: str, template: str, reason: str, times: _Times, no_offer: str
) -> str:
    """`times`: when its step fell due, when it left last, when it was delivered."""
    why = reason if state in _SAYS_WHY else ""
    words = template if times[1] else ""  # of what never left nobody saw any
    return _line("message", name, state, words, why, *times, no_offer)


def _line(*words: object) -> str:
    return "\t".join(_word(word) for word in words)


def _word(word: object) -> str:
    if isinstance(word, datetime):
        return f"{word:%Y-%m-%dT%H:%M:%S.%f}Z"
    return "" if word is None else str(word)
