"""Carts and checkouts: one cart for the service, whichever of the two tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from operator import add

from connector.domain.carts import CartKind, CartSnapshot
from connector.domain.money import Money
from connector.domain.people import Person, clean_phone
from connector.errors import Malformed
from connector.ports.events import (
    CartChanged,
    CartClosed,
    ConsentChanged,
    ConsentMark,
    ConsentState,
    Ignored,
    StoreEvent,
)
from connector.ports.platform import StoreAccount
from platforms.shopify.lines import lines_of, shop_amount
from platforms.shopify.names import checkout_name
from platforms.shopify.payloads import (
    Cart,
    Checkout,
    DeletedCheckout,
    Id,
    Line,
    address_of,
)
from platforms.shopify.values import money, person, text, token, tokens, utc


def cart_changed(account: StoreAccount, cart: Cart, at: datetime) -> list[StoreEvent]:
    """A cart before its checkout: nobody is known yet. An emptied cart is closed."""
    name, at = token(cart.token) or token(cart.id), utc(cart.updated_at, at)
    if not name:
        raise Malformed("a cart without a token")
    if not cart.line_items:
        return [CartClosed((name,), at)]
    currency = _currency(cart.line_items) or account.currency
    snapshot = CartSnapshot(
        external_id=name,
        kind=CartKind.CART,
        lines=lines_of(cart.line_items, currency),
        total=_sum(cart.line_items, currency),
        person=Person(),
        source_at=at,
        tokens=(name,),
    )
    return [CartChanged(snapshot)]


def checkout_changed(_: StoreAccount, checkout: Checkout, at: datetime) -> list[StoreEvent]:
    """A checkout, and the consent that was ticked in it.

    Neither IP address nor roles are told (2026-07 samples and schemas), nor that a payment
    failed: that makes no order, and its checkout comes as it was.
    """
    at = utc(checkout.updated_at, at)
    names = tokens(checkout.cart_token, checkout.token, number_name(checkout.name))
    if not names:
        raise Malformed("a checkout without a token")
    if not checkout.line_items:
        return [CartClosed(names, at)]
    shopper = _shopper(checkout)
    snapshot = CartSnapshot(
        external_id=names[0],
        kind=CartKind.CHECKOUT,
        lines=lines_of(checkout.line_items, checkout.currency),
        total=money(checkout.total_price, checkout.currency),
        person=shopper,
        source_at=at,
        tokens=names,
        recovery_url=text(checkout.abandoned_checkout_url),
        locale=text(checkout.customer_locale),
        completed_at=utc(checkout.completed_at, at) if checkout.completed_at else None,
    )
    return [CartChanged(snapshot), *_consent(checkout, shopper, utc(checkout.created_at, at))]


def checkout_deleted(_: StoreAccount, checkout: DeletedCheckout, at: datetime) -> list[StoreEvent]:
    """A checkout is gone; only its cart's token says which."""
    names = tokens(checkout.cart_token, checkout.token, checkout_name(text(checkout.id)))
    if not names:
        return [Ignored("a deleted checkout that names no cart")]
    return [CartClosed(names, at)]


def number_name(name: Id | None) -> str:
    """Under which its id is a cart's name: a checkout is called "#" and its id."""
    return checkout_name(text(name).removeprefix("#"))


def _shopper(checkout: Checkout) -> Person:
    account = checkout.customer
    place = address_of(
        checkout.shipping_address,
        checkout.billing_address,
        account.default_address if account else None,
    )
    return person(
        account,
        place,
        email=checkout.email,
        phone=_sms_phone(checkout) or checkout.phone,
        locale=checkout.customer_locale,
    )


def _sms_phone(checkout: Checkout) -> str | None:
    return checkout.sms_marketing_phone if checkout.buyer_accepts_sms_marketing else None


def _consent(checkout: Checkout, shopper: Person, at: datetime) -> list[StoreEvent]:
    """A tick is a yes, as of the checkout's beginning; no tick says nothing.

    Later updates repeat the tick. Dated by them it would undo an unsubscription that came
    between; dated by the beginning it never can.
    """
    phone = clean_phone(_sms_phone(checkout), shopper.country)
    ticked = {
        "email": bool(checkout.buyer_accepts_marketing and shopper.email),
        "sms": bool(phone),
    }
    marks = tuple(
        ConsentMark(channel, ConsentState.YES, at, "checkout")
        for channel, said in ticked.items()
        if said
    )
    who = replace(shopper, phone=phone or shopper.phone)
    return [ConsentChanged(who, marks)] if marks else []


def _sum(lines: Sequence[Line], currency: str) -> Money:
    amounts = (shop_amount(line.line_price_set) or line.line_price for line in lines)
    return reduce(add, (money(one, currency) for one in amounts), Money(currency, 0))


def _currency(lines: Sequence[Line]) -> str:
    sets = [one for line in lines for one in (line.line_price_set, line.price_set) if one]
    known = [one.shop_money.currency_code for one in sets if one.shop_money]
    return next(filter(None, known), "")
