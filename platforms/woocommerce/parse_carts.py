"""Carts of our shop plugin as shared events."""

from __future__ import annotations

from datetime import datetime, timedelta

from connector.domain.carts import CartKind, CartLine, CartSnapshot
from connector.domain.money import Money
from connector.domain.people import Person
from connector.ports.events import (
    CartChanged,
    CartClosed,
    ConsentChanged,
    ConsentMark,
    ConsentState,
    Ignored,
    ProductViewed,
    StoreEvent,
)
from connector.ports.platform import StoreAccount
from platforms.woocommerce import values
from platforms.woocommerce.payloads import Address, Cart, CartConsent, CartItem, CartTotals, Viewed


def cart_events(account: StoreAccount, cart: Cart, received_at: datetime) -> list[StoreEvent]:
    """What a cart says: its goods, or that it was emptied, and what was said of marketing."""
    at = _changed_at(cart, received_at)
    who = _person(cart)
    marks = _marks(cart, at)
    said: list[StoreEvent] = [ConsentChanged(who, marks)] if marks and who.reachable else []
    if not cart.items:
        return [CartClosed((_name(cart),), at), *said]
    return [CartChanged(_snapshot(cart, who, at, cart.currency or account.currency)), *said]


def view_events(viewed: Viewed, received_at: datetime) -> list[StoreEvent]:
    """What a look at a product says; without a product it is of no use."""
    if not viewed.product_id:
        return [Ignored("a look at no product")]
    address = Address(email=viewed.email, phone=viewed.phone)
    who = values.person(address, customer_id=viewed.customer_id)
    who = Person(**{**vars(who), "locale": _locale(viewed.locale)})
    at = values.utc(viewed.viewed_gmt, received_at)
    product = values.known(viewed.product_id)
    return [ProductViewed(who, _name(viewed), product, values.plain(viewed.name), at)]


def _locale(wordpress: str) -> str:
    """WordPress writes "ko_KR"."""
    return values.text(wordpress).replace("_", "-")


def _name(cart: Cart | Viewed) -> str:
    name = values.text(cart.id)
    if not name:
        raise ValueError("a cart without an id")
    return name


def _changed_at(cart: Cart, received_at: datetime) -> datetime:
    """The shop's time in seconds; the revision orders the changes within one second."""
    within_second = timedelta(microseconds=cart.revision % 1_000_000)
    return values.utc(cart.modified_gmt, received_at) + within_second


def _snapshot(cart: Cart, who: Person, at: datetime, currency: str) -> CartSnapshot:
    lines = tuple(_line(item, currency) for item in cart.items)
    return CartSnapshot(
        external_id=_name(cart),
        kind=_kind(cart, who),
        lines=lines,
        total=_total(cart, lines, currency),
        person=who,
        source_at=at,
        recovery_url=values.text(cart.checkout_url),
        locale=who.locale,
        ip=values.address(cart.ip),
        roles=values.roles(cart.roles or ()),
    )


def _kind(cart: Cart, who: Person) -> CartKind:
    """By the plugin's word; without it, an address was typed at the checkout."""
    begun = cart.stage == "checkout" or (not cart.stage and who.reachable)
    return CartKind.CHECKOUT if begun else CartKind.CART


def _person(cart: Cart) -> Person:
    address = Address(
        first_name=cart.first_name,
        last_name=cart.last_name,
        country=cart.country,
        state=cart.state,
        email=cart.email,
        phone=cart.phone,
    )
    who = values.person(address, customer_id=cart.customer_id)
    return Person(**{**vars(who), "locale": _locale(cart.locale)})


def _line(item: CartItem, currency: str) -> CartLine:
    quantity = values.pieces(item.quantity)
    return CartLine(
        product_id=values.known(item.product_id),
        variant_id=values.known(item.variation_id),
        title=values.plain(item.name),
        quantity=quantity,
        unit_price=_unit_price(item, quantity, currency),
        image_url=values.text(item.image),
        product_url=values.text(item.permalink),
    )


def _unit_price(item: CartItem, quantity: int, currency: str) -> Money:
    if item.price is not None:
        return Money.rounded(item.price, currency)
    line = Money.rounded(item.line_total or 0, currency)
    return Money.rounded(str(line.amount / quantity), currency)


def _total(cart: Cart, lines: tuple[CartLine, ...], currency: str) -> Money:
    """The shop's total; before the first calculation it has none, and the lines are summed."""
    if isinstance(cart.totals, CartTotals) and cart.totals.total is not None:
        return Money.rounded(cart.totals.total, currency)
    added = sum((line.unit_price * line.quantity for line in lines), Money(currency, 0))
    return Money.rounded(str(added.amount), currency)  # no more than money may be


def _marks(cart: Cart, at: datetime) -> tuple[ConsentMark, ...]:
    if not isinstance(cart.consent, CartConsent):
        return ()
    said = {"email": cart.consent.email, "sms": cart.consent.sms}
    words = {True: ConsentState.YES, False: ConsentState.NO}
    return tuple(
        ConsentMark(channel, words[yes], at, "checkout", repeated=True)
        for channel, yes in said.items()
        if yes is not None
    )
