"""Runs: their next moves, and what ends them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain import flows as domain
from connector.domain.carts import CartLine, CartState
from connector.domain.flows import (
    Do,
    Errand,
    Exit,
    Facts,
    Finish,
    GoTo,
    RunFacts,
    Tag,
    WaitUntil,
    Write,
)
from connector.domain.flows.paths import AT_ONCE
from connector.domain.money import Money
from connector.domain.purchases import Tally, nth, over_her_life
from connector.rehearsal.base import Rank
from connector.rehearsal.ledger import Ledger
from connector.rehearsal.people import address_of
from connector.rehearsal.rows import (
    GOING_ON,
    CartRow,
    ErrandRow,
    FlowState,
    OrderRow,
    Run,
    RunState,
    Shopper,
)

SLACK = timedelta(minutes=2)  # an order may be dated just before its own cart's last change
_PAUSED = timedelta(minutes=15)
_MINUTE = timedelta(minutes=1)
_MEDIA = ("email", "sms")


@dataclass
class Runs(Ledger):
    """People on their way through flows."""

    def advance(self, run: Run) -> None:
        """Take a due run as far as it goes."""
        if run.state not in GOING_ON or run.due_at > self.now:
            return
        if run.row.state is FlowState.PAUSED:
            self.run_due(run, self.now + _PAUSED)
        elif run.row.state is FlowState.OFF:
            self.cancel(run, "the flow was switched off")
        elif run.state is RunState.ACTIVE or self._begun(run):
            self._walk(run)

    def _begun(self, run: Run) -> bool:
        """Its time has come; False if its cart does not wait any more."""
        cart = run.cart
        if cart is not None and cart.state is CartState.OPEN:
            self.run_due(run, (cart.due_at or self.now) + _MINUTE)
            return False
        if cart is not None and cart.state is not CartState.ABANDONED:
            self.cancel(run, f"the cart is {cart.state}")
            return False
        run.state, run.entered_step_at = RunState.ACTIVE, run.due_at
        self.touch("run", run)
        return True

    def _walk(self, run: Run) -> None:
        for _ in range(AT_ONCE):
            action = domain.decide(run.flow, self.run_facts(run), self.now)
            if isinstance(action, Do):
                self._carry_out(run, action.what)
                action = action.then
            if isinstance(action, WaitUntil):
                return self.run_due(run, action.at)
            self._chosen(run, action)
            if isinstance(action, Finish):
                return self.end(run, RunState.FINISHED, action.reason)
            self._go(run, action)
        return self.run_due(run, self.now)

    def run_due(self, run: Run, at: datetime) -> None:
        """Look at the run again at `at`."""
        run.due_at = at
        self.is_due(at, Rank.RUN, run.id)

    def run_facts(self, run: Run) -> RunFacts:
        """What its next move depends on; the shopper is looked at only where a step asks."""
        cart, node = run.cart, run.flow.nodes.get(run.step_id)
        draw = f"{run.flow.key}:{run.shopper.id}:{run.step_id}"
        asks = node is not None and node.step.asks
        return RunFacts(
            branch=run.branch,
            step_id=run.step_id,
            entered_step_at=run.entered_step_at,
            started_at=run.started_at,
            last_activity_at=cart.activity_at if cart else run.started_at,
            abandoned_at=(cart.abandoned_at if cart else None) or run.started_at,
            ordered=run.order is not None
            or (node is not None and node.kind == "wait_for" and self.bought_since(run)),
            zone=self.zone_of(run.shopper),
            clicked=any(message.clicked for message in run.messages),
            shopper=(
                self.facts(run.shopper, cart, run.entry_order, run, draw)
                if asks
                else Facts(self.shop.currency, draw)
            ),
            variants=run.variants,
        )

    def facts(
        self,
        shopper: Shopper,
        cart: CartRow | None,
        order: OrderRow | None = None,
        run: Run | None = None,
        draw: str = "",
    ) -> Facts:
        """Everything that a condition may ask."""
        told = (cart or order).told if cart or order else None  # type: ignore[union-attr]
        lines: tuple[CartLine, ...] = told.lines if told else ()
        if cart is not None and shopper.erased_at:
            lines = ()
        products = frozenset(line.product_id for line in lines)
        placed = order or (run.order if run else None)
        bought = self._bought(shopper)
        return Facts(
            currency=self.shop.currency,
            draw=draw,
            cart_value=told.total if told else None,
            cart_items=sum(line.quantity for line in lines),
            products=products,
            collections=frozenset(c for p in products for c in self.collections.get(p, ())),
            payment=str(cart.told.payment) if cart else "",
            orders_count=bought.count,
            orders_since=self._from_here(shopper, placed) if placed else 0,
            total_spent=Money(self.shop.currency, bought.minor),
            ordered=run is not None and self.bought_since(run),
            clicked=run is not None and any(one.clicked for one in run.messages),
            consents=self._consents(shopper),
            reachable=frozenset(m for m in _MEDIA if address_of(shopper, m)),
            country=shopper.person.country,
            language=(cart.told.locale if cart else "") or shopper.person.locale,
            tags=shopper.tags | shopper.shop_tags,
            roles=shopper.roles,
        )

    def _consents(self, shopper: Shopper) -> Mapping[str, str]:
        return {medium: self.consent(shopper, medium) for medium in _MEDIA}

    def which_purchase(self, shopper: Shopper, order: OrderRow) -> int:
        """Which purchase of hers an order is: 1 for the first of her life."""
        return nth(self._bought(shopper).count, self._from_here(shopper, order))

    def _bought(self, shopper: Shopper) -> Tally:
        """Her purchases over her life; the shop's figures are as of when it was asked."""
        orders, asked_at = self._purchases(shopper), shopper.shop_asked_at
        later = [one for one in orders if asked_at and one.told.placed_at > asked_at]
        return over_her_life(
            self._tally(orders), self._tally(later), shopper.shop_orders, shopper.shop_spent_minor
        )

    def _tally(self, orders: Sequence[OrderRow]) -> Tally:
        own = [one for one in orders if one.told.total.currency == self.shop.currency]
        return Tally(len(orders), sum(one.told.total.minor - one.refunded_minor for one in own))

    def _from_here(self, shopper: Shopper, order: OrderRow) -> int:
        """How many of her purchases that we saw are this one or came after it."""
        here = (order.told.placed_at, order.id)
        return sum((one.told.placed_at, one.id) >= here for one in self._purchases(shopper))

    def _purchases(self, shopper: Shopper) -> list[OrderRow]:
        return [order for order in self._orders_of[shopper.id] if order.counts]

    def covering(
        self,
        names: Iterable[str],
        shopper: Shopper | None,
        since: datetime,
        but: OrderRow | None = None,
    ) -> OrderRow | None:
        """The order that a cart became: it names the cart, or she placed it since then."""
        found = [order for name in names for order in self._orders_naming.get(name, ())]
        for one in self.kin(shopper) if shopper else ():
            hers = self._orders_of.get(one, ())
            found += [order for order in hers if order.made_at >= since]
        live = [one for one in found if one.state != "cancelled" and one is not but]
        return min(live, key=lambda order: order.told.placed_at, default=None)

    def bought_since(self, run: Run) -> bool:
        """True if she bought since the run began, under any of her names."""
        if run.order is not None:
            return True
        since = run.started_at - SLACK
        return self.covering((), run.shopper, since, run.entry_order) is not None

    def _carry_out(self, run: Run, what: Write | Tag | Errand) -> None:
        match what:
            case Write(send):
                self.plan(run, run.flow, send)
            case Tag(add, remove):
                run.shopper.tags = (run.shopper.tags | set(add)) - set(remove)
            case Errand(outlet):
                self._tell(run, outlet)

    def _tell(self, run: Run, outlet: str) -> None:
        if (run.id, run.step_id) not in self.errands:
            self.errands[run.id, run.step_id] = ErrandRow(run, run.step_id, outlet, self.now)
            self.note("errand", run.name, f"“{run.step_id}” tells {outlet}")

    def _chosen(self, run: Run, move: GoTo | Finish) -> None:
        if move.variant:
            run.variants = {**run.variants, run.step_id: move.variant}
        if move.why:
            self.note("flow", run.name, f"“{run.step_id}”: {move.why}")

    def _go(self, run: Run, move: GoTo) -> None:
        if move.branch != run.branch:
            run.entered_step_at = min(self.now, run.due_at)
        elif move.at is not None:
            run.entered_step_at = move.at
        run.branch, run.step_id = move.branch, move.step_id

    def going_on(self, shoppers: Iterable[int], cart: CartRow | None = None) -> list[Run]:
        """Runs of these people (about a cart) that go on, oldest first."""
        runs = [run for one in sorted(set(shoppers)) for run in self._runs_of.get(one, ())]
        found = [r for r in runs if r.state in GOING_ON and (cart is None or r.cart is cart)]
        return sorted(found, key=lambda run: run.id)

    def listening(self, shoppers: Iterable[int]) -> list[Run]:
        """Of runs that are through their steps the newest whose cart still waits, if any."""
        runs = [run for one in set(shoppers) for run in self._runs_of.get(one, ())]
        found = [
            run
            for run in runs
            if run.state is RunState.FINISHED
            and run.order is None
            and run.cart is not None
            and not run.cart.closed
        ]
        return [max(found, key=lambda run: run.id)] if found else []

    def wake(self, runs: Iterable[Run]) -> None:
        """Let runs look around: something happened that they may have waited for."""
        for run in runs:
            if run.state is RunState.ACTIVE and run.due_at > self.now:
                self.run_due(run, self.now)

    def order_arrived(self, run: Run, order: OrderRow) -> None:
        """She ordered: the run's marketing is off, its own branch begins."""
        if run.state is RunState.PENDING:
            self.cancel(run, "the person has ordered")
            return
        run.state, run.order, run.reason = RunState.ACTIVE, order, ""
        self.touch("run", run)
        self.run_due(run, self.now)
        self.cancel_messages(run, "the person has ordered")

    def stop_after_purchase(self, shopper: int, bought_at: datetime) -> None:
        """Take back what waits of her runs that are through their steps, where orders end them."""
        for message in self._messages_of.get(shopper, ()):
            run = message.run
            ends = run.started_at <= bought_at and Exit.ORDER in run.flow.exits
            if message.marketing and ends:
                self.take_back(message, "the person has ordered")

    def cancel(self, run: Run, reason: str) -> None:
        """Stop a run and all its marketing messages that have not left."""
        self.cancel_messages(run, reason)
        self.end(run, RunState.CANCELLED, reason)

    def end(self, run: Run, state: RunState, reason: str) -> None:
        """Close a run."""
        run.state, run.reason = state, reason
        self.touch("run", run)
        self.note("flow", run.name, f"The flow ended: {reason}")
