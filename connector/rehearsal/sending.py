"""The way of one message: claimed, checked, tried, recorded; and what its vendor says later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from connector.domain.discounts import OfferKind, code_for
from connector.domain.gate import Go, Never, NotBefore, Verdict, may_send
from connector.domain.guard import OfferHistory, refuses
from connector.ports.channel import Repeat, ReportKind
from connector.rehearsal.base import Rank
from connector.rehearsal.facts import SendFactsOf
from connector.rehearsal.ledger import OVERTAKEN, overtaken
from connector.rehearsal.people import address_of
from connector.rehearsal.rows import WITHOUT_EFFECT, Code, Message, MessageState
from connector.rehearsal.vendors import Answer, Fate

LEASE = timedelta(seconds=120)
SETTLES = timedelta(minutes=2)  # until a vendor shows what it took, after the lease
MAX_ATTEMPTS = 8
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)
_MAY_FAIL = frozenset({MessageState.SENT, MessageState.UNKNOWN, MessageState.RESOLVING})
RUN_OUT = "its code has run out"


@dataclass
class Sending(SendFactsOf):
    """What goes out."""

    def deliver(self, message: Message) -> None:
        """Take a due message through the gate to its vendor."""
        if message.state is not MessageState.SCHEDULED or message.due_at > self.now:
            return
        if not self.claim(message):
            return
        decided = self.verdict(message)
        if isinstance(decided, Go) and message.has_offer:
            decided = self._guarded(message)
        if isinstance(decided, Go):
            self._make_codes(message)
            self._hand_over(message)
        else:
            self._held_back(message, decided)

    def claim(self, message: Message) -> bool:
        """Take it for one worker, and ask the shop; False if a purchase came out thereby."""
        self.move(message, MessageState.CLAIMED)
        message.lease += 1
        if message.marketing and not self.shop_silent:
            self.ask_shop()
        return message.state is MessageState.CLAIMED

    def verdict(self, message: Message) -> Verdict:
        """May it leave now; one that was at the wire as the next step came has its place taken."""
        if message.marketing and message.attempts and overtaken(message):
            return Never(OVERTAKEN)
        return may_send(self.send_facts(message), self.settings, self.now)

    def _guarded(self, message: Message) -> Verdict:
        """What the offer guard leaves of a message with an offer."""
        found = message.run.flow.offer_at(message.step_id)
        why = found and self._refusal(message, found[0])
        if found is None or not why:
            return Go()
        message.has_offer, message.no_offer = False, why
        message.template = found[1].otherwise
        self.note("gate", message.key, f"No offer: {why}")
        return Go() if message.template else Never(f"no offer: {why}")

    def _refusal(self, message: Message, step_id: str) -> str:
        """Why she is to have no offer now; "" if she may."""
        codes = (code for name, code in self.codes.items() if name[:2] == (message.run.id, step_id))
        if any(code.expires_at <= self.now for code in codes):
            return RUN_OUT
        return refuses(self.settings.offers, self._offer_history(message))

    def _offer_history(self, message: Message) -> OfferHistory:
        guard, kin = self.settings.offers, self.kin(message.shopper)
        since = self.now - timedelta(days=guard.days)
        offers = sum(
            one.has_offer and one is not message and one.inflight_at > since
            for one in self._left(kin)
            if one.inflight_at is not None
        )
        first = self.now - timedelta(days=guard.serial_days)
        carts = (self.carts[cart] for one in kin for cart in self._carts_of.get(one, ()))
        return OfferHistory(
            offers, sum(c.abandoned_at is not None and c.abandoned_at > first for c in carts)
        )

    def _left(self, kin: list[int]) -> Iterator[Message]:
        for one in kin:
            for message in self._messages_of.get(one, ()):
                if message.left:
                    yield message

    def _make_codes(self, message: Message) -> None:
        found = message.run.flow.offer_at(message.step_id) if message.has_offer else None
        if found is None:
            return
        step_id, offer = found
        for kind in offer.kinds():
            name = (message.run.id, step_id, str(kind))
            if name not in self.codes:
                self._make_code(message, step_id, kind, offer.valid_for)

    def _make_code(
        self, message: Message, step_id: str, kind: OfferKind, valid_for: timedelta
    ) -> None:
        text = code_for(self.code_secret, message.run.id, step_id, kind)
        code = Code(text, message.run, step_id, str(kind), self.now, self.now + valid_for)
        self.codes[message.run.id, step_id, str(kind)] = code
        self.made.append(code)
        self.note("discount", message.key, f"Made a code: {kind}")

    def _held_back(self, message: Message, decided: NotBefore | Never) -> None:
        if isinstance(decided, NotBefore):
            self.deferred(message, decided)
            return
        self.take_back(message, decided.reason)
        if decided.elsewhere:
            self.next_medium(message, decided.reason)

    def deferred(self, message: Message, until: NotBefore) -> None:
        """Put a message back until the gate may say something else."""
        if message.reason != until.reason:
            self.note("gate", message.key, f"{message.medium} waits: {until.reason}")
        message.due_at = until.at
        self.move(message, MessageState.SCHEDULED, until.reason)
        self.is_due(until.at, Rank.MESSAGE, message.id)

    def _hand_over(self, message: Message) -> None:
        """`inflight` is committed before a byte leaves."""
        lease, at = message.lease, self.now
        if self.vendor.answer(message.key, lease, at).fate is Fate.DIED_CLAIMED:
            self.is_due(at + LEASE, Rank.LEASE, message.id, lease)
            return
        self._reserve(message)
        message.inflight_at, message.attempts = at, message.attempts + 1
        message.address = address_of(message.shopper, message.medium)
        self.move(message, MessageState.INFLIGHT)
        self.watched()
        answer = self.vendor.send(message.key, message.medium, lease, at)
        for later, kind in answer.reports:
            self.is_due(at + answer.after + later, Rank.REPORT, message.id, kind)
        if answer.fate is Fate.DIED_INFLIGHT:
            self.is_due(at + LEASE, Rank.LEASE, message.id, lease)
        elif answer.after:
            self.is_due(at + answer.after, Rank.ANSWER, message.id, (lease, answer))
        else:
            self.answered(message, lease, answer)

    def _reserve(self, message: Message) -> None:
        """Its cost is taken off the month's cap, once."""
        if not message.cost_month:
            message.cost_micros = self.cost_of(message)
            message.cost_month = self.month
            self.spent[message.medium, message.cost_month] += message.cost_micros

    def _release(self, message: Message) -> None:
        """It certainly did not go out: nothing was spent."""
        self.spent[message.medium, message.cost_month] -= message.cost_micros
        message.cost_micros, message.cost_month = 0, ""

    def answered(self, message: Message, lease: int, answer: Answer) -> None:
        """Record an attempt's outcome, unless somebody else has the message by now."""
        if message.lease != lease or message.state not in {
            MessageState.INFLIGHT,
            MessageState.UNKNOWN,
        }:
            return
        if answer.fate is Fate.ACCEPTED:
            self.sent(message)
        elif answer.fate is Fate.UNKNOWN:
            self._unknown(message, "no answer")
        else:
            self._not_sent(message, answer)

    def sent(self, message: Message) -> None:
        """The vendor has it."""
        message.provider_id = message.key
        message.maybe_left = message.resolvable = False
        self.move(message, MessageState.SENT)
        self.note("message", message.key, f"Sent: {message.medium} “{message.template}”")
        early = self._early.pop(message.key, None)
        if early is not None:
            self.reported(message, early)

    def _not_sent(self, message: Message, answer: Answer) -> None:
        """This attempt certainly did not leave; of an earlier one that may be open."""
        if not message.maybe_left:
            self._release(message)
        message.resolvable = False
        if answer.fate is Fate.NOT_SENT and message.attempts < MAX_ATTEMPTS:
            pause = min(_FIRST_PAUSE * (1 << (message.attempts - 1)), _LONGEST_PAUSE)
            self._again(message, pause, "not sent")
            return
        if answer.stops:
            self.suppress(message.medium, message.address, answer.stops)
        self.note("message", message.key, f"{message.medium} {answer.fate}")
        if message.maybe_left:
            self.move(message, MessageState.UNKNOWN, f"it may have left before; now {answer.fate}")
            return
        self.move(message, MessageState.DEAD, str(answer.fate))
        self.next_medium(message, str(answer.fate))

    def _again(self, message: Message, pause: timedelta, reason: str) -> None:
        message.due_at = self.now + pause
        self.move(message, MessageState.SCHEDULED, reason)
        self.is_due(message.due_at, Rank.MESSAGE, message.id)

    def _unknown(self, message: Message, why: str) -> None:
        message.maybe_left = True
        repeat = self.vendor.repeat.get(message.medium, Repeat.NEVER)
        message.resolvable = repeat is not Repeat.NEVER
        self.move(message, MessageState.UNKNOWN, f"it may have left: {why}")
        text = f"{message.medium} may or may not have left: {why}"
        self.note("message", message.key, text)
        if message.resolvable:
            settled = (message.inflight_at or self.now) + LEASE + SETTLES
            self.is_due(max(settled, self.now), Rank.LEASE, message.id, message.lease)

    def lease_over(self, message: Message, lease: int) -> None:
        """Put right what broke off, and ask the vendor for what is open."""
        if message.lease != lease:
            return
        if message.state is MessageState.CLAIMED:
            self._again(message, timedelta(), "the worker stopped")
        elif message.state is MessageState.INFLIGHT:
            self._unknown(message, "the worker stopped while sending")
        elif message.state is MessageState.UNKNOWN and message.resolvable:
            self._resolve(message)

    def _resolve(self, message: Message) -> None:
        """As the vendor allows: the same key again, or what it shows."""
        repeat = self.vendor.repeat[message.medium]
        self.move(message, MessageState.RESOLVING)
        if repeat is Repeat.SAME_KEY:
            self._again(message, timedelta(), "the same key is safe")
        elif self.vendor.has(message.key):
            self.sent(message)
        elif repeat is Repeat.LOOK_UP:
            message.maybe_left = False
            self._release(message)
            self._again(message, timedelta(), "the vendor says that it never left")
        else:
            message.resolvable = False
            self.move(message, MessageState.UNKNOWN, "the vendor does not show it")

    def reported(self, message: Message, kind: ReportKind) -> None:
        """The vendor says what became of it: a delivery is final, whatever comes after it.

        Any report is proof that the vendor has the message; one that it did not arrive lets
        the next medium try.
        """
        if message.state is MessageState.INFLIGHT:
            self._early[message.key] = kind
        elif message.delivered_at is not None or message.state in WITHOUT_EFFECT:
            return
        elif kind is ReportKind.DELIVERED:
            self._delivered(message)
        elif kind is ReportKind.FAILED and message.state in _MAY_FAIL:
            self._failed(message)

    def _delivered(self, message: Message) -> None:
        if message.state is not MessageState.SENT:
            if not message.attempts:
                return
            self.sent(message)
        message.delivered_at = self.now
        self.note("message", message.key, f"Delivered: {message.medium}")

    def _failed(self, message: Message) -> None:
        if message.attempts == 1:
            message.maybe_left = False  # the only one that was in doubt
        message.resolvable = False
        self.move(message, MessageState.FAILED, "not delivered")
        self.note("message", message.key, f"{message.medium}: not delivered")
        self.next_medium(message, "not delivered")
