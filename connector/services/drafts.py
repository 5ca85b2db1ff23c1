"""What a message says: the cart, the person, the offer and the links, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from sqlalchemy.orm import Session

from connector.domain.discounts import OfferKind
from connector.domain.gate import TEXTS, allowed_hours
from connector.domain.hours import time_left
from connector.domain.money import Money
from connector.domain.settings import StoreSettings
from connector.models import (
    Cart,
    Contact,
    Discount,
    LinkPurpose,
    Message,
    Order,
    Purpose,
    Run,
    Store,
)
from connector.services import contacts, discounts, gate_facts, links, products

_SHORTEST_S = 60  # less, and a vendor may drop what it could deliver
_SHORT_DATE = {"ko": "M/d"}  # a Korean text has 90 bytes for everything


@dataclass(frozen=True)
class Draft:
    """A message before it is written: where it goes, and everything its template may use."""

    to: str
    locale: str
    template: str
    medium: str
    unsubscribe_url: str
    valid_for_s: int | None
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """What a message's links begin with, and the secret that makes its tokens."""

    public_url: str
    secret: bytes


def write(session: Session, store: Store, message: Message, origin: Origin, now: datetime) -> Draft:
    """Gather a claimed message's values and issue its links."""
    contact = session.get_one(Contact, message.contact_id)
    cart = session.get(Cart, message.cart_id) if message.cart_id else None
    locale = (cart.locale if cart else "") or contact.locale or store.locale
    marketing = message.purpose is Purpose.MARKETING
    stop = _link(session, message, LinkPurpose.UNSUBSCRIBE, origin, now) if marketing else ""
    codes = discounts.codes_of_message(session, message) if message.has_offer else ()
    context = {
        "store": {"name": store.name, "url": store.storefront},
        "contact": {"first_name": contact.first_name},
        "cart": _cart(session, cart, locale) if cart else {"lines": [], "total": ""},
        "link": _link(session, message, LinkPurpose.RECOVER, origin, now),
        "unsubscribe_url": stop,
        **_offer(codes, _zone(store, contact), locale),
        **_order(session, message, locale),
    }
    return Draft(
        to=contacts.address_of(contact, message.medium),
        locale=locale,
        template=message.template,
        medium=message.medium,
        unsubscribe_url=stop,
        valid_for_s=_valid_for(store, contact, message, now),
        context=context,
    )


def _link(
    session: Session, message: Message, purpose: LinkPurpose, origin: Origin, now: datetime
) -> str:
    path = "u" if purpose is LinkPurpose.UNSUBSCRIBE else "r"
    token = links.issue(session, message, purpose, now, origin.secret)
    return f"{origin.public_url}/{path}/{token}"


def _cart(session: Session, cart: Cart, locale: str) -> dict[str, Any]:
    return {
        "lines": [_line(row, locale) for row in products.dressed(session, cart)],
        "total": _money(cart.total, locale),
    }


def _line(row: dict[str, Any], locale: str) -> dict[str, Any]:
    return {
        "title": row["title"],
        "variant_title": row["variant_title"],
        "quantity": row["quantity"],
        "price": _money(Money(**row["unit_price"]), locale),
        "image_url": row["image_url"],
        "product_url": row["product_url"],
    }


def _zone(store: Store, contact: Contact) -> ZoneInfo:
    """Hers if it is known for sure, else the store's: in which the end of an offer is told."""
    zones = gate_facts.zones_of(store, contact)
    return ZoneInfo(zones[0] if len(zones) == 1 else store.timezone)


def _offer(codes: Sequence[Discount], zone: ZoneInfo, locale: str) -> dict[str, Any]:
    """What the codes give together; "" for what they do not."""
    if not codes:
        return {}
    by_kind = {row.kind: row for row in codes}
    percent = by_kind.get(OfferKind.PERCENT)
    amount = discounts.money(codes[0], "amount")
    minimum = discounts.money(codes[0], "minimum")
    offer = {
        "code": codes[0].code,
        "codes": [row.code for row in codes],
        "percent": f"{percent.percent.normalize():f}" if percent else "",
        "amount": _money(amount, locale) if amount else "",
        "free_shipping": OfferKind.FREE_SHIPPING in by_kind,
        "minimum": _money(minimum, locale) if minimum else "",
        "expires": _expires(min(row.expires_at for row in codes), zone, locale),
    }
    return {"offer": offer}


def _expires(at: datetime, zone: ZoneInfo, locale: str) -> str:
    language = _babel(locale)
    pattern = _SHORT_DATE.get(language.partition("_")[0], "EEE d MMM, H:mm")
    return format_datetime(at, pattern, tzinfo=zone, locale=language)


def _order(session: Session, message: Message, locale: str) -> dict[str, Any]:
    """The order that ended the run, or the one that it is about."""
    run = session.get_one(Run, message.run_id)
    order_id = run.order_id or run.entry_order_id
    order = session.get(Order, order_id) if order_id else None
    return {"order": {"name": order.name, "total": _money(order.total, locale)}} if order else {}


def _valid_for(store: Store, contact: Contact, message: Message, now: datetime) -> int | None:
    """A text must not lie at the vendor until the night, nor until its time is over."""
    if message.medium not in TEXTS or message.purpose is not Purpose.MARKETING:
        return None
    facts = gate_facts.about_person(store, contact, message.medium, now)
    hours = allowed_hours(facts, StoreSettings.of(store.settings))
    left = min(time_left(now, facts.zones, hours), message.expires_at - now)
    return max(_SHORTEST_S, int(left.total_seconds()))


def _money(amount: Money, locale: str) -> str:
    return amount.text(_babel(locale))


def _babel(locale: str) -> str:
    """A locale that Babel knows: "ko-KR" -> "ko_KR"; anything odd -> "en"."""
    try:
        return str(Locale.parse(locale.replace("-", "_") or "en"))
    except (UnknownLocaleError, ValueError):
        return "en"
