"""The gate's facts, gathered from rows with few statements.

What is known of her and of the send comes in one, what was said and bought under all her
names in a second, what left lately (gate_history.py) in a third.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select, true
from sqlalchemy.orm import Session

from connector.domain import flows as domain
from connector.domain.carts import OrderState
from connector.domain.flows import Exit
from connector.domain.flows.entry import excluded_by
from connector.domain.flows.holdout import Arm
from connector.domain.gate import DAY, SendFacts
from connector.domain.laws import candidate_zones
from connector.domain.people import phone_country, phone_zones
from connector.domain.settings import StoreSettings
from connector.models import (
    Cart,
    ChannelAccount,
    Consent,
    Contact,
    Flow,
    FlowVersion,
    Message,
    Order,
    Purpose,
    Run,
    RunState,
    Store,
    Suppression,
)
from connector.ports.events import ConsentState
from connector.services import (
    budgets,
    contacts,
    flows,
    gate_history,
    messages_plan,
    orders,
    purchases,
    shoppers,
)

_TRY_AGAIN = timedelta(hours=1)  # a paused channel is tried whether it works again
_SILENT = timedelta(minutes=2)  # a store that did not answer is given so long


@dataclass(frozen=True)
class Rows:
    """What is known of a send; `fresh` and `silent` are about the store's orders."""

    contact: Contact
    run: Run
    cart: Cart | None
    account: ChannelAccount | None
    flow_state: str
    flow: domain.Flow
    fresh: bool
    silent: bool


@dataclass(frozen=True)
class Said:
    """What was said of her address, and whether she bought, under all her names."""

    suppressed: bool
    bad_address: bool
    consent: str
    bought: bool


def gather(
    session: Session,
    store: Store,
    message: Message,
    channel: str,
    now: datetime,
    *,
    kin: Sequence[int],
    text: str = "",
) -> SendFacts:
    """Everything that decides about one message; `text` is what it says, once it is written."""
    rows = _rows(session, message, channel)
    said = _said(session, message, rows, kin)
    about = _about_her(store, rows.contact, message.medium)
    settings = StoreSettings.of(store.settings)
    return SendFacts(
        **about,
        **gate_history.lately(session, message, kin, now),
        **_of_cart(rows.cart),
        marketing=message.purpose is Purpose.MARKETING,
        planned_for=message.planned_for,
        expires_at=message.expires_at,
        store_state=str(store.state),
        run_active=rows.run.state is RunState.ACTIVE or messages_plan.ended_well(rows.run),
        ordered=_ordered(rows, said),
        suppressed=said.suppressed,
        bad_address=said.bad_address,
        consent=said.consent,
        channel_paused=_paused(rows.account, now),
        channel_known=rows.account is not None,
        picture_fresh=rows.fresh,
        flow_state=rows.flow_state,
        held_out=rows.run.arm is Arm.HELD_OUT or bool(rows.cart and rows.cart.held_out),
        excluded=_excluded(store, rows),
        has_offer=message.has_offer,
        shop_wrote=_shop_wrote(session, message, rows.cart),
        cannot_ask=rows.silent,
        cost_micros=budgets.price(settings, message.medium, about["phone_country"], text),
        cap_left_micros=budgets.left(session, store, message, now),
    )


def about_person(
    store: Store,
    contact: Contact,
    medium: str,
    now: datetime,
    *,
    suppressed: bool = False,
    consent: str = "",
) -> SendFacts:
    """The facts of a message about which only the person herself is in question."""
    return SendFacts(
        **_about_her(store, contact, medium),
        **_of_cart(None),
        marketing=True,
        planned_for=now,
        expires_at=now + DAY,
        store_state="active",
        run_active=True,
        ordered=False,
        suppressed=suppressed,
        consent=consent,
        texts_about_cart=0,
        channel_paused="",
        channel_known=True,
        picture_fresh=True,
    )


def _about_her(store: Store, contact: Contact, medium: str) -> dict[str, Any]:
    country = phone_country(contact.phone)
    return {
        "medium": medium,
        "address": contacts.address_of(contact, medium),
        "erased": contact.erased_at is not None,
        "country": contact.country or country or store.country,
        "province": contact.province,
        "phone_country": country,
        "zones": zones_of(store, contact),
    }


def zones_of(store: Store, contact: Contact) -> tuple[str, ...]:
    """All zones in which she may be: hours must be allowed in each."""
    hers = phone_zones(contact.phone)
    return candidate_zones(hers, contact.country, contact.province, store.timezone).zones


def _of_cart(cart: Cart | None) -> dict[str, Any]:
    return {
        "cart_state": cart.state if cart else None,
        "cart_due_at": cart.due_at if cart else None,
        "cart_activity_at": cart.activity_at if cart else None,
    }


def _rows(session: Session, message: Message, channel: str) -> Rows:
    clock = func.clock_timestamp()
    found = session.execute(
        select(
            Contact,
            Run,
            Cart,
            ChannelAccount,
            Flow.state,
            FlowVersion.definition,
            func.coalesce(Store.orders_seen_at > clock - orders.PICTURE, False),
            func.coalesce(Store.orders_failed_at > clock - _SILENT, False),
        )
        .select_from(Run)
        .join(Contact, Contact.id == message.contact_id)
        .join(Store, Store.id == Run.store_id)
        .join(Flow, Flow.id == Run.flow_id)
        .join(FlowVersion, FlowVersion.id == Run.version_id)
        .outerjoin(Cart, Cart.id == message.cart_id)
        .outerjoin(
            ChannelAccount,
            and_(ChannelAccount.store_id == Run.store_id, ChannelAccount.kind == channel),
        )
        .where(Run.id == message.run_id)
    ).one()
    contact, run, cart, account, flow_state, definition, fresh, silent = found
    flow = flows.as_read(definition)
    return Rows(contact, run, cart, account, str(flow_state), flow, bool(fresh), bool(silent))


def _said(session: Session, message: Message, rows: Rows, kin: Sequence[int]) -> Said:
    """The rules of `contacts.consent`, `is_suppressed` and `purchases` in one statement."""
    contact, medium = rows.contact, message.medium
    address = contacts.address_of(contact, medium)
    digest = contacts.address_hash(message.store_id, medium, address)
    hers = (Consent.medium == medium) & (Consent.contact_id == contact.id)
    said_no = exists(select(Consent.id).where(hers, Consent.state == ConsentState.NO))
    newest = (
        select(Consent.state)
        .where(Consent.contact_id.in_(kin), Consent.medium == medium)
        .where(Consent.address_hash == digest)
        .order_by(Consent.at.desc(), (Consent.state == ConsentState.NO).desc())
        .limit(1)
        .scalar_subquery()
    )
    stopped = (
        select(Suppression.reason)
        .where(Suppression.store_id == message.store_id, Suppression.medium == medium)
        .where(Suppression.address_hash == digest, Suppression.lifted_at.is_(None))
        .scalar_subquery()
    )
    why, no, word, bought = session.execute(
        select(stopped, said_no, newest, _bought(rows.run, kin))
    ).one()
    said = ConsentState.NO if no else word
    return Said(why is not None, why == contacts.BAD_ADDRESS, str(said or ""), bool(bought))


def _bought(run: Run, kin: Sequence[int]) -> Any:
    but = Order.id != run.entry_order_id if run.entry_order_id is not None else true()
    return exists(
        select(Order.id).where(
            Order.store_id == run.store_id,
            Order.contact_id.in_(kin),
            Order.state != OrderState.CANCELLED,
            run.started_at - purchases.SLACK <= purchases.MADE_AT,
            but,
        )
    )


def _ordered(rows: Rows, said: Said) -> bool:
    ends_it = Exit.ORDER in rows.flow.exits
    return ends_it and (rows.run.order_id is not None or said.bought)


def _shop_wrote(session: Session, message: Message, cart: Cart | None) -> bool:
    """True for our first mail about a cart about which the shop itself has written."""
    wrote = cart is not None and cart.platform_mail_at is not None
    return wrote and not session.scalar(select(mail_before(message)))


def mail_before(message: Message) -> ColumnElement[bool]:
    """True if an earlier step of its run was a mail of marketing, sent or not."""
    return exists(
        select(Message.id)
        .where(Message.run_id == message.run_id, Message.step_id != message.step_id)
        .where(Message.medium == "email", Message.purpose == Purpose.MARKETING)
        .where(Message.planned_for < message.planned_for)
    )


def _excluded(store: Store, rows: Rows) -> str:
    if rows.cart is not None and rows.cart.excluded:
        return rows.cart.excluded
    who = shoppers.who(rows.contact)
    by_store = excluded_by(StoreSettings.of(store.settings).exclude, who)
    return by_store or excluded_by(rows.flow.text.rules.exclude, who)


def _paused(account: ChannelAccount | None, now: datetime) -> str:
    """Why nothing goes out by the channel; "" once an hour, to see if it works again."""
    if account is None or account.paused_at is None or now >= account.paused_at + _TRY_AGAIN:
        return ""
    return account.paused
