"""Steps that do something: write to the shopper, or tell others."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from connector.domain.flows.actions import End, Errand, Outcome, RunFacts, Tag, Take, Write
from connector.domain.flows.base import Step
from connector.domain.flows.forms import Form, Line, Word, lasting
from connector.domain.flows.offers import Offer
from connector.domain.flows.sending import Sending
from connector.domain.flows.waits import Wait


class Send(Sending, Step, frozen=True, kw_only=True):
    """Write to the shopper."""

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """Plan it."""
        del step_id, facts, now
        return Write(self)


class Rung(Form, frozen=True, kw_only=True):
    """One message of a ladder: what it says, and what it gives if anything."""

    template: Word
    percent: Annotated[float, Meta(gt=0, le=100)] | None = None
    free_shipping: bool = False


class Ladder(Step, frozen=True, kw_only=True):
    """Message after message, each giving no less than the one before: nothing is given away early.

    Stands for its sends with a wait of `every_hours` between two of them.
    """

    medium: Word | list[Word]
    rungs: Annotated[list[Rung], Meta(min_length=2, max_length=10)]
    every_hours: float = 24
    valid_hours: float = 48

    def __post_init__(self) -> None:
        """Refuse a ladder that goes down, and what would be refused of its messages."""
        sizes = [rung.percent or 0 for rung in self.rungs]
        free = [rung.free_shipping for rung in self.rungs]
        if sizes != sorted(sizes) or free != sorted(free):
            raise ValueError(
                "a ladder only goes up: what one message gives, the next gives too"
                " — let the smallest offer come first"
            )
        lasting("every_hours", self.every_hours)
        lasting("valid_hours", self.valid_hours)
        self.rungs_as_steps()

    def rungs_as_steps(self) -> list[tuple[Send, Wait | None]]:
        """Every rung as a send, and the wait before it."""
        return [
            (self._send(rung), Wait(hours=self.every_hours) if number else None)
            for number, rung in enumerate(self.rungs)
        ]

    def _send(self, rung: Rung) -> Send:
        offer = None
        if rung.percent or rung.free_shipping:
            offer = Offer(
                percent=rung.percent,
                free_shipping=rung.free_shipping,
                valid_hours=self.valid_hours,
                otherwise=self.rungs[0].template,
            )
        return Send(medium=self.medium, template=rung.template, offer=offer)


class Discount(Offer, Step, frozen=True, kw_only=True):
    """Offer something; the codes are made when the first message that shows them goes out."""

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """Nothing to do yet: no code is made for nothing."""
        del step_id, facts, now
        return Take()


class TagStep(Step, frozen=True, kw_only=True):
    """Put tags on the contact, or take them off."""

    add: list[Line] = []
    remove: list[Line] = []

    def __post_init__(self) -> None:
        """Refuse to do nothing, and two things that undo each other."""
        if not self.add and not self.remove:
            raise ValueError("nothing is tagged here — say which tags to add or remove")
        both = {tag.casefold() for tag in self.add} & {tag.casefold() for tag in self.remove}
        if both:
            what = f"the tag {min(both)!r} is added and removed"
            raise ValueError(f"{what} — keep one of the two")

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """Do it."""
        del step_id, facts, now
        return Tag(tuple(self.add), tuple(self.remove))


class Notify(Step, frozen=True, kw_only=True):
    """Tell the merchant's staff."""

    by: Literal["slack", "email"]
    text: Annotated[str, Meta(min_length=1, max_length=500)]
    to: str = ""  # for e-mail; else the store's own address

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """Tell them."""
        del step_id, facts, now
        return Errand(f"staff_{self.by}" if self.by == "email" else self.by, self.to, self.text)


class CallWebhook(Step, frozen=True, kw_only=True):
    """Tell other software (Standard Webhooks); tried again until it says yes."""

    url: Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"^https://")]
    event: Word = "cartwright.flow"

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """Tell it."""
        del step_id, facts, now
        return Errand("webhook", self.url, "", {"type": self.event}, repeatable=True)


class EndStep(Step, frozen=True, kw_only=True):
    """Stop here."""

    reason: Line = "the flow ends here"

    def act(self, step_id: str, facts: RunFacts, now: datetime) -> Outcome:
        """Stop."""
        del step_id, facts, now
        return End(self.reason)
