"""What a message needs before it may leave: its pictures, its code, its text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from connector import clock
from connector.domain.discounts import DiscountTerms
from connector.domain.gate import Never
from connector.domain.settings import StoreSettings
from connector.errors import AdapterError, Disconnected, Refused
from connector.models import Cart, Contact, DiscountState, Message, MessageState, Store
from connector.ports.channel import Channel, Outgoing
from connector.ports.platform import StorePlatform
from connector.rendering import render
from connector.services import (
    carts,
    contacts,
    discounts,
    drafts,
    gate,
    installs,
    messages,
    offers,
    own_mail,
    products,
)
from connector.services.ledger import Held, finish
from jobs.adapters import channel_for, platform_for
from jobs.runtime import log, runtime

_LATER = timedelta(minutes=1)
Codes = tuple[tuple[int, DiscountTerms], ...]


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
    names: tuple[str, ...]  # of its cart, if its shop may have written about it first
    blind: bool  # it may leave though the shop cannot be asked
    codes: Codes  # (row, terms) of those that do not exist yet

    def held(self, text: str = "") -> Held:
        """The same for the ledger, with the text once it is written."""
        lease_s = runtime().config.lease_s
        return Held(self.message_id, self.token, self.channel, lease_s, text)


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
    if not _worth_it(session, store, message, channel, now) or channel is None:
        return None
    cart = session.get(Cart, message.cart_id) if message.cart_id else None
    return Claimed(
        store_id=store_id,
        message_id=message_id,
        token=message.lease_token,
        key=str(message.key),
        channel=channel,
        platform=platform_for(vault, store),
        products=products.missing(session, cart) if cart else [],
        names=own_mail.to_ask(session, store, message, cart),
        blind=StoreSettings.of(store.settings).email_blind == "send",
        codes=_codes(session, store, message, now),
    )


def _worth_it(
    session: Session, store: Store, message: Message, channel: Channel | None, now: datetime
) -> bool:
    """The gate and the offer guard, asked without locks: the final check asks them again."""
    kin = contacts.kin(session, message.contact_id)
    kind = channel.kind if channel else ""
    judged = gate.judge(session, store, message, kind, now, kin=kin)
    if not gate.apply(session, message, judged.verdict, now):
        return False
    promise = offers.promised(session, message) if message.has_offer else None
    why_not = promise and offers.refusal(session, store, message, promise, kin, now)
    if promise is None or not why_not:
        return True
    if offers.withdraw(session, message, promise, why_not, now):
        return True
    return gate.apply(session, message, Never(f"no offer: {why_not}"), now)


def _codes(session: Session, store: Store, message: Message, now: datetime) -> Codes:
    """What must be made at the platform before the message can say it."""
    promise = offers.promised(session, message) if message.has_offer else None
    if promise is None:
        return ()
    contact = session.get_one(Contact, message.contact_id)
    rows = discounts.plan(session, store, message, promise, runtime().code_secret, now)
    missing = [row for row in rows if row.state is not DiscountState.LIVE]
    return tuple((row.id, discounts.terms(row, contact)) for row in missing)


def prepare(claimed: Claimed) -> Outgoing | None:
    """Ask the platform for what is missing, then write the message; None if it must wait."""
    if _shop_wrote(claimed):
        return None
    _fetch_products(claimed)
    if not all(_make_code(claimed, row_id, wanted) for row_id, wanted in claimed.codes):
        return None
    return runtime().sessions.in_store(claimed.store_id, lambda s: _write(s, claimed))


def _shop_wrote(claimed: Claimed) -> bool:
    """True if the shop's own reminder went out first, or it cannot be asked just now.

    The message is put back then: the gate, which knows it now, decides. A shop that will
    never tell holds nothing up, nor does one that cannot be asked where the merchant chose so.
    """
    if not claimed.names:
        return False
    try:
        at = claimed.platform.reminded(claimed.names, clock.now())
    except Refused as error:
        log.warning("store %s does not tell of its own mail: %s", claimed.store_id, error.detail)
        return False
    except AdapterError as error:
        if claimed.blind:
            log.warning(
                "store %s is not asked for its own mail: %s", claimed.store_id, error.detail
            )
            return False
        _unreachable(claimed, error, "whether the shop wrote first")
        return True
    if at is None:
        return False
    runtime().sessions.in_store(
        claimed.store_id,
        lambda s: carts.reminded(s, s.get_one(Store, claimed.store_id), claimed.names, at),
    )
    put_back(claimed, "the shop's own reminder went out")
    return True


def _unreachable(claimed: Claimed, error: AdapterError, what: str) -> None:
    """The message waits; a store that lets us in no more waits for its merchant."""
    store_id = claimed.store_id
    if isinstance(error, Disconnected):
        runtime().sessions.in_store(store_id, lambda s: installs.needs_reauth(s, store_id))
    put_back(claimed, f"not known yet: {what}: {error.detail}")


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


def _make_code(claimed: Claimed, row_id: int, wanted: DiscountTerms) -> bool:
    sessions, store_id = runtime().sessions, claimed.store_id
    try:
        made = discounts.obtain(claimed.platform, wanted)
    except Refused as error:
        reason = error.detail
        sessions.in_store(store_id, lambda s: _no_code(s, claimed, row_id, reason))
        return False
    except AdapterError as error:
        _unreachable(claimed, error, "its code")
        return False
    now = clock.now()
    sessions.in_store(store_id, lambda s: discounts.made(s, row_id, made, now))
    return True


def _no_code(session: Session, claimed: Claimed, row_id: int, reason: str) -> None:
    """The promised code cannot be had: a message with its words would be a lie."""
    now = clock.now()
    discounts.refused(session, row_id, reason, now)
    message = session.get_one(Message, claimed.message_id, with_for_update=True)
    promise = offers.promised(session, message)
    if message.lease_token != claimed.token or promise is None:
        return
    said = f"no code: {reason}"
    if offers.withdraw(session, message, promise, said, now):
        message.due_at = now
        finish(message, MessageState.SCHEDULED, said)
    else:
        finish(message, MessageState.DEAD, said)


def broken(store_id: int, message_id: int, token: UUID | None, reason: str) -> None:
    """The message could not be claimed (no token) or written: nothing left."""
    now = clock.now()
    runtime().sessions.in_store(
        store_id, lambda s: messages.broken(s, message_id, token, reason, now)
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
    origin = drafts.Origin(public_url, runtime().code_secret)
    draft = drafts.write(session, store, message, origin, clock.now())
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
