"""Who enters which flow: something happened to a person, and each flow that listens judges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain import flows as domain
from connector.domain.flows.conditions import Facts
from connector.domain.flows.entry import (
    Enter,
    Entry,
    EntryFacts,
    Happening,
    Past,
    Skip,
    judge,
    listens,
)
from connector.domain.flows.holdout import Arm
from connector.domain.settings import StoreSettings
from connector.models import (
    Assignment,
    Cart,
    Contact,
    Flow,
    FlowVersion,
    Message,
    MessageState,
    Order,
    Run,
    RunState,
    Store,
)
from connector.services import contacts, flows, journal, shoppers


@dataclass(frozen=True)
class Candidate:
    """A flow that listens to what happened."""

    row: Flow
    version: FlowVersion
    flow: domain.Flow


@dataclass(frozen=True)
class Occasion:
    """What happened to whom; the contact is locked, so that no order slips in between."""

    session: Session
    store: Store
    contact: Contact
    happening: Happening
    now: datetime
    cart: Cart | None = None
    order: Order | None = None

    @cached_property
    def facts(self) -> Facts:
        """What filters may ask, looked up once for all flows that do."""
        return shoppers.facts(self.session, self.store, self.contact, self.cart, self.order)

    @property
    def about(self) -> journal.About:
        """The journal's heading."""
        cart_id = self.cart.id if self.cart else None
        return journal.About(self.store.id, cart_id, self.contact.id)

    def note(self, text: str) -> None:
        """Tell the story."""
        journal.note(self.session, self.about, "flow", text, self.now)


def cart_happened(occasion: Occasion, cart: Cart) -> Run | None:
    """A cart enters at most one flow: the first, by priority, that takes it."""
    if cart.held_out or cart.excluded:
        occasion.note(f"No flow begun: {_why_not(cart)}")
        return None
    found = candidates(occasion)
    for run in _recoveries(occasion) if found else ():
        if listens(flows.definition(occasion.session, run), occasion.happening):
            _merge(occasion, run, cart)
            return run
        flows.cancel(occasion.session, run, "a newer cart took its place", occasion.now)
    for candidate in found:
        entry = _judged(occasion, candidate)
        if isinstance(entry, Enter):
            return _enter(occasion, candidate, entry)
        if isinstance(entry, Skip):
            occasion.note(f"Not entered “{candidate.row.name}”: {entry.reason}")
            if entry.here_before and _still_held_out(occasion, candidate):
                cart.held_out = True
                return None
    return None


def happened(occasion: Occasion) -> list[Run]:
    """Something that is about no waiting cart: every flow that listens is asked."""
    begun = []
    for candidate in candidates(occasion):
        entry = _judged(occasion, candidate)
        if isinstance(entry, Enter):
            run = _enter(occasion, candidate, entry)
            begun += [run] if run else []
        elif isinstance(entry, Skip):
            occasion.note(f"Not entered “{candidate.row.name}”: {entry.reason}")
    return begun


def candidates(occasion: Occasion) -> list[Candidate]:
    """The flows that are on and listen, the highest priority first."""
    rows = flows.running(occasion.session, occasion.store.id)
    read = [Candidate(row, version, flows.as_read(version.definition)) for row, version in rows]
    return [one for one in read if listens(one.flow, occasion.happening)]


def _why_not(cart: Cart) -> str:
    return "left alone, to measure" if cart.held_out else f"excluded: {cart.excluded}"


def _judged(occasion: Occasion, candidate: Candidate) -> Entry:
    draw = f"{candidate.flow.key}:{occasion.contact.id}:entry"
    asks = candidate.flow.text.entry.where is not None
    facts = EntryFacts(
        happening=occasion.happening,
        past=_past(occasion, candidate.row),
        who=shoppers.who(occasion.contact),
        shopper=replace(occasion.facts, draw=draw) if asks else Facts(occasion.store.currency),
        zone=occasion.store.timezone,
        store_excludes=StoreSettings.of(occasion.store.settings).exclude,
    )
    return judge(candidate.flow, facts, occasion.now)


def _past(occasion: Occasion, row: Flow) -> Past:
    runs = list(
        occasion.session.execute(
            select(Run.state, Run.entry_key, Run.started_at, Run.order_id)
            .where(Run.flow_id == row.id, Run.contact_id == occasion.contact.id)
            .order_by(Run.id)
        )
    )
    if not runs:
        return Past()
    return Past(
        active=any(run.state in flows.GOING_ON and run.order_id is None for run in runs),
        entered_for_this=any(run.entry_key == occasion.happening.entry_key for run in runs),
        entered_at=runs[-1].started_at,
        ended_with_order=runs[-1].order_id is not None,
    )


def _recoveries(occasion: Occasion) -> Sequence[Run]:
    """Her runs about carts that wait; after its order a run is no recovery any more."""
    runs = flows.active_runs(occasion.session, [occasion.contact.id])
    return [run for run in runs if run.cart_id is not None and run.order_id is None]


def _merge(occasion: Occasion, run: Run, cart: Cart) -> None:
    """One person, one way: what is still to come is about the cart that she touched last."""
    older = occasion.session.get(Cart, run.cart_id) if run.cart_id else None
    if older is None or older.id == cart.id or older.activity_at > cart.activity_at:
        return
    run.cart_id = cart.id
    occasion.session.execute(
        update(Message)
        .where(Message.run_id == run.id, Message.state == MessageState.SCHEDULED)
        .values(cart_id=cart.id)
    )
    occasion.note("She is in a flow already: the newer cart takes the place of the older one")


def _enter(occasion: Occasion, candidate: Candidate, entry: Enter) -> Run | None:
    arm = _arm(occasion, candidate)
    run = _begin(occasion, candidate, entry, arm)
    if run is None:
        occasion.note("Not begun again: she is or was in it")
    elif arm is Arm.HELD_OUT:
        if occasion.cart is not None:
            occasion.cart.held_out = True
        occasion.note(f"Left alone, to measure what “{candidate.row.name}” brings")
    else:
        journal.note(
            occasion.session,
            flows.about(run),
            "flow",
            f"Entered the flow “{candidate.row.name}”",
            occasion.now,
        )
    return run


def _begin(occasion: Occasion, candidate: Candidate, entry: Enter, arm: Arm) -> Run | None:
    start = domain.begin(candidate.flow, domain.STEPS, "the flow has no steps")
    if isinstance(start, domain.Finish):
        return None
    now, cart = occasion.now, occasion.cart
    state = RunState.ACTIVE if entry.at <= now else RunState.PENDING
    held = arm is Arm.HELD_OUT
    row = {
        "store_id": occasion.store.id,
        "flow_id": candidate.row.id,
        "version_id": candidate.version.id,
        "contact_id": occasion.contact.id,
        "cart_id": cart.id if cart else None,
        "entry_key": occasion.happening.entry_key,
        "entry_order_id": occasion.order.id if occasion.order else None,
        "state": RunState.HELD_OUT if held else state,
        "arm": arm,
        "step_id": start.step_id,
        "branch": start.branch,
        "entered_step_at": now,
        "started_at": cart.activity_at if cart else occasion.happening.at,
        "due_at": max(entry.at, now),
        "ended_at": now if held else None,
        "reason": "left alone, to measure" if held else "",
    }
    run_id = occasion.session.scalar(
        insert(Run).values(row).on_conflict_do_nothing().returning(Run.id)
    )
    return occasion.session.get_one(Run, run_id) if run_id is not None else None


def _arm(occasion: Occasion, candidate: Candidate) -> Arm:
    """Her arm: drawn once, kept for good, the same under all her names."""
    holdout, now = candidate.row.holdout, occasion.now
    arm = _arm_now(occasion, candidate)
    row = {
        "store_id": occasion.store.id,
        "flow_id": candidate.row.id,
        "contact_id": occasion.contact.id,
        "cart_id": occasion.cart.id if occasion.cart else None,
        "salt": holdout.salt,
        "percent": holdout.percent_at(now),
        "arm": arm,
        "at": now,
    }
    occasion.session.execute(insert(Assignment).values(row).on_conflict_do_nothing())
    return arm  # the row is new, or says the same; being set free is a row of its own


def _arm_now(occasion: Occasion, candidate: Candidate) -> Arm:
    known = _assigned(occasion, candidate)
    person = known.contact_id if known else occasion.contact.id
    before = known.arm if known else None
    return candidate.row.holdout.arm(candidate.flow.key, str(person), occasion.now, before)


def _assigned(occasion: Occasion, candidate: Candidate) -> Assignment | None:
    found: Assignment | None = occasion.session.scalar(
        select(Assignment)
        .where(
            Assignment.flow_id == candidate.row.id,
            Assignment.salt == candidate.row.holdout_salt,
            Assignment.contact_id.in_(contacts.kin(occasion.session, occasion.contact.id)),
        )
        # Who was treated once stays so: what she was sent cannot be taken back.
        .order_by((Assignment.arm == Arm.TREATED).desc(), Assignment.id)
        .limit(1)
    )
    return found


def _still_held_out(occasion: Occasion, candidate: Candidate) -> bool:
    """She is left alone in this flow: no other may write to her about a cart meanwhile."""
    known = _assigned(occasion, candidate)
    return known is not None and _arm_now(occasion, candidate) is Arm.HELD_OUT
