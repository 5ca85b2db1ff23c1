"""Anything may happen to the engine in any order: the invariants hold.

`CARTWRIGHT_MACHINE=20000x100` plays so many stories of so many steps, other ones each time.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from connector.domain.carts import CartSnapshot, OrderSnapshot
from connector.domain.flows import read
from connector.domain.flows.holdout import Holdout
from connector.domain.money import Money
from connector.domain.people import Person
from connector.domain.settings import Caps, OfferGuard, Quiet, StoreSettings, Texts
from connector.ports.channel import Repeat, ReportKind
from connector.ports.events import (
    AppUninstalled,
    CartChanged,
    CartClosed,
    ContactChanged,
    ErasureAsked,
    OrderCancelled,
    OrderPlaced,
    OrderRefunded,
)
from connector.rehearsal import news
from connector.rehearsal.news import Event
from connector.rehearsal.rows import GOING_ON, FlowState, MessageState
from connector.rehearsal.vendors import ACCEPTED, Answer, Fate, Vendor
from tests.rehearsal.cast import (
    HIS_SON,
    MINA,
    NOON,
    OSCAR,
    agreed,
    cart,
    flow,
    order,
    send,
    shop,
    wait,
)

OFFER = {"percent": 5, "free_shipping": True, "otherwise": "benefits"}
LADDER = flow(
    "ladder",
    wait("calm", hours=1, since="last_activity"),
    send("mail", "email"),
    wait("pause", hours=5),
    send("text", "sms", "email", offer=OFFER, within_hours=8),
    {"id": "evening", "wait_until": {"time": "18:30"}},
    send("last", "sms", "email", offer={"percent": 10}),
    trigger={"on": ["checkout_abandoned", "cart_abandoned"]},
    rules={"priority": 5, "cooldown_days": 1},
    on_order=[send("thanks", "email", transactional=True)],
)
BUYERS = flow(
    "buyers",
    wait("while", hours=6),
    send("review", "email", "sms"),
    {"id": "tell", "notify": {"by": "slack", "text": "She bought"}},
    trigger="order_placed",
    rules={"cooldown_days": 0, "exits": ["refunded"]},
)
BACK = flow(
    "back", send("miss", "email"), wait("more", days=1), send("gift", "sms", offer=OFFER),
    trigger={"on": "win_back", "days": 3},
)  # fmt: skip
HELLO = flow("hello", send("welcome", "email"), trigger="customer_created")
FLOWS = ("ladder", "buyers", "back", "hello")

CHOICES = (
    StoreSettings(),
    StoreSettings(quiet={}, caps=Caps(per_day=0, per_week=0)),
    StoreSettings(
        quiet={
            "email": Quiet(from_="22:00", until="07:00", resume="11:00"),
            "sms": Quiet(from_="12:00", until="17:00"),
        },
        caps=Caps(per_day=2, per_week=3, gap_minutes=180),
        offers=OfferGuard(per_person=1, serial_carts=2),
        texts=Texts(price={"*": 0.5}, month_cap=1.2, most=0.6),
    ),
)
FATES = st.sampled_from(
    [
        *(Answer(fate) for fate in Fate),
        Answer(Fate.UNKNOWN, took=True),
        Answer(Fate.DIED_INFLIGHT, took=True),
        Answer(Fate.REFUSED, stops="bad address"),
        Answer(Fate.ACCEPTED, after=timedelta(seconds=20)),
        Answer(Fate.UNKNOWN, took=True, after=timedelta(seconds=40)),
    ]
)
PEOPLE = st.sampled_from([MINA, OSCAR, HIS_SON])
NAMES = st.sampled_from(["c1", "c2", "c3"])
KINDS = st.sampled_from(["cart", "checkout", "checkout", "unpaid_order"])
MEDIA = st.sampled_from(["email", "sms"])
AGO = st.sampled_from([0, 0, 0, 1, 90, 3600, 90_000]).map(lambda s: timedelta(seconds=s))


@dataclass
class Scripted(Vendor):
    """Answers as it was told, then accepts."""

    script: deque[Answer] = field(default_factory=deque)
    given: dict[tuple[str, int], Answer] = field(default_factory=dict)

    def answer(self, key: str, attempt: int, at: datetime) -> Answer:
        if (key, attempt) not in self.given:
            self.given[key, attempt] = self.script.popleft() if self.script else ACCEPTED
        return self.given[key, attempt]


class EngineMachine(RuleBasedStateMachine):
    """One shop, three people of whom two share a phone, four flows."""

    @initialize(repeat=st.sampled_from(Repeat), chosen=st.sampled_from(CHOICES))
    def opens(self, repeat: Repeat, chosen: StoreSettings) -> None:
        self.vendor = Scripted(repeat={"email": repeat, "sms": repeat})
        self.engine = shop(LADDER, BUYERS, BACK, HELLO, settings=chosen, vendor=self.vendor)
        self.carts: list[CartSnapshot] = []
        self.orders: list[OrderSnapshot] = []
        for person in (MINA, OSCAR):
            self.tell(agreed(person, NOON, "email", "sms").event)

    @property
    def now(self) -> datetime:
        return self.engine.now

    def tell(self, event: Event) -> None:
        self.engine.tell(event, self.now)

    @rule(minutes=st.sampled_from([1, 5, 31, 45, 61, 200, 400, 1500, 3000]))
    def time_passes(self, minutes: int) -> None:
        self.engine.tick(self.now + timedelta(minutes=minutes))

    @rule(who=PEOPLE, name=NAMES, kind=KINDS, ago=AGO)
    def a_cart_changes(self, who: Person, name: str, kind: str, ago: timedelta) -> None:
        changed = cart(who, self.now - ago, name, kind)
        self.carts.append(changed)
        self.tell(CartChanged(changed))

    @precondition(lambda self: self.carts)
    @rule(data=st.data())
    def old_news_comes_again(self, data: Any) -> None:
        self.tell(CartChanged(data.draw(st.sampled_from(self.carts))))

    @rule(name=NAMES, ago=AGO)
    def a_cart_is_emptied(self, name: str, ago: timedelta) -> None:
        self.tell(CartClosed((name,), self.now - ago))

    @rule(who=PEOPLE, of=st.sampled_from(["c1", "c2", "none"]), ago=AGO, told=st.booleans())
    def somebody_orders(self, who: Person, of: str, ago: timedelta, told: bool) -> None:
        placed = order(who, self.now - ago, f"#{len(self.orders)}", of)
        self.orders.append(placed)
        self.tell(news.PlacedAtShop(placed))
        if told:
            self.tell(OrderPlaced(placed))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), later=st.sampled_from([0, 60]))
    def an_order_is_told_of(self, data: Any, later: int) -> None:
        placed = data.draw(st.sampled_from(self.orders))
        at = placed.source_at + timedelta(seconds=later)
        self.tell(OrderPlaced(replace(placed, source_at=at, paid_at=at)))

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), cents=st.sampled_from([1000, 4000]), cancelled=st.booleans())
    def an_order_goes_back(self, data: Any, cents: int, cancelled: bool) -> None:
        name = data.draw(st.sampled_from(self.orders)).external_id
        back = OrderRefunded(name, self.now, f"r{cents}", Money("USD", cents))
        self.tell(OrderCancelled(name, self.now) if cancelled else back)

    @rule(who=PEOPLE, medium=MEDIA, yes=st.booleans())
    def somebody_says_yes_or_no(self, who: Person, medium: str, yes: bool) -> None:
        self.tell(agreed(who, self.now, medium, state="yes" if yes else "no").event)

    @rule(who=PEOPLE, medium=MEDIA)
    def somebody_unsubscribes(self, who: Person, medium: str) -> None:
        self.tell(news.Unsubscribed(who, medium))

    @rule(who=PEOPLE)
    def somebody_clicks(self, who: Person) -> None:
        self.tell(news.Clicked(who))

    @rule(who=PEOPLE)
    def somebody_is_forgotten(self, who: Person) -> None:
        self.tell(ErasureAsked(who, ()))

    @rule(who=PEOPLE)
    def an_account_is_made(self, who: Person) -> None:
        account = replace(who, customer_id=f"id-{who.phone}")
        self.tell(ContactChanged(account, self.now, created=True))

    @rule(chosen=st.sampled_from(CHOICES))
    def the_merchant_edits_her_settings(self, chosen: StoreSettings) -> None:
        self.tell(news.SettingsEdited(chosen))

    @rule(key=st.sampled_from(FLOWS), state=st.sampled_from(FlowState))
    def the_merchant_switches_a_flow(self, key: str, state: FlowState) -> None:
        self.tell(news.FlowSwitched(key, state))

    @rule(hours=st.sampled_from([2, 6]))
    def the_merchant_saves_a_flow(self, hours: int) -> None:
        text = {**LADDER, "steps": [wait("calm", hours=hours), *LADDER["steps"][1:]]}
        self.tell(news.FlowApplied(read(text)))

    @rule(key=st.sampled_from(FLOWS), percent=st.sampled_from([0, 50]), salt=st.text(max_size=2))
    def the_merchant_measures(self, key: str, percent: int, salt: str) -> None:
        self.tell(news.HoldoutSet(key, Holdout(percent, salt)))

    @rule(answers=st.lists(FATES, min_size=1, max_size=3))
    def the_vendor_will_fail(self, answers: list[Answer]) -> None:
        self.vendor.script.extend(answers)

    @precondition(lambda self: self.vendor.log)
    @rule(data=st.data(), kind=st.sampled_from([ReportKind.DELIVERED, ReportKind.FAILED]))
    def the_vendor_reports(self, data: Any, kind: ReportKind) -> None:
        self.tell(news.Reported(data.draw(st.sampled_from(self.vendor.log)).key, kind))

    @rule(silent=st.booleans())
    def the_shop_does_not_answer(self, silent: bool) -> None:
        self.tell(news.ShopSilent(silent))

    @rule(minutes=st.sampled_from([3, 100, 2000]))
    def the_service_is_away(self, minutes: int) -> None:
        self.tell(news.ServiceAway(timedelta(minutes=minutes)))

    @precondition(lambda self: self.now > NOON + timedelta(days=6))
    @rule()
    def the_app_is_removed(self) -> None:
        self.tell(AppUninstalled(self.now))

    def teardown(self) -> None:
        """In the end everything is done, each thing with its outcome or its reason."""
        if not hasattr(self, "engine"):
            return
        for key in FLOWS:
            if self.engine.flows[key].state is FlowState.PAUSED:
                self.tell(news.FlowSwitched(key, FlowState.ON))
        self.engine.tick(self.now + timedelta(days=60))
        done = {MessageState.SENT, MessageState.UNKNOWN, MessageState.CANCELLED}
        done |= {MessageState.DEAD, MessageState.FAILED}
        assert all(message.state in done for message in self.engine.messages.values())
        assert all(run.state not in GOING_ON for run in self.engine.runs.values())
        told = [m for m in self.engine.messages.values() if m.state is not MessageState.SENT]
        assert all(message.reason for message in told)


_asked = os.environ.get("CARTWRIGHT_MACHINE", "")
_stories, _steps = map(int, _asked.split("x")) if _asked else (150, 40)
EngineMachine.TestCase.settings = settings(
    max_examples=_stories,
    stateful_step_count=_steps,
    derandomize=not _asked,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestEngine = EngineMachine.TestCase
