"""What a message says: the cart, the person, the offer and the links, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from sqlalchemy.orm import Session

from connector.domain import flows as domain
from connector.domain.flows import Offer, SendStep
from connector.domain.hours import seconds_left
from connector.domain.money import Money
from connector.domain.people import phone_zones
from connector.domain.settings import StoreSettings
from connector.models import (
    Cart,
    Contact,
    Discount,
    FlowVersion,
    LinkPurpose,
    Message,
    Order,
    Purpose,
    Run,
    Store,
)
from connector.services import contacts, discounts, links, products

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


def offer_of(session: Session, message: Message) -> Offer | None:
    """What the message's step gives, by the version of the flow that its run follows."""
    run = session.get_one(Run, message.run_id)
    flow = domain.read(session.get_one(FlowVersion, run.version_id).definition)
    steps = (step for step in (*flow.steps, *flow.on_order) if step.id == message.step_id)
    step = next(steps, None)
    return step.offer if isinstance(step, SendStep) else None


def write(
    session: Session, store: Store, message: Message, public_url: str, now: datetime
) -> Draft:
    """Gather a claimed message's values and issue its links."""
    contact = session.get_one(Contact, message.contact_id)
    cart = session.get(Cart, message.cart_id) if message.cart_id else None
    locale = (cart.locale if cart else "") or contact.locale or store.locale
    marketing = message.purpose is Purpose.MARKETING
    stop = _link(session, message, LinkPurpose.UNSUBSCRIBE, public_url, now) if marketing else ""
    context = {
        "store": {"name": store.name, "url": store.storefront},
        "contact": {"first_name": contact.first_name},
        "cart": _cart(session, cart, locale) if cart else {"lines": [], "total": ""},
        "link": _link(session, message, LinkPurpose.RECOVER, public_url, now),
        "unsubscribe_url": stop,
        **_offer(discounts.of_message(session, message), store, contact, locale),
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
    session: Session, message: Message, purpose: LinkPurpose, public_url: str, now: datetime
) -> str:
    path = "u" if purpose is LinkPurpose.UNSUBSCRIBE else "r"
    return f"{public_url}/{path}/{links.issue(session, message, purpose, now)}"


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


def _offer(
    discount: Discount | None, store: Store, contact: Contact, locale: str
) -> dict[str, Any]:
    if discount is None:
        return {}
    zones = phone_zones(contact.phone)
    zone = ZoneInfo(zones[0] if len(zones) == 1 else store.timezone)
    language = _babel(locale)
    pattern = _SHORT_DATE.get(language.partition("_")[0], "EEE d MMM, H:mm")
    expires = format_datetime(discount.expires_at, pattern, tzinfo=zone, locale=language)
    percent = f"{discount.percent.normalize():f}"
    return {"offer": {"code": discount.code, "percent": percent, "expires": expires}}


def _order(session: Session, message: Message, locale: str) -> dict[str, Any]:
    order_id = session.get_one(Run, message.run_id).order_id
    order = session.get(Order, order_id) if order_id else None
    return {"order": {"name": order.name, "total": _money(order.total, locale)}} if order else {}


def _valid_for(store: Store, contact: Contact, message: Message, now: datetime) -> int | None:
    """A text must not lie at the vendor until the night."""
    if message.medium != "sms" or message.purpose is not Purpose.MARKETING:
        return None
    zones = phone_zones(contact.phone) or (store.timezone,)
    return max(60, seconds_left(now, zones, StoreSettings.of(store.settings).text_window))


def _money(amount: Money, locale: str) -> str:
    return amount.text(_babel(locale))


def _babel(locale: str) -> str:
    """A locale that Babel knows: "ko-KR" -> "ko_KR"; anything odd -> "en"."""
    try:
        return str(Locale.parse(locale.replace("-", "_") or "en"))
    except (UnknownLocaleError, ValueError):
        return "en"
