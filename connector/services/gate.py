"""The gate's facts, gathered from rows, and its verdict put into effect."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.domain.consent import Go, NotBefore, SendFacts, Verdict, may_send
from connector.domain.people import phone_country, phone_zones
from connector.domain.settings import StoreSettings
from connector.models import (
    Cart,
    ChannelAccount,
    Contact,
    Message,
    MessageState,
    Purpose,
    Run,
    RunState,
    Store,
)
from connector.services import contacts, journal, orders, purchases

_TRY_AGAIN = timedelta(hours=1)
_MAY_HAVE_LEFT = (MessageState.INFLIGHT, MessageState.SENT, MessageState.UNKNOWN)


def verdict(
    session: Session, store: Store, message: Message, channel: str, now: datetime
) -> Verdict:
    """May this message leave now; the caller holds the locks, or asks only to save work."""
    return may_send(
        facts(session, store, message, channel, now), StoreSettings.of(store.settings), now
    )


def facts(
    session: Session, store: Store, message: Message, channel: str, now: datetime
) -> SendFacts:
    """Everything that decides about one message."""
    contact = session.get_one(Contact, message.contact_id)
    run = session.get_one(Run, message.run_id)
    cart = session.get(Cart, message.cart_id) if message.cart_id else None
    address = contacts.address_of(contact, message.medium)
    account = _account(session, store.id, channel)
    return SendFacts(
        medium=message.medium,
        marketing=message.purpose is Purpose.MARKETING,
        address=address,
        expires_at=message.expires_at,
        store_state=store.state,
        run_active=run.state is RunState.ACTIVE or _ended_well(run),
        ordered=purchases.since_run_began(session, run),
        erased=contact.erased_at is not None,
        suppressed=contacts.is_suppressed(session, store.id, message.medium, address),
        consent=contacts.consent(session, contact.id, message.medium),
        country=contact.country or phone_country(contact.phone) or store.country,
        phone_country=phone_country(contact.phone),
        zones=phone_zones(contact.phone) or (store.timezone,),
        cart_state=cart.state if cart else None,
        cart_due_at=cart.due_at if cart else None,
        cart_activity_at=cart.activity_at if cart else None,
        texts_about_cart=_texts(session, message),
        channel_paused=_paused(account, now),
        channel_known=account is not None,
        picture_fresh=orders.picture_is_fresh(session, store.id),
    )


def _ended_well(run: Run) -> bool:
    """A run that went through all its steps leaves its last message in the post."""
    return run.state is RunState.FINISHED and run.order_id is None


def _account(session: Session, store_id: int, channel: str) -> ChannelAccount | None:
    found: ChannelAccount | None = session.scalar(
        select(ChannelAccount).where(
            ChannelAccount.store_id == store_id, ChannelAccount.kind == channel
        )
    )
    return found


def _paused(account: ChannelAccount | None, now: datetime) -> str:
    """Why nothing goes out by the channel; "" once an hour, to see if it works again."""
    if account is None or account.paused_at is None or now >= account.paused_at + _TRY_AGAIN:
        return ""
    return account.paused


def _texts(session: Session, message: Message) -> int:
    """Texts about the same cart that have left or may have."""
    if message.cart_id is None:
        return 0
    return (
        session.scalar(
            select(func.count(Message.id)).where(
                Message.cart_id == message.cart_id,
                Message.medium == "sms",
                Message.id != message.id,
                Message.state.in_(_MAY_HAVE_LEFT),
            )
        )
        or 0
    )


def apply(session: Session, message: Message, decided: Verdict, now: datetime) -> bool:
    """Put a claimed message back or away as the gate decided; True if it may go on."""
    if isinstance(decided, Go):
        return True
    message.lease_token = message.lease_until = message.rung_until = None
    about = journal.About(message.store_id, message.cart_id, message.contact_id, message.run_id)
    if isinstance(decided, NotBefore):
        if message.reason != decided.reason:
            text = f"{message.medium} waits: {decided.reason}"
            journal.note(session, about, "gate", text, now, message=message.id)
        message.state, message.due_at = MessageState.SCHEDULED, decided.at
        message.reason = decided.reason
        return False
    message.state, message.reason = MessageState.CANCELLED, decided.reason
    text = f"{message.medium} not sent: {decided.reason}"
    journal.note(session, about, "gate", text, now, message=message.id)
    return False
