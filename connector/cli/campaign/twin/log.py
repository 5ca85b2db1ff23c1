"""What a scene came to, as lines that both sides write alike: things by their names, sorted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from connector.cli.campaign.twin.rows import ENTRY, Rows
from connector.rehearsal.engine import Engine
from connector.rehearsal.rows import Run
from connector.rehearsal.vendors import Vendor

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
            m.planned_for,
            m.inflight_at,
            m.delivered_at,
            m.no_offer,
        )
        for m in engine.messages.values()
    ]
    labels = {one.id: one.label for one in engine.shoppers.values()}
    for cart in engine.carts.values():
        whose = labels.get(cart.shopper_id or 0, "")
        lines.append(
            _line("cart", cart.external_id, cart.state, whose, cart.abandoned_at, cart.held_out)
        )
    for order in engine.orders.values():
        whose = labels.get(order.shopper_id or 0, "")
        name, gone = order.told.external_id, order.refunded_minor
        lines.append(_line("order", name, order.state, whose, gone, order.recorded_at))
    for (flow, _, shopper_id), (_, arm) in engine.arms.items():
        lines.append(_line("arm", labels[shopper_id], flow, arm))
    lines += [_line("code", _called(c.run), c.step_id, c.kind) for c in engine.codes.values()]
    lines += [_line("errand", _called(e.run), e.step_id) for e in engine.errands.values()]
    for one in engine.shoppers.values():
        tags, erased = ",".join(sorted(one.tags)), one.erased_at
        if not erased:
            lines.append(_line("person", one.label, tags))
    return sorted([*lines, *_taken(engine.vendor)])


def _called(run: Run) -> str:
    return run.name


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
            m.planned_for,
            m.inflight_at,
            m.delivered_at,
            m.no_offer,
        )
        for m in rows.ask("select * from messages")
    ]
    return sorted([*lines, *_rest(rows, called), *_taken(vendor)])


def _rest(rows: Rows, called: dict[int, str]) -> Iterable[str]:
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
    name: str,
    state: str,
    template: str,
    reason: str,
    planned_for: datetime,
    inflight_at: datetime | None,
    delivered_at: datetime | None,
    no_offer: str,
) -> str:
    why = reason if state in _SAYS_WHY else ""
    words = template if inflight_at else ""  # of what never left nobody saw any
    times = (planned_for, inflight_at, delivered_at)
    return _line("message", name, state, words, why, *times, no_offer)


def _line(*words: object) -> str:
    return "\t".join(_word(word) for word in words)


def _word(word: object) -> str:
    if isinstance(word, datetime):
        return f"{word:%Y-%m-%dT%H:%M:%S.%f}Z"
    return "" if word is None else str(word)
