"""Messages that are planned or taken back: one a run, step and medium, forever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connector.domain.flows import Flow
from connector.domain.flows.sending import Sending
from connector.rehearsal.base import Rank
from connector.rehearsal.people import People
from connector.rehearsal.rows import (
    WAITING,
    WITHOUT_EFFECT,
    Message,
    MessageState,
    Run,
    RunState,
    Shopper,
)

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
        fell_due = run.entered_step_at
        message = Message(
            id=len(self.messages) + 1,
            run=run,
            step_id=run.step_id,
            medium=send.media[0],
            marketing=not send.transactional,
            template=send.template,
            priority=flow.text.rules.priority,
            planned_for=fell_due,
            due_at=self.now,
            expires_at=fell_due + timedelta(hours=send.within_hours),
            cart=run.cart,
            has_offer=flow.offer_at(run.step_id) is not None,
        )
        self._keep(message)
        self.note("message", message.key, f"Planned: {message.medium} “{message.template}”")

    def next_medium(self, message: Message, reason: str) -> None:
        """The step's next medium, now that this one is certainly without effect.

        Nothing if there is none, it is too late, or the run has gone on without it.
        """
        sure = message.state in WITHOUT_EFFECT and not message.maybe_left
        late = self.now >= message.expires_at or (message.marketing and not _awaited(message))
        medium = _medium_after(message)
        if not sure or late or not medium or self.planned(message.run, message.step_id, medium):
            return
        made = Message(
            id=len(self.messages) + 1,
            run=message.run,
            step_id=message.step_id,
            medium=medium,
            marketing=message.marketing,
            template=message.template,
            priority=message.priority,
            planned_for=message.planned_for,
            due_at=self.now,
            expires_at=message.expires_at,
            cart=message.cart,
            has_offer=message.has_offer,
            no_offer=message.no_offer,
        )
        self._keep(made)
        text = f"Planned: {medium} “{made.template}” instead of {message.medium} ({reason})"
        self.note("message", made.key, text)

    def _keep(self, message: Message) -> None:
        self.messages[message.id] = message
        self._by_key[message.key] = message
        message.run.messages.append(message)
        self._messages_of[message.shopper.id].append(message)
        if message.cart is not None:
            self._about_cart[message.cart.id].append(message)
        self.touch("message", message)
        self.is_due(message.due_at, Rank.MESSAGE, message.id)

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
            doubt = f"it may have left, and is not tried again: {reason}"
            self.move(message, MessageState.UNKNOWN, doubt)
        else:
            self.move(message, MessageState.CANCELLED, reason)
        again = " again" if message.maybe_left else ""
        self.note("gate", message.key, f"{message.medium} not sent{again}: {reason}")

    def cancel_messages(self, run: Run, reason: str) -> None:
        """Take back a run's marketing messages, each with the reason."""
        for message in run.messages:
            if message.marketing:
                self.take_back(message, reason)

    def stop(self, shopper: Shopper, reason: str, medium: str = "") -> None:
        """Take back every marketing message of hers (by one medium) that has not left.

        Where only one medium is barred, the next one of the message's step may be tried.
        """
        for message in list(self._messages_of[shopper.id]):
            waits = message.marketing and message.state in WAITING
            if waits and medium in {"", message.medium}:
                self.take_back(message, reason)
                if medium:
                    self.next_medium(message, reason)


def overtaken(message: Message) -> bool:
    """True if a later step's marketing message took this one's place."""
    return any(
        one.id > message.id
        and one.step_id != message.step_id
        and one.marketing
        and one.state not in WITHOUT_EFFECT
        for one in message.run.messages
    )


def _awaited(message: Message) -> bool:
    """True while the run goes on, or ended well, and no later message took this one's place."""
    run = message.run
    going = (run.state is RunState.ACTIVE and run.order is None) or run.ended_well
    return going and not overtaken(message)


def _medium_after(message: Message) -> str:
    """The step's next medium in order of preference; "" if there is none."""
    node = message.run.flow.nodes.get(message.step_id)
    if node is None or not isinstance(node.step, Sending):
        return ""
    media = node.step.media
    return next(iter(media[media.index(message.medium) + 1 :]), "")
