"""Walks a picture through the pure domain: entry, steps and the gate, without a database.

The clock jumps from one thing that is due to the next. What the services keep in rows is kept
here in a few lists, by the same rules: a message that still waits is taken back when the next
one is planned, and when she buys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from connector.domain.carts import CartState
from connector.domain.flows import (
    STEPS,
    Do,
    Errand,
    Exit,
    Facts,
    Finish,
    Flow,
    GoTo,
    Offer,
    RunFacts,
    Tag,
    WaitUntil,
    Write,
    begin,
    decide,
    read_text,
)
from connector.domain.flows.entry import (
    Enter,
    EntryFacts,
    Happening,
    Past,
    Skip,
    Who,
    judge,
    listens,
)
from connector.domain.flows.flow import CART_TRIGGERS
from connector.domain.flows.sending import Sending
from connector.domain.gate import Go, Never, NotBefore, SendFacts, may_send
from connector.domain.money import Money
from connector.domain.settings import StoreSettings
from tests.library.pictures import Picture

LIBRARY = Path(__file__).resolve().parents[2] / "templates" / "flows"


@cache
def library(key: str) -> Flow:
    """A flow of the library."""
    return read_text((LIBRARY / f"{key}.yaml").read_text(encoding="utf-8"))


def walk(picture: Picture, person: str = "1") -> list[str]:
    """What she gets, as lines; `person` is whom splits are drawn for."""
    return _Walk(picture, library(picture.flow), person).through()


@dataclass(frozen=True)
class _Sent:
    at: datetime
    planned_for: datetime
    medium: str
    send: Sending
    offer: Offer | None


@dataclass
class _Walk:
    picture: Picture
    flow: Flow
    person: str
    now: datetime = field(init=False)
    entered_step_at: datetime = field(init=False)
    where: GoTo | Finish = field(init=False)
    ordered: bool = False
    variants: dict[str, str] = field(default_factory=dict)
    sent: list[_Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        raw = {} if self.picture.quiet is None else {"quiet": self.picture.quiet}
        self.settings = StoreSettings.of(raw)
        self.now = self.picture.began
        if self.picture.begins in CART_TRIGGERS:
            self.now += self.settings.idle
        self.left_at = self.now
        self.ends_it = Exit.ORDER in self.flow.exits

    def through(self) -> list[str]:
        """From the entry to the end."""
        refused = self._enter()
        if refused:
            return [refused]
        while isinstance(self.where, GoTo):
            self.entered_step_at = self.now
            self.where = self._leave(self.where)
        self._take_back(self.picture.bought)
        return [self.picture.line(s.at, s.medium, s.send.template, s.offer) for s in self.sent]

    def _enter(self) -> str:
        happening = Happening(self.picture.begins, "this", self.picture.began, self.picture.nth)
        if not listens(self.flow, happening):
            return "not entered: it does not begin with this"
        zone = self.picture.place.zone
        facts = EntryFacts(happening, Past(), Who(), self._shopper("entry"), zone)
        match judge(self.flow, facts, self.now):
            case Skip(reason):
                return f"not entered: {reason}"
            case Enter(at) if self._buys_before(at):
                return "not entered: she ordered before"
            case Enter(at):
                self.now = max(at, self.now)
                self.where = begin(self.flow, STEPS, "nothing to do")
                return ""

    def _buys_before(self, at: datetime) -> bool:
        """An order before the first step cancels what has not begun."""
        return self.ends_it and self.picture.bought is not None and self.picture.bought < at

    def _leave(self, here: GoTo) -> GoTo | Finish:
        """Stay on a step until it lets go."""
        while True:
            match decide(self.flow, self._run(here), self.now):
                case WaitUntil(at):
                    self._let_time_pass(at)
                case Do(what, then):
                    self._do(here.step_id, what)
                    return then
                case GoTo() as onward:
                    if onward.variant:
                        self.variants[here.step_id] = onward.variant
                    return onward
                case Finish() as finish:
                    return finish

    def _let_time_pass(self, at: datetime) -> None:
        bought = self.picture.bought
        if bought is not None and not self.ordered and bought <= at:
            self.ordered, self.now = True, max(bought, self.now)
            self._take_back(self.now)
        else:
            self.now = at

    def _take_back(self, since: datetime | None) -> None:
        """She ordered: marketing that has not left by then never does."""
        if since is not None and self.ends_it:
            self.sent = [s for s in self.sent if s.send.transactional or s.at < since]

    def _do(self, step_id: str, what: Write | Tag | Errand) -> None:
        if not isinstance(what, Write):
            return
        if not what.send.transactional:
            self.sent = [s for s in self.sent if s.send.transactional or s.at <= self.now]
        found = self.flow.offer_at(step_id)
        for medium in what.send.media:
            verdict = self._gate(medium, what.send, has_offer=found is not None)
            if isinstance(verdict, datetime):
                offer = found[1] if found else None
                self.sent.append(_Sent(verdict, self.now, medium, what.send, offer))
            if isinstance(verdict, datetime) or not verdict.elsewhere:
                return

    def _gate(self, medium: str, send: Sending, *, has_offer: bool) -> datetime | Never:
        """When it leaves, or why never; asked again at each time that the gate names."""
        at, facts = self.now, self._facts(medium, send, has_offer=has_offer)
        while True:
            match may_send(facts, self.settings, at):
                case Go():
                    return at
                case NotBefore(later):
                    at = later
                case Never() as never:
                    return never

    def _facts(self, medium: str, send: Sending, *, has_offer: bool) -> SendFacts:
        marketing = [s for s in self.sent if not s.send.transactional]
        last = marketing[-1] if marketing else None
        about_cart = self.flow.text.entry.about_cart
        return SendFacts(
            medium=medium,
            marketing=not send.transactional,
            address="known",
            planned_for=self.now,
            expires_at=self.now + timedelta(hours=send.within_hours),
            store_state="active",
            run_active=True,
            ordered=self.ordered and self.ends_it,
            erased=False,
            suppressed=False,
            consent=self.picture.who.consents.get(medium, ""),
            country=self.picture.place.country,
            phone_country=self.picture.place.country,
            zones=(self.picture.place.zone,),
            cart_state=CartState.ABANDONED if about_cart else None,
            cart_due_at=None,
            cart_activity_at=self.picture.began if about_cart else None,
            texts_about_cart=sum(s.medium == "sms" for s in marketing) if about_cart else 0,
            channel_paused="",
            channel_known=True,
            picture_fresh=True,
            has_offer=has_offer,
            own_last=(last.planned_for, last.at) if last else None,
        )

    def _run(self, here: GoTo) -> RunFacts:
        return RunFacts(
            branch=here.branch,
            step_id=here.step_id,
            entered_step_at=self.entered_step_at,
            started_at=self.picture.began,
            last_activity_at=self.picture.began,
            abandoned_at=self.left_at,
            ordered=self.ordered,
            zone=self.picture.place.zone,
            shopper=self._shopper(here.step_id),
            variants=self.variants,
        )

    def _shopper(self, step_id: str) -> Facts:
        return Facts(
            currency=self.picture.place.currency,
            draw=f"{self.flow.key}:{self.person}:{step_id}",
            orders_count=self.picture.who.orders,
            total_spent=Money.parse(self.picture.who.spent, self.picture.place.currency),
            ordered=self.ordered,
            consents=self.picture.who.consents,
            country=self.picture.place.country,
        )
