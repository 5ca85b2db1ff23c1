"""Telling staff and other software what a flow decided: written first, told by a job.

scheduled -> claimed -> done | dead | unknown. What the other side knows by our key is repeated
until it says yes, for three days; the rest is told once, and in doubt shown as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from connector.errors import AdapterError, NotSent, OutcomeUnknown
from connector.models import (
    Cart,
    Contact,
    Errand,
    ErrandState,
    Flow,
    FlowState,
    Order,
    Run,
    RunState,
    Store,
    StoreState,
)
from connector.ports.outlet import Notice
from connector.services import flows, journal, purchases

# Standard Webhooks' example: 8 tries over a day and some; then somebody must look.
_PAUSES = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
_LEASE_S = 120
_STORE_PAUSED = timedelta(minutes=15)


@dataclass(frozen=True)
class Telling:
    """A claimed errand: which outlet hears what."""

    errand_id: int
    outlet: str
    notice: Notice


def claim(session: Session, errand_id: int, now: datetime) -> Telling | None:
    """Take a due errand; None if it is not due, must wait, or need not be told any more."""
    row = session.scalar(
        select(Errand)
        .where(Errand.id == errand_id, Errand.state == ErrandState.SCHEDULED)
        .where(Errand.due_at <= now)
        .with_for_update()
    )
    if row is None:
        return None
    run = session.get_one(Run, row.run_id)
    store = session.get_one(Store, row.store_id)
    why_not = _why_not(session, row, run, store)
    if why_not:
        _end(row, ErrandState.CANCELLED, why_not)
        return None
    if store.state is StoreState.PAUSED:
        row.due_at, row.rung_until = now + _STORE_PAUSED, None
        return None
    row.state, row.attempts, row.rung_until = ErrandState.CLAIMED, row.attempts + 1, None
    row.lease_until = func.clock_timestamp() + text(f"interval '{_LEASE_S} seconds'")
    return Telling(row.id, row.outlet, _notice(session, row, run, now))


def _why_not(session: Session, row: Errand, run: Run, store: Store) -> str:
    """Why nobody need hear of it any more, "" if somebody should.

    Asked anew before each try: a try that did not arrive may have missed what stopped the rest.
    """
    if store.state is StoreState.UNINSTALLED:
        return "the store removed the app"
    if session.get_one(Contact, run.contact_id).erased_at is not None:
        return "the person is forgotten"
    if run.state is RunState.CANCELLED:
        return "the run was stopped"
    if session.get_one(Flow, run.flow_id).state is FlowState.OFF:
        return "the flow was switched off"
    definition = flows.definition(session, run)
    if flows.ended_by_order(definition, row.step_id) and purchases.since_run_began(session, run):
        return "the person has ordered"
    return ""


def _notice(session: Session, row: Errand, run: Run, now: datetime) -> Notice:
    """What is told is read now: nothing of a person is kept with the errand."""
    flow = session.get_one(Flow, run.flow_id)
    about = {
        "flow": flow.key,
        "step": row.step_id,
        "run": run.id,
        "cart": _cart(session, run),
        "order": _order(session, run),
        "contact": _contact(session, run),
    }
    when = row.created_at.isoformat()
    return Notice(
        key=str(row.key),
        at=now,
        text=_filled(row.text, about),
        body={"type": row.body.get("type", "cartwright.flow"), "timestamp": when, "data": about},
        target=row.target,
    )


def _cart(session: Session, run: Run) -> dict[str, Any] | None:
    cart = session.get(Cart, run.cart_id) if run.cart_id else None
    if cart is None:
        return None
    total = {"amount": str(cart.total.amount), "currency": cart.currency}
    return {"id": cart.external_id, "state": str(cart.state), "total": total}


def _order(session: Session, run: Run) -> dict[str, Any] | None:
    order_id = run.order_id or run.entry_order_id
    order = session.get(Order, order_id) if order_id else None
    if order is None:
        return None
    total = {"amount": str(order.total.amount), "currency": order.currency}
    return {"id": order.external_id, "name": order.name, "total": total}


def _contact(session: Session, run: Run) -> dict[str, Any]:
    contact = session.get_one(Contact, run.contact_id)
    return {
        "id": contact.id,
        "customer_id": contact.customer_id,
        "email": contact.email,
        "first_name": contact.first_name,
    }


def _filled(text_: str, about: Mapping[str, Any]) -> str:
    """The merchant's sentence with {total}, {name} and {order} put in."""
    cart, order = about["cart"] or {}, about["order"] or {}
    worth = (order or cart).get("total")
    values = {
        "{total}": f"{worth['amount']} {worth['currency']}" if worth else "",
        "{name}": about["contact"]["first_name"] or "A shopper",
        "{order}": order.get("name", ""),
        "{flow}": about["flow"],
    }
    for word, value in values.items():
        text_ = text_.replace(word, value)
    return text_


def record(session: Session, errand_id: int, error: AdapterError | None, now: datetime) -> None:
    """What came of it: told, to be told again later, or given up with the reason."""
    row = session.get_one(Errand, errand_id, with_for_update=True)
    if row.state is not ErrandState.CLAIMED:
        return
    again = isinstance(error, NotSent) or (row.repeatable and isinstance(error, OutcomeUnknown))
    if error is None:
        _end(row, ErrandState.DONE, "")
    elif again and row.attempts <= len(_PAUSES):
        after = error.after if isinstance(error, NotSent) else None
        row.due_at = now + timedelta(seconds=max(_PAUSES[row.attempts - 1], after or 0))
        _end(row, ErrandState.SCHEDULED, error.detail)
        return
    elif isinstance(error, OutcomeUnknown):
        _end(row, ErrandState.UNKNOWN, f"it may have been told: {error.detail}")
    else:
        _end(row, ErrandState.DEAD, error.detail)
    _tell(session, row, now)


def _end(row: Errand, state: ErrandState, reason: str) -> None:
    row.state, row.reason = state, reason
    row.lease_until = row.rung_until = None


def _tell(session: Session, row: Errand, now: datetime) -> None:
    run = session.get_one(Run, row.run_id)
    said = "Told" if row.state is ErrandState.DONE else f"Not told ({row.reason})"
    journal.note(session, flows.about(run), "errand", f"{said}: {row.outlet}", now)
