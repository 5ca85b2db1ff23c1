"""What a message needs before it may leave: its pictures, its code, its text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from connector import clock
from connector.domain.discounts import DiscountTerms
from connector.errors import AdapterError, Disconnected, Refused
from connector.models import Cart, DiscountState, Message, MessageState, Store
from connector.ports.channel import Channel, Outgoing
from connector.ports.platform import StorePlatform
from connector.rendering import render
from connector.services import discounts, drafts, gate, installs, messages, products
from jobs.adapters import channel_for, platform_for
from jobs.runtime import log, runtime

_LATER = timedelta(minutes=1)


@dataclass(frozen=True)
class Claimed:
    """A message that this worker holds, and what it still lacks."""

    store_id: int
    message_id: int
    token: UUID
    key: str
    channel: Channel
    platform: StorePlatform
    products: list[str]
    discount_id: int | None
    terms: DiscountTerms | None  # None when no code is to be made


def claim(store_id: int, message_id: int) -> Claimed | None:
    """Take a due message, with a cheap look first: no code is made for nothing."""
    return runtime().sessions.in_store(store_id, lambda s: _claim(s, store_id, message_id))


def _claim(session: Session, store_id: int, message_id: int) -> Claimed | None:
    now, vault = clock.now(), runtime().vault
    store = session.get_one(Store, store_id)
    message = messages.claim(session, message_id, runtime().config.lease_s, now)
    if message is None or message.lease_token is None:
        return None
    channel = channel_for(session, vault, store, message.medium)
    decided = gate.verdict(session, store, message, channel.kind if channel else "", now)
    if not gate.apply(session, message, decided, now) or channel is None:
        return None
    cart = session.get(Cart, message.cart_id) if message.cart_id else None
    offer = drafts.offer_of(session, message)
    code = discounts.plan(session, message, offer, vault.code_secret, now) if offer else None
    return Claimed(
        store_id=store_id,
        message_id=message_id,
        token=message.lease_token,
        key=str(message.key),
        channel=channel,
        platform=platform_for(vault, store),
        products=products.missing(session, cart) if cart else [],
        discount_id=code.id if code else None,
        terms=discounts.terms(code) if code and code.state is not DiscountState.LIVE else None,
    )


def prepare(claimed: Claimed) -> Outgoing | None:
    """Ask the platform for what is missing, then write the message; None if it must wait."""
    _fetch_products(claimed)
    if claimed.terms is not None and not _make_code(claimed, claimed.terms):
        return None
    return runtime().sessions.in_store(claimed.store_id, lambda s: _write(s, claimed))


def _fetch_products(claimed: Claimed) -> None:
    if not claimed.products:
        return
    try:
        cards = claimed.platform.products(claimed.products)
    except AdapterError as error:
        log.warning("store %s: no product pictures: %s", claimed.store_id, error.detail)
        return
    now = clock.now()
    runtime().sessions.in_store(
        claimed.store_id,
        lambda s: products.keep(s, claimed.store_id, claimed.products, cards, now),
    )


def _make_code(claimed: Claimed, wanted: DiscountTerms) -> bool:
    sessions, discount_id = runtime().sessions, claimed.discount_id or 0
    try:
        made = discounts.obtain(claimed.platform, wanted)
    except Refused as error:
        reason = error.detail
        sessions.in_store(claimed.store_id, lambda s: _no_code(s, claimed, reason))
        return False
    except AdapterError as error:
        if isinstance(error, Disconnected):
            store_id = claimed.store_id
            sessions.in_store(store_id, lambda s: installs.needs_reauth(s, store_id))
        put_back(claimed, f"no code yet: {error.detail}")
        return False
    now = clock.now()
    sessions.in_store(claimed.store_id, lambda s: discounts.made(s, discount_id, made, now))
    return True


def _no_code(session: Session, claimed: Claimed, reason: str) -> None:
    """The promised code cannot be had: a message without it would be a lie."""
    discounts.refused(session, claimed.discount_id or 0, reason, clock.now())
    message = session.get_one(Message, claimed.message_id, with_for_update=True)
    if message.lease_token == claimed.token:
        message.state, message.reason = MessageState.DEAD, f"no code: {reason}"
        message.lease_token = message.lease_until = None


def broken(claimed: Claimed, reason: str) -> None:
    """The message could not be written: nothing left."""
    now = clock.now()
    runtime().sessions.in_store(
        claimed.store_id,
        lambda s: messages.broken(s, claimed.message_id, claimed.token, reason, now),
    )


def put_back(claimed: Claimed, reason: str) -> None:
    """Nothing left: the message is due again in a minute."""
    due_at = clock.now() + _LATER
    runtime().sessions.in_store(
        claimed.store_id,
        lambda s: messages.release(s, claimed.message_id, claimed.token, reason, due_at),
    )


def _write(session: Session, claimed: Claimed) -> Outgoing:
    store = session.get_one(Store, claimed.store_id)
    message = session.get_one(Message, claimed.message_id)
    public_url = runtime().config.public_url
    draft = drafts.write(session, store, message, public_url, clock.now())
    rendered = render(draft.template, draft.medium, draft.context, draft.locale, store.locale)
    return Outgoing(
        key=claimed.key,
        to=draft.to,
        text=rendered.text,
        sender_name=store.name,
        subject=rendered.subject,
        html=rendered.html,
        unsubscribe_url=draft.unsubscribe_url,
        report_url=f"{public_url}/hooks/{claimed.channel.kind}/{store.public_id}/{claimed.key}",
        valid_for_s=draft.valid_for_s,
    )
