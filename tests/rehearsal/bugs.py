"""Engines with one bug each: what the invariants are there to catch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.domain.flows.entry import Enter, Past
from connector.domain.flows.holdout import Arm
from connector.domain.gate import SendFacts
from connector.ports.events import ErasureAsked
from connector.rehearsal.base import Rank
from connector.rehearsal.engine import Engine
from connector.rehearsal.entries import Occasion
from connector.rehearsal.ledger import OVERTAKEN
from connector.rehearsal.rows import (
    CartRow,
    FlowRow,
    FlowState,
    Message,
    MessageState,
    OrderRow,
    Run,
    RunState,
    Shopper,
)
from connector.rehearsal.vendors import Answer, Fate, Vendor, Wayward

FAR = timedelta(days=400)


class ForgetsPurchases(Engine):
    def bought(self, row: OrderRow, shoppers: Sequence[int]) -> None:
        """Nobody is stopped."""

    def _close_carts(self, row: OrderRow, shoppers: Sequence[int]) -> None:
        """No cart is closed."""

    def covering(
        self,
        names: Iterable[str],
        shopper: Shopper | None,
        since: datetime,
        but: OrderRow | None = None,
    ) -> OrderRow | None:
        return None


class AsksNoShop(Engine):
    def ask_shop(self) -> None:
        """Whatever the webhooks told is enough."""


class ForgetsUnsubscriptions(Engine):
    def stop(self, shopper: Shopper, reason: str, medium: str = "") -> None:
        """What waits goes out."""

    def cancel(self, run: Run, reason: str) -> None:
        """The run goes on."""

    def send_facts(self, message: Message) -> SendFacts:
        return replace(super().send_facts(message), suppressed=False, consent="yes")


class ForgetsErasures(Engine):
    def erase(self, event: ErasureAsked) -> None:
        for shopper in self._meant(event):
            shopper.erased_at = self.now

    def send_facts(self, message: Message) -> SendFacts:
        return replace(super().send_facts(message), erased=False)


class WritesForFlowsThatAreOff(Engine):
    def switch(self, key: str, state: FlowState) -> None:
        self.flows[key].state = state

    def advance(self, run: Run) -> None:
        state, run.row.state = run.row.state, FlowState.ON
        super().advance(run)
        run.row.state = state

    def send_facts(self, message: Message) -> SendFacts:
        return replace(super().send_facts(message), flow_state="on")


class WakesPeople(Engine):
    def send_facts(self, message: Message) -> SendFacts:
        return replace(super().send_facts(message), zones=("UTC",))


class ForgetsCaps(Engine):
    def _others_sent(self, message: Message) -> tuple[datetime, ...]:
        return ()


class ForgetsTheBudget(Engine):
    def _cap_left(self, message: Message) -> int | None:
        return None


class GivesUnknownBackItsMoney(Engine):
    def _unknown(self, message: Message, why: str) -> None:
        self._release(message)
        super()._unknown(message, why)


class SendsLate(Engine):
    def send_facts(self, message: Message) -> SendFacts:
        return replace(super().send_facts(message), expires_at=self.now + FAR)


class TriesUnknownAgain(Engine):
    def _unknown(self, message: Message, why: str) -> None:
        self._again(message, timedelta(minutes=1), why)


class TakesSilenceForSuccess(Engine):
    def _unknown(self, message: Message, why: str) -> None:
        self.sent(message)


class TriesBothMedia(Engine):
    def _unknown(self, message: Message, why: str) -> None:
        self.move(message, MessageState.DEAD, why)
        self.next_medium(message, why)
        super()._unknown(message, why)


class MakesCodesTwice(Engine):
    def _make_codes(self, message: Message) -> None:
        self.codes.clear()
        super()._make_codes(message)


class Stubborn(Vendor):
    def answer(self, key: str, attempt: int, at: datetime) -> Answer:
        return Answer(Fate.NOT_SENT)


class NeverGivesUp(Engine):
    def _not_sent(self, message: Message, answer: Answer) -> None:
        super()._not_sent(message, replace(answer, fate=Fate.NOT_SENT))
        if message.state is MessageState.DEAD:
            self._again(message, timedelta(minutes=1), "and again")


class TakesBackWhatHasLeft(Engine):
    def take_back(self, message: Message, reason: str) -> None:
        self.move(message, MessageState.CANCELLED, reason)


class WakesDeadRuns(Engine):
    def end(self, run: Run, state: RunState, reason: str) -> None:
        super().end(run, state, reason)
        if state is RunState.CANCELLED:
            self.watched()
            run.state = RunState.ACTIVE
            self.touch("run", run)


class ReopensOrderedCarts(Engine):
    def is_news(self, cart: CartRow, told: object) -> bool:
        return True

    def covering(
        self,
        names: Iterable[str],
        shopper: Shopper | None,
        since: datetime,
        but: OrderRow | None = None,
    ) -> OrderRow | None:
        return None


class WritesToTheHeldOut(Engine):
    def _begin(self, occasion: Occasion, row: FlowRow, entry: Enter, arm: Arm) -> Run | None:
        run = super()._begin(occasion, row, entry, Arm.TREATED)
        if run is not None and arm is Arm.HELD_OUT:
            self.is_due(run.due_at, Rank.RUN, run.id)
        return run

    def send_facts(self, message: Message) -> SendFacts:
        return replace(super().send_facts(message), held_out=False)


class EntersTwice(Engine):
    def _past(self, occasion: Occasion, row: FlowRow) -> Past:
        return Past()


class StacksSteps(Engine):
    def cancel_messages(self, run: Run, reason: str) -> None:
        if reason != OVERTAKEN:
            super().cancel_messages(run, reason)


@dataclass(frozen=True)
class Planted:
    """A bug, and the invariant that must see it."""

    engine: type[Engine]
    invariant: str
    vendor: type[Vendor] = Wayward


PLANTED = (
    Planted(ForgetsPurchases, "nothing after a purchase"),
    Planted(AsksNoShop, "the shop was asked first"),
    Planted(ForgetsUnsubscriptions, "nothing after an unsubscription"),
    Planted(ForgetsErasures, "nothing after an erasure"),
    Planted(WritesForFlowsThatAreOff, "nothing of a flow that is off or paused"),
    Planted(WakesPeople, "nothing in quiet hours"),
    Planted(ForgetsCaps, "caps over flows"),
    Planted(ForgetsTheBudget, "cost within the cap"),
    Planted(GivesUnknownBackItsMoney, "cost within the cap"),
    Planted(SendsLate, "no expired send"),
    Planted(TriesUnknownAgain, "one acceptance a run and step"),
    Planted(TriesBothMedia, "one acceptance a run and step"),
    Planted(TakesSilenceForSuccess, "sent is in the vendor's log"),
    Planted(MakesCodesTwice, "one live code a run, step and kind"),
    Planted(NeverGivesUp, "attempts within bounds", Stubborn),
    Planted(TakesBackWhatHasLeft, "terminal states stay"),
    Planted(WakesDeadRuns, "terminal states stay"),
    Planted(ReopensOrderedCarts, "terminal states stay"),
    Planted(WritesToTheHeldOut, "held-out carts reach no channel"),
    Planted(EntersTwice, "one active run a person and flow"),
    Planted(StacksSteps, "steps never stack"),
)
