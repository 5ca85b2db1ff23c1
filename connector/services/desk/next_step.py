"""What happens next with a cart, or why nothing does: one sentence for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.carts import CLOSED_STATES, CartState
from connector.domain.flows import END, Flow, Send
from connector.domain.flows.graph import Node
from connector.domain.flows.steps import Branching
from connector.domain.flows.waits import Since, Wait
from connector.models import Cart, FlowVersion, Message, MessageState, Purpose, Run, RunState
from connector.services import flows
from connector.services.desk.words import medium_name, shown

_ON_ITS_WAY = (MessageState.SCHEDULED, MessageState.CLAIMED, MessageState.INFLIGHT)
_ENDED = {
    CartState.RECOVERED: "Nothing more: ordered after a message",
    CartState.ORDERED: "Nothing more: ordered without a message",
    CartState.LOST: "Nothing more: given up",
}


@dataclass(frozen=True)
class NextStep:
    """A sentence; `at` is when it happens (product time), `why` what holds it up or ended it."""

    text: str
    at: datetime | None = None
    why: str = ""
    marketing: str = ""  # the medium of a marketing message, "" for all else


@dataclass(frozen=True)
class _Known:
    """Rows about several carts, by cart id."""

    planned: dict[int, Message]  # the first that may still leave
    runs: dict[int, tuple[Run, FlowVersion]]  # those that go on
    reasons: dict[int, str]  # why the last message was not sent, or the run ended


def next_steps(session: Session, carts: Sequence[Cart]) -> dict[int, NextStep]:
    """The next step of each cart, by cart id; three queries for all of them."""
    ids = [cart.id for cart in carts]
    known = _Known(_planned(session, ids), _runs(session, ids), _reasons(session, ids))
    return {cart.id: _next(cart, known) for cart in carts}


def _planned(session: Session, ids: Sequence[int]) -> dict[int, Message]:
    rows = session.scalars(
        select(Message)
        .where(Message.cart_id.in_(ids), Message.state.in_(_ON_ITS_WAY))
        .order_by(Message.due_at.desc(), Message.id.desc())
    )
    return {row.cart_id: row for row in rows if row.cart_id is not None}


def _runs(session: Session, ids: Sequence[int]) -> dict[int, tuple[Run, FlowVersion]]:
    rows = session.execute(
        select(Run, FlowVersion)
        .join(FlowVersion, FlowVersion.id == Run.version_id)
        .where(Run.cart_id.in_(ids), Run.state.in_(flows.GOING_ON))
        .order_by(Run.id)
    )
    return {run.cart_id: (run, version) for run, version in rows if run.cart_id is not None}


def _reasons(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """The newest message's reason says more than its run's; either may be missing."""
    runs = session.execute(
        select(Run.cart_id, Run.reason)
        .where(Run.cart_id.in_(ids), Run.state.not_in(flows.GOING_ON))
        .order_by(Run.id)
    )
    unsent = session.execute(
        select(Message.cart_id, Message.reason)
        .where(Message.cart_id.in_(ids), Message.reason != "")
        .where(Message.state.in_((MessageState.CANCELLED, MessageState.DEAD)))
        .order_by(Message.id)
    )
    found = {cart_id: reason for cart_id, reason in runs if cart_id is not None}
    return found | {cart_id: reason for cart_id, reason in unsent if cart_id is not None}


def _next(cart: Cart, known: _Known) -> NextStep:
    if cart.id in known.planned:
        return _of_message(known.planned[cart.id])
    if cart.id in known.runs:
        return _of_run(*known.runs[cart.id])
    if cart.state in CLOSED_STATES:
        return NextStep(_ENDED[cart.state])
    if cart.state is CartState.OPEN:
        return _of_open(cart)
    reason = known.reasons.get(cart.id, "no flow was waiting for it")
    return NextStep("No more messages", why=shown(reason))


def _of_message(message: Message) -> NextStep:
    text = f"{medium_name(message.medium)} “{shown(message.template)}”"
    if message.state is MessageState.INFLIGHT:
        return NextStep(f"{text} is being handed over")
    marketing = message.medium if message.purpose is Purpose.MARKETING else ""
    return NextStep(text, message.due_at, shown(message.reason), marketing)


def _of_run(run: Run, version: FlowVersion) -> NextStep:
    """The first message that the run comes to, if nothing happens before."""
    if run.state is RunState.PENDING:
        return NextStep("The flow begins", run.due_at)
    flow, at = flows.as_read(version.definition), run.due_at
    for node in _ahead(flow, run.step_id):
        if isinstance(node.step, Send):
            first = node.step.media[0]
            text = f"{medium_name(first)} “{shown(node.step.template)}”"
            return NextStep(text, at, marketing="" if node.step.transactional else first)
        if isinstance(node.step, Branching):
            return NextStep("The flow decides how to go on", at)
        at += _further(node) if node.id != run.step_id else timedelta()  # due_at holds that one
    return NextStep("The flow ends", at)


def _ahead(flow: Flow, step_id: str) -> Iterator[Node]:
    """The steps from here on, straight ahead."""
    while step_id != END and step_id in flow.nodes:
        yield flow.nodes[step_id]
        step_id = flow.nodes[step_id].exits["next"]


def _further(node: Node) -> timedelta:
    counts = isinstance(node.step, Wait) and node.step.since is Since.STEP
    return node.step.longest() if counts else timedelta()


def _of_open(cart: Cart) -> NextStep:
    if cart.contact_id is None:
        return NextStep("Nobody to write to", why="no e-mail address or phone is known yet")
    if cart.due_at is None:
        return NextStep("Waits for the shopper")
    return NextStep("Counts as abandoned", cart.due_at, "unless the shopper comes back")
