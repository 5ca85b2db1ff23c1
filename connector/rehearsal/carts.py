"""Carts: what the platform said last, and what follows when a shopper goes quiet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from connector.domain.bots import Signs, kept_out
from connector.domain.carts import CartKind, CartSnapshot, CartState, Payment
from connector.domain.flows import Exit, TriggerKind
from connector.domain.flows.entry import BY_IP, Happening, Who, excluded_by
from connector.domain.flows.flow import Exclusions
from connector.rehearsal.base import Rank
from connector.rehearsal.entries import Entries, Occasion
from connector.rehearsal.rows import CartRow, Shopper

TOO_OLD = timedelta(hours=48)  # nobody is written to about a cart that she left longer ago
NOBODY = Exclusions()
_KINDS = {kind: number for number, kind in enumerate(CartKind)}


@dataclass
class Carts(Entries):
    """The store's carts."""

    def cart_told(self, told: CartSnapshot) -> None:
        """Take over a cart as the platform described it, unless that is old or closed news."""
        shopper = self.known(told.person, told.source_at)
        cart = self._cart_named((told.external_id, *told.tokens))
        if cart is None:
            cart = CartRow(
                len(self.carts) + 1,
                told.external_id,
                told,
                told.kind,
                told.source_at,
                told.source_at,
            )
            self.carts[cart.id] = cart
        elif not self.is_news(cart, told):
            self._name(cart, told)
            return
        self._describe(cart, told)
        self._name(cart, told)
        if shopper is not None:
            shopper.roles |= set(told.roles)
            self._belongs_to(cart, shopper)
        self._wake(cart, told)

    def _cart_named(self, names: Sequence[str]) -> CartRow | None:
        """The cart known by any of the names; the one that has the first name, if several."""
        ids = sorted({self._cart_names[name] for name in names if name in self._cart_names})
        found = [self.carts[one] for one in ids]
        exact = (cart for cart in found if cart.external_id == names[0])
        return next(exact, found[0] if found else None)

    def is_news(self, cart: CartRow, told: CartSnapshot) -> bool:
        """Newer source time wins; within one second the further step, at last the larger hash."""
        if cart.state in {CartState.RECOVERED, CartState.ORDERED}:
            return False
        new, old = _age(told.source_at, told.kind), _age(cart.source_at, cart.kind)
        return new > old if new != old else _digest(told) > _digest(cart.told)

    def _describe(self, cart: CartRow, told: CartSnapshot) -> None:
        if (cart.kind, told.kind) != (CartKind.CHECKOUT, CartKind.CART):  # goods may change later
            cart.kind = told.kind
        cart.told, cart.source_at = told, told.source_at
        rules = self.settings.exclude
        if cart.excluded == BY_IP and rules.ips and not told.ip:
            return  # news that tells no address says nothing against it
        who = Who(ip=told.ip, roles=frozenset(told.roles))
        cart.excluded = excluded_by(rules, who) if rules != NOBODY else ""
        if not cart.excluded and self.settings.bots == "keep_out":
            cart.excluded = kept_out(Signs(told.person.email))

    def _name(self, cart: CartRow, told: CartSnapshot) -> None:
        for name in (told.external_id, *told.tokens):
            self._cart_names.setdefault(name, cart.id)

    def _belongs_to(self, cart: CartRow, shopper: Shopper) -> None:
        """It is known better now whose cart it is: what was begun for somebody else ends."""
        if cart.shopper_id == shopper.id:
            return
        if cart.shopper_id is not None:
            self._carts_of[cart.shopper_id].discard(cart.id)
            for run in self.going_on([cart.shopper_id], cart):
                self.cancel(run, "the cart turned out to be somebody else's")
        cart.shopper_id = shopper.id
        self._carts_of[shopper.id].add(cart.id)

    def _wake(self, cart: CartRow, told: CartSnapshot) -> None:
        """She did something: the idle time begins anew, if there is someone to write to."""
        if cart.state is not CartState.OPEN:
            self.note("cart", cart.external_id, "She is shopping again", told.source_at)
        elif not cart.seen:
            self.note("cart", cart.external_id, "The cart was begun", told.source_at)
            cart.seen = True
        cart.state, cart.activity_at = CartState.OPEN, told.source_at
        cart.due_at = told.source_at + self.settings.idle if cart.shopper_id else None
        self.touch("cart", cart)
        if cart.due_at is not None:
            self.is_due(cart.due_at, Rank.CART, cart.id)
        self._close_if_bought(cart, told)

    def _close_if_bought(self, cart: CartRow, told: CartSnapshot) -> None:
        """News of a cart may come after its order, or be the news that it became one."""
        shopper = self.shoppers[cart.shopper_id] if cart.shopper_id else None
        names = (told.external_id, *told.tokens)
        order = self.covering(names, shopper, told.source_at)
        if order is not None:
            cart.order_id = order.id
            self.close(cart, CartState.ORDERED)
            self.note("order", cart.external_id, f"Order {order.told.name} was there before")
        elif told.completed_at is not None:
            self.close(cart, CartState.ORDERED)
            self.note("cart", cart.external_id, "The checkout was completed")

    def close(self, cart: CartRow, state: CartState) -> None:
        """Close a cart for good."""
        cart.state, cart.due_at = state, None
        self.touch("cart", cart)

    def emptied(self, names: Sequence[str], at: datetime) -> None:
        """The shopper emptied the cart, or the shop deleted it, at `at`."""
        cart = self._cart_named(names)
        if cart is None or cart.closed or at < cart.source_at:
            return
        cart.source_at = at  # what the platform said before is old news now
        self.close(cart, CartState.LOST)
        self.note("cart", cart.external_id, "The cart was emptied")
        for run in self.going_on([cart.shopper_id] if cart.shopper_id else [], cart):
            if Exit.CART_EMPTIED in run.flow.exits:
                self.cancel(run, "the cart was emptied")

    def look_again(self, cart: CartRow) -> None:
        """A cart's time has come: open -> abandoned (and perhaps a run), abandoned -> lost."""
        if cart.due_at is None or cart.due_at > self.now:
            return
        if cart.state is CartState.ABANDONED:
            self.close(cart, CartState.LOST)
            self.note("cart", cart.external_id, "Given up: nothing came of it")
        elif cart.state is not CartState.OPEN or cart.shopper_id is None:
            cart.due_at = None
        else:
            self._abandon(cart, self.shoppers[cart.shopper_id])

    def _abandon(self, cart: CartRow, shopper: Shopper) -> None:
        cart.state, cart.abandoned_at = CartState.ABANDONED, cart.due_at
        cart.due_at = cart.activity_at + self.settings.lost
        self.is_due(cart.due_at, Rank.CART, cart.id)
        self.touch("cart", cart)
        idle = self.settings.idle_minutes
        self.note("cart", cart.external_id, f"Abandoned: nothing for {idle} minutes")
        if self.now - cart.activity_at > TOO_OLD or self.uninstalled:
            self.note("flow", cart.external_id, "No flow begun: too long ago")
            return
        happening = Happening(kind_of(cart), f"cart:{cart.external_id}", cart.activity_at)
        self.cart_happened(Occasion(shopper, happening, cart), cart)


def kind_of(cart: CartRow) -> TriggerKind:
    """What an abandoned cart is to the flows."""
    if cart.kind is CartKind.UNPAID_ORDER:
        failed = cart.told.payment is Payment.FAILED
        return TriggerKind.PAYMENT_FAILED if failed else TriggerKind.ORDER_UNPAID
    if cart.kind is CartKind.CHECKOUT:
        return TriggerKind.CHECKOUT_ABANDONED
    return TriggerKind.CART_ABANDONED


def _age(at: datetime, kind: CartKind) -> tuple[datetime, int, datetime]:
    return at.replace(microsecond=0), _KINDS[kind], at


def _digest(told: CartSnapshot) -> bytes:
    return sha256(repr(told).encode()).digest()
