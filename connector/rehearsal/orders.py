"""Orders: recorded once, joined to their cart, and everything that a purchase stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.carts import CartState, OrderSnapshot, OrderState
from connector.domain.flows import Exit, TriggerKind
from connector.domain.flows.entry import Happening
from connector.ports.events import OrderCancelled, OrderRefunded
from connector.rehearsal.carts import Carts
from connector.rehearsal.entries import Occasion
from connector.rehearsal.rows import CartRow, MessageState, OrderRow, Shopper
from connector.rehearsal.runs import SLACK

TOO_OLD = timedelta(hours=48)  # what a store tells of its past begins nothing
TOTAL = "total"  # the name under which a platform states the sum of all refunds

_News = list[tuple[TriggerKind, datetime]]


@dataclass
class Orders(Carts):
    """The store's orders."""

    def ask_shop(self) -> None:
        """Ask the shop for all orders that it has by now."""
        books, self._books = self._books, []
        for told in books:
            self.order_told(told)

    def order_told(self, told: OrderSnapshot) -> None:
        """Keep a purchase and stop what it stops, unless it is old news."""
        buyers = self._buyers(told)
        row = self.orders.get(told.external_id)
        if row is not None and told.source_at <= row.source_at:
            return
        happened: _News = [] if row else [(TriggerKind.ORDER_PLACED, told.placed_at)]
        arrived = row is None
        if row is None:
            row = OrderRow(len(self.orders) + 1, told, self.now, told.source_at)
            self.orders[told.external_id] = row
        happened += _news(row, told)
        self._describe_order(row, told, buyers)
        if arrived:
            self._arrived(row, buyers)
        self._begin_flows(row, happened)

    def _buyers(self, told: OrderSnapshot) -> list[Shopper]:
        """Everyone whom this purchase concerns; the buyer herself first."""
        cart = self._named_by(told)
        ids = set(self.matching(told.person.identities()))
        ids |= {cart.shopper_id} if cart and cart.shopper_id else set()
        buyer = self.known(told.person, told.source_at)
        others = [self.shoppers[one] for one in sorted(ids) if not buyer or one != buyer.id]
        return ([buyer] if buyer else []) + others

    def _named_by(self, told: OrderSnapshot) -> CartRow | None:
        names = self._cart_names
        ids = [names[token] for token in told.cart_tokens if token in names]
        return self.carts[max(ids)] if ids else None

    def _describe_order(
        self, row: OrderRow, told: OrderSnapshot, buyers: Sequence[Shopper]
    ) -> None:
        first = row.told is told
        known = set() if first else set(row.told.cart_tokens)
        row.told, row.source_at, row.state = told, told.source_at, _alive(row.state)
        row.paid_at = told.paid_at or row.paid_at
        row.fulfilled_at = told.fulfilled_at or row.fulfilled_at
        if row.shopper_id is None and buyers:
            row.shopper_id = buyers[0].id
            self._orders_of[buyers[0].id].append(row)
        for token in told.cart_tokens:
            if token not in known:
                self._orders_naming[token].append(row)

    def _arrived(self, row: OrderRow, buyers: Sequence[Shopper]) -> None:
        self.bought(row, [buyer.id for buyer in buyers])
        self._close_carts(row, [buyer.id for buyer in buyers])
        for news in self._early_orders.pop(row.told.external_id, []):
            if isinstance(news, OrderRefunded):
                self._count_refund(row, news)
            elif news.at >= row.source_at:
                row.state, row.source_at = OrderState.CANCELLED, news.at

    def bought(self, row: OrderRow, shoppers: Sequence[int]) -> None:
        """The buyer's run goes to its on-order branch; that of somebody like her just ends."""
        named = self._named_by(row.told)
        owner = named.shopper_id if named else None
        hers = {one for one in (row.shopper_id, owner) if one is not None}
        going = [run for run in self.going_on(shoppers) if Exit.ORDER in run.flow.exits]
        if not any(run.shopper.id in hers for run in going):
            going += self.listening(hers)
        for run in going:
            about_it = named is not None and run.cart is named
            if run.started_at > row.made_at + SLACK and not about_it:
                continue
            if run.shopper.id in hers and run.order is None:
                self.order_arrived(run, row)
            elif run.shopper.id not in hers:
                self.cancel(run, "somebody with the same address or phone ordered")
        self.wake(self.going_on(hers & set(shoppers)))
        for one in shoppers:
            self.stop_after_purchase(one, row.made_at + SLACK)

    def _close_carts(self, row: OrderRow, shoppers: Sequence[int]) -> None:
        """Close the cart that the order names, and all older carts of the buyer."""
        named = self._named_by(row.told)
        ids = {one for shopper in shoppers for one in self._carts_of.get(shopper, ())}
        last = row.made_at + SLACK
        carts = [self.carts[one] for one in ids]
        closing = [c for c in carts if c is not named and not c.closed and c.activity_at <= last]
        closing += [named] if named and named.order_id is None else []
        for cart in sorted(closing, key=lambda one: one.id):
            self._close_cart(cart, row)

    def _close_cart(self, cart: CartRow, row: OrderRow) -> None:
        written = any(
            one.marketing
            and one.cart is cart
            and one.state is MessageState.SENT
            and one.inflight_at is not None
            and one.inflight_at <= row.told.placed_at
            for one in self._about_cart[cart.id]
        )
        cart.order_id = row.id
        self.close(cart, CartState.RECOVERED if written else CartState.ORDERED)
        text = f"Order {row.told.name} arrived: {row.told.total.minor} {row.told.total.currency}"
        self.note("order", cart.external_id, text)

    def _begin_flows(self, row: OrderRow, happened: _News) -> None:
        """Begin the flows that listen to what became known of an order."""
        shopper = self.shoppers[row.shopper_id] if row.shopper_id else None
        if shopper is None or not row.counts or self.uninstalled:
            return
        for kind, at in happened:
            if self.now - at > TOO_OLD:
                continue
            nth = self.which_purchase(shopper, row) if kind is TriggerKind.ORDER_PLACED else 0
            happening = Happening(kind, f"order:{row.told.external_id}:{kind}", at, nth)
            self.happened(Occasion(shopper, happening, order=row))

    def account_made(self, shopper: Shopper, at: datetime) -> None:
        """A new account: begin the flows that listen."""
        if self.now - at <= TOO_OLD:
            key = f"customer:{shopper.label}"
            happening = Happening(TriggerKind.CUSTOMER_CREATED, key, at)
            self.happened(Occasion(shopper, happening))

    def cancelled(self, news: OrderCancelled) -> None:
        """An order was called off; older news than ours is not."""
        row = self.orders.get(news.order_id)
        if row is None:
            self._early_orders[news.order_id].append(news)
        elif row.state is not OrderState.CANCELLED and news.at >= row.source_at:
            row.state, row.source_at = OrderState.CANCELLED, news.at
            self._stop_what_began(row)
            self.note("order", row.told.name, f"Order {row.told.name} was cancelled", news.at)

    def _stop_what_began(self, row: OrderRow) -> None:
        if row.shopper_id is None:
            return
        for run in self.going_on([row.shopper_id]):
            if run.entry_order is row:
                self.cancel(run, "the order was cancelled")
        self._stop_about(row, "the order was cancelled")

    def _stop_about(self, row: OrderRow, reason: str, how: Exit | None = None) -> None:
        """Take back marketing that waits because of an order, where `how` ends its runs."""
        for message in self._messages_of.get(row.shopper_id or 0, ()):
            run = message.run
            about_it = row in {run.entry_order, run.order}
            if message.marketing and about_it and (how is None or how in run.flow.exits):
                self.take_back(message, reason)

    def refunded(self, news: OrderRefunded) -> None:
        """Money went back: runs that this ends, and flows that it begins."""
        row = self.orders.get(news.order_id)
        if row is None:
            self._early_orders[news.order_id].append(news)
            return
        same = news.refund.currency == row.told.total.currency
        if not same or not self._count_refund(row, news) or row.shopper_id is None:
            return
        for run in self.going_on([row.shopper_id]):
            if row in {run.entry_order, run.order} and Exit.REFUNDED in run.flow.exits:
                self.cancel(run, "the order was refunded")
        self._stop_about(row, "the order was refunded", Exit.REFUNDED)
        self._begin_flows(row, [(TriggerKind.ORDER_REFUNDED, news.at)])

    def _count_refund(self, row: OrderRow, news: OrderRefunded) -> bool:
        """Count one refund once; True if less of the order is left than before."""
        minor, total = news.refund.minor, row.told.total.minor
        name = f"{TOTAL}:{minor}" if news.refund_id == TOTAL else news.refund_id
        row.refunds.setdefault(name, minor)
        stated = [m for name, m in row.refunds.items() if name.startswith(f"{TOTAL}:")]
        singly = sum(m for name, m in row.refunds.items() if not name.startswith(f"{TOTAL}:"))
        before = row.refunded_minor
        row.refunded_minor = min(total, max([singly, *stated]))
        if row.refunded_minor >= total > 0 and row.state is OrderState.PLACED:
            row.state = OrderState.REFUNDED
        if row.refunded_minor == before:
            return False
        self.note("order", row.told.name, f"Order {row.told.name} was refunded", news.at)
        return True


def _alive(state: OrderState) -> OrderState:
    """A cancelled order that is told of again lives again."""
    return OrderState.PLACED if state is OrderState.CANCELLED else state


def _news(row: OrderRow, told: OrderSnapshot) -> _News:
    """What an order's news tells that was not known before."""
    steps = (
        (TriggerKind.ORDER_PAID, told.paid_at, row.paid_at),
        (TriggerKind.ORDER_FULFILLED, told.fulfilled_at, row.fulfilled_at),
    )
    return [(kind, at) for kind, at, known in steps if at is not None and known is None]
