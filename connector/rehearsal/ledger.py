"""Messages that are planned or taken back: one a run, step and medium, forever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.flows import Flow
from connector.domain.flows.sending import Sending
from connector.rehearsal.base import Rank
from connector.rehearsal.people import People
from connector.rehearsal.rows import WAITING, Message, MessageState, Run, Shopper

OVERTAKEN = "overtaken by the next step"


@dataclass
class Ledger(People):
    """What is to be sent."""

    def plan(self, run: Run, flow: Flow, send: Sending) -> None:
        """Write the intent to send by the first medium; steps never stack."""
        if self.planned(run, run.step_id, send.media[0]):
            return
        if not send.transactional:
            self.cancel_messages(run, OVERTAKEN)
        fell_due = min(self.now, run.due_at)
        within = timedelta(hours=send.within_hours)
        self.intend(run, flow, send, run.step_id, send.media[0], fell_due, fell_due + within)

    def intend(
        self,
        run: Run,
        flow: Flow,
        send: Sending,
        step_id: str,
        medium: str,
        planned_for: datetime,
        expires_at: datetime,
    ) -> None:
        """Add a message that is due at once."""
        message = Message(
            id=len(self.messages) + 1,
            run=run,
            step_id=step_id,
            medium=medium,
            marketing=not send.transactional,
            template=send.template,
            priority=run.row.priority,
            planned_for=planned_for,
            due_at=self.now,
            expires_at=expires_at,
            cart=run.cart,
            has_offer=flow.offer_at(step_id) is not None,
        )
        self._keep(message)
        self.note("message", message.key, f"Planned: {medium} “{send.template}”")
        self.touch("message", message)
        self.is_due(message.due_at, Rank.MESSAGE, message.id)

    def _keep(self, message: Message) -> None:
        self.messages[message.id] = message
        self._by_key[message.key] = message
        message.run.messages.append(message)
        self._messages_of[message.shopper.id].append(message)
        if message.cart is not None:
            self._about_cart[message.cart.id].append(message)

    def planned(self, run: Run, step_id: str, medium: str) -> bool:
        """True if the step has its message by this medium."""
        return any(one.step_id == step_id and one.medium == medium for one in run.messages)

    def move(self, message: Message, state: MessageState, reason: str = "") -> None:
        """Change a message's state."""
        message.state, message.reason = state, reason
        self.touch("message", message)

    def take_back(self, message: Message, reason: str) -> None:
        """Cancel a message that has not left; of one that may have, only the next try."""
        if message.state not in WAITING:
            return
        if message.maybe_left:
            message.resolvable = False
            self.move(message, MessageState.UNKNOWN, f"it may have left; not again: {reason}")
        else:
            self.move(message, MessageState.CANCELLED, reason)
        self.note("gate", message.key, f"{message.medium} not sent: {reason}")

    def cancel_messages(self, run: Run, reason: str) -> None:
        """Take back a run's marketing messages, each with the reason."""
        for message in run.messages:
            if message.marketing:
                self.take_back(message, reason)

    def stop(self, shopper: Shopper, reason: str, medium: str = "") -> None:
        """Take back every marketing message of hers (by one medium) that has not left."""
        for message in self._messages_of[shopper.id]:
            if message.marketing and medium in {"", message.medium}:
                self.take_back(message, reason)
