"""A run goes on: what its step answers becomes rows, until it waits or ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain import flows as domain
from connector.domain.carts import CartState
from connector.domain.flows import Do, Finish, GoTo, RunFacts, WaitUntil
from connector.domain.flows.actions import Errand as Telling
from connector.domain.flows.actions import Tag, Write
from connector.domain.flows.paths import AT_ONCE
from connector.domain.laws import candidate_zones
from connector.domain.people import phone_zones
from connector.models import Cart, Contact, Errand, Flow, FlowState, Order, Run, RunState, Store
from connector.services import contacts, flows, journal, messages_plan, purchases, shoppers

_PAUSED = timedelta(minutes=15)


@dataclass(frozen=True)
class Subject:
    """Whom and what a run is about: read once, however many steps it takes."""

    store: Store
    contact: Contact
    cart: Cart | None
    order: Order | None  # the one that began it


def advance(session: Session, run_id: int, now: datetime) -> Run | None:
    """Take a due run as far as it goes: rows only, until it waits or ends."""
    locked = _locked(session, run_id, now)
    if locked is None:
        return None
    run, contact = locked
    run.rung_until = None
    state = session.get_one(Flow, run.flow_id).state
    if state is FlowState.PAUSED:
        run.due_at = now + _PAUSED
    elif state is FlowState.OFF:  # it was entered in the very moment of the switch
        flows.cancel(session, run, "the flow was switched off", now)
    if state is not FlowState.ON:
        return run
    if run.state is RunState.PENDING and not _begun(session, run, now):
        return run
    subject = _subject(session, run, contact)
    _walk(session, run, flows.definition(session, run), subject, now)
    return run


def _locked(session: Session, run_id: int, now: datetime) -> tuple[Run, Contact] | None:
    """The run if it is due, and whose it is: the contact first, as everywhere."""
    owner = session.scalar(select(Run.contact_id).where(Run.id == run_id))
    people = contacts.lock(session, [owner] if owner else [])
    run = session.scalar(
        select(Run)
        .where(Run.id == run_id, Run.state.in_(flows.GOING_ON), Run.due_at <= now)
        .with_for_update(key_share=True)
    )
    return (run, people[0]) if run is not None and people else None


def _subject(session: Session, run: Run, contact: Contact) -> Subject:
    return Subject(
        store=session.get_one(Store, run.store_id),
        contact=contact,
        cart=session.get(Cart, run.cart_id) if run.cart_id else None,
        order=session.get(Order, run.entry_order_id) if run.entry_order_id else None,
    )


def _begun(session: Session, run: Run, now: datetime) -> bool:
    """A run's time has come; False if its cart does not wait any more."""
    cart = session.get(Cart, run.cart_id) if run.cart_id else None
    if cart is not None and cart.state is CartState.OPEN:
        run.due_at = (cart.due_at or now) + timedelta(minutes=1)  # she is shopping again
        return False
    if cart is not None and cart.state is not CartState.ABANDONED:
        flows.cancel(session, run, f"the cart is {cart.state}", now)
        return False
    run.state, run.entered_step_at = RunState.ACTIVE, run.due_at
    session.flush()
    return True


def _walk(session: Session, run: Run, flow: domain.Flow, subject: Subject, now: datetime) -> None:
    for _ in range(AT_ONCE):
        action = domain.decide(flow, facts(session, run, flow, subject), now)
        if isinstance(action, Do):
            _carry_out(session, run, flow, action.what, now)
            action = action.then
        if _settled(session, run, action, now):
            return
    run.due_at = now  # a long way at once, after an outage: it goes on at the next turn


def facts(session: Session, run: Run, flow: domain.Flow, subject: Subject) -> RunFacts:
    """What a run's next move depends on; the shopper is asked about only where a step does."""
    store, contact, cart = subject.store, subject.contact, subject.cart
    node = flow.nodes.get(run.step_id)
    kind = node.kind if node else ""
    draw = f"{flow.key}:{run.contact_id}:{run.step_id}"
    asked = (
        shoppers.facts(session, store, contact, cart, subject.order, run, draw)
        if node is not None and node.step.asks
        else domain.Facts(store.currency, draw)
    )
    return RunFacts(
        branch=run.branch,
        step_id=run.step_id,
        entered_step_at=run.entered_step_at,
        started_at=run.started_at,
        last_activity_at=cart.activity_at if cart else run.started_at,
        abandoned_at=(cart.abandoned_at if cart else None) or run.started_at,
        ordered=run.order_id is not None
        or (kind == "wait_for" and purchases.since_run_began(session, run)),
        zone=zone_of(store, contact),
        clicked=kind == "wait_for" and shoppers.clicked(session, run),
        shopper=asked,
        variants=run.variants,
    )


def zone_of(store: Store, contact: Contact) -> str:
    """Her zone for wall-clock waits; the store's where it is not known for sure."""
    zones, _ = candidate_zones(
        phone_zones(contact.phone), contact.country, contact.province, store.timezone
    )
    return zones[0] if len(zones) == 1 else store.timezone


def _carry_out(
    session: Session, run: Run, flow: domain.Flow, what: Write | Tag | Telling, now: datetime
) -> None:
    match what:
        case Write(send):
            messages_plan.plan(session, run, flow, run.step_id, send, now)
        case Tag(add, remove):
            _tag(session, run, add, remove, now)
        case Telling():
            _tell(session, run, what, now)


def _tag(
    session: Session, run: Run, add: tuple[str, ...], remove: tuple[str, ...], now: datetime
) -> None:
    contact = session.get_one(Contact, run.contact_id)
    tags = (set(contact.tags) | set(add)) - set(remove)
    if tags == set(contact.tags):
        return
    contact.tags = sorted(tags)
    contact.audience_due_at, contact.rung_until = now, None
    changes = ", ".join((*(f"+{tag}" for tag in add), *(f"-{tag}" for tag in remove)))
    journal.note(session, flows.about(run), "flow", f"Tags: {changes}", now)


def _tell(session: Session, run: Run, telling: Telling, now: datetime) -> None:
    """Written once a run and step, whatever happens; a job carries it out."""
    row = {
        "store_id": run.store_id,
        "run_id": run.id,
        "step_id": run.step_id,
        "outlet": telling.outlet,
        "target": telling.target,
        "repeatable": telling.repeatable,
        "text": telling.text,
        "body": dict(telling.body),
        "state": "scheduled",
        "due_at": now,
        "created_at": now,
    }
    session.execute(insert(Errand).values(row).on_conflict_do_nothing())


def _settled(session: Session, run: Run, action: GoTo | WaitUntil | Finish, now: datetime) -> bool:
    """Carry a move out; True if the run has nothing more to do now."""
    if isinstance(action, WaitUntil):
        run.due_at = action.at
        return True
    if action.variant:
        run.variants = {**run.variants, run.step_id: action.variant}
    if action.why:
        text = f"“{run.step_id}”: {action.why}"
        journal.note(session, flows.about(run), "flow", text, now)
    if isinstance(action, Finish):
        flows.end(session, run, RunState.FINISHED, action.reason, now)
        return True
    if action.branch != run.branch:
        run.entered_step_at = min(now, run.due_at)
    elif action.at is not None:
        run.entered_step_at = action.at
    run.branch, run.step_id = action.branch, action.step_id
    return False
