"""One store's rehearsal: tell it things, let time pass, read its log."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.domain.carts import OrderSnapshot
from connector.domain.flows import Flow
from connector.domain.flows.holdout import Holdout
from connector.domain.settings import StoreSettings
from connector.ports import events
from connector.rehearsal import news
from connector.rehearsal.base import Rank
from connector.rehearsal.news import Event, Told
from connector.rehearsal.rows import GOING_ON, FlowRow, FlowState, Message, RunState
from connector.rehearsal.wishes import Wishes

_WHILE_INSTALLED = (events.CartChanged, events.ContactChanged, events.ConsentChanged)


@dataclass
class Engine(Wishes):
    """The engine of the service with rows in memory and a clock that is set by hand.

    `tell` lets time pass up to the event and takes it in; `tick` only lets time pass. Nothing
    is done late unless it was told that the service was away.
    """

    def tell(self, event: Event, at: datetime) -> None:
        """Something became known at `at`; nothing may be told of the past."""
        self.tick(at)
        if not (self.uninstalled and isinstance(event, _WHILE_INSTALLED)):
            HEARD[type(event)](self, event)
        self.watched()

    def tell_all(self, told: Iterable[Told]) -> None:
        """A whole story, in the order of its times."""
        for one in told:
            self.tell(one.event, one.at)

    def tick(self, now: datetime) -> None:
        """Let time pass: everything that falls due is done at its own moment."""
        while self._due and self._due[0][0] <= now:
            at, rank, row_id, what = heapq.heappop(self._due)
            self.now = max(self.now, at)
            DONE[rank](self, row_id, what)
            self.watched()
        self.now = max(self.now, now)

    def away(self, length: timedelta) -> None:
        """Time passes and nothing is done: the machine was off."""
        self.now += length

    def named(self, key: str) -> Message:
        """The message that a vendor knows by this key."""
        return self._by_key[key]

    def log_hash(self) -> str:
        """The same for the same story, told to the same engine."""
        return str(self.log.digest.hexdigest())

    def order_at_shop(self, told: OrderSnapshot) -> None:
        """The shop shows it when it is asked."""
        self._books.append(told)

    def edit(self, settings: StoreSettings) -> None:
        """The merchant saved her settings."""
        self.settings = settings

    def silence(self, *, silent: bool) -> None:
        """The shop does (not) answer from now on."""
        self.shop_silent = silent

    def install(self, flow: Flow) -> FlowRow:
        """Add a flow, switched on, or a new version of one that is there."""
        row = self.flows.get(flow.key)
        if row is None:
            row = self.flows[flow.key] = FlowRow(len(self.flows) + 1, flow)
        row.flow = flow
        return row

    def measure(self, key: str, holdout: Holdout) -> None:
        """Begin, change or end a flow's measurement."""
        self.flows[key].holdout = holdout

    def switch(self, key: str, state: FlowState) -> None:
        """On, off, paused: off cancels the runs, paused keeps them waiting."""
        row = self.flows[key]
        if row.state is state:
            return
        row.state = state
        self.note("flow", row.key, f"The flow is {state}")
        if state is FlowState.OFF:
            self._end_all(row, "the flow was switched off")

    def _end_all(self, row: FlowRow, reason: str) -> None:
        for message in self.messages.values():
            if message.run.row is row:
                self.take_back(message, reason)
        for run in self.runs.values():
            if run.row is row and run.state in GOING_ON:
                self.end(run, RunState.CANCELLED, reason)

    def uninstall(self) -> None:
        self.uninstalled = True
        for run in self.runs.values():
            if run.state in GOING_ON:
                self.cancel(run, "the store removed the app")
        for message in self.messages.values():
            self.take_back(message, "the store removed the app")
        self.note("store", self.shop.name, "The app was removed")


HEARD: dict[type, Callable[[Engine, Any], object]] = {
    events.CartChanged: lambda engine, event: engine.cart_told(event.cart),
    events.CartClosed: lambda engine, event: engine.emptied(event.names, event.at),
    events.OrderPlaced: lambda engine, event: engine.order_told(event.order),
    events.OrderCancelled: lambda engine, event: engine.cancelled(event),
    events.OrderRefunded: lambda engine, event: engine.refunded(event),
    events.ContactChanged: lambda engine, event: engine.account_told(event),
    events.ConsentChanged: lambda engine, event: engine.consent_told(event),
    events.ErasureAsked: lambda engine, event: engine.erase(event),
    events.AppUninstalled: lambda engine, _: engine.uninstall(),
    # They change nothing that decides:
    events.OrderFailed: lambda *_: None,
    events.ProductChanged: lambda *_: None,
    events.DataAsked: lambda *_: None,
    events.Ignored: lambda *_: None,
    news.PlacedAtShop: lambda engine, event: engine.order_at_shop(event.order),
    news.Unsubscribed: lambda engine, event: engine.unsubscribe(event.person, event.medium),
    news.Clicked: lambda engine, event: engine.clicked(event.person),
    news.SettingsEdited: lambda engine, event: engine.edit(event.settings),
    news.ShopSilent: lambda engine, event: engine.silence(silent=event.silent),
    news.FlowApplied: lambda engine, event: engine.install(event.flow),
    news.FlowSwitched: lambda engine, event: engine.switch(event.key, event.state),
    news.HoldoutSet: lambda engine, event: engine.measure(event.key, event.holdout),
    news.Reported: lambda engine, event: engine.reported(engine.named(event.key), event.kind),
    news.ServiceAway: lambda engine, event: engine.away(event.length),
}
DONE: dict[Rank, Callable[[Engine, int, Any], None]] = {
    Rank.ANSWER: lambda engine, one, what: engine.answered(engine.messages[one], *what),
    Rank.LEASE: lambda engine, one, lease: engine.lease_over(engine.messages[one], lease),
    Rank.REPORT: lambda engine, one, kind: engine.reported(engine.messages[one], kind),
    Rank.CART: lambda engine, one, _: engine.look_again(engine.carts[one]),
    Rank.RUN: lambda engine, one, _: engine.advance(engine.runs[one]),
    Rank.MESSAGE: lambda engine, one, _: engine.deliver(engine.messages[one]),
}
