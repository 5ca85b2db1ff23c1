"""What a message gives: promised by its step, guarded by her history, withdrawn with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from connector.domain import guard
from connector.domain.flows import Offer
from connector.domain.guard import OfferHistory
from connector.domain.settings import OfferGuard, StoreSettings
from connector.models import Cart, Discount, DiscountState, Message, Run, Store
from connector.services import flows, journal
from connector.services.gate_history import LEFT
from connector.services.messages_plan import WAITING

RUN_OUT = "its code has run out"


@dataclass(frozen=True)
class Promise:
    """An offer, and the step that its codes belong to: several messages may show one code."""

    step_id: str
    offer: Offer


def promised(session: Session, message: Message) -> Promise | None:
    """What the message gives by the version of the flow that its run follows.

    None as well for a message whose offer was withdrawn.
    """
    if message.no_offer:
        return None
    run = session.get_one(Run, message.run_id)
    found = flows.definition(session, run).offer_at(message.step_id)
    return Promise(*found) if found else None


def refusal(
    session: Session,
    store: Store,
    message: Message,
    promise: Promise,
    kin: Sequence[int],
    now: datetime,
) -> str:
    """Why she is to have no offer now; "" if she may. Counted under the locks of `kin`."""
    if _run_out(session, message, promise, now):
        return RUN_OUT
    rules = StoreSettings.of(store.settings).offers
    return guard.refuses(rules, _history(session, message, rules, kin, now))


def withdraw(
    session: Session, message: Message, promise: Promise, reason: str, now: datetime
) -> bool:
    """Without the offer, and with the other words that its step has for that.

    False if there are none: the message would promise what it does not give.
    """
    message.has_offer, message.no_offer = False, reason
    if not promise.offer.otherwise:
        return False
    message.template = promise.offer.otherwise
    about = journal.About(message.store_id, message.cart_id, message.contact_id, message.run_id)
    text = f"No offer: {reason}. Sent as “{message.template}” instead"
    journal.note(session, about, "discount", text, now, message=message.id)
    return True


def _run_out(session: Session, message: Message, promise: Promise, now: datetime) -> bool:
    """A code lives once: one that an earlier message showed may be over by now."""
    found = session.scalar(
        select(Discount.id).where(
            Discount.run_id == message.run_id,
            Discount.step_id == promise.step_id,
            Discount.state == DiscountState.LIVE,
            Discount.expires_at <= now,
        )
    )
    return found is not None


def _history(
    session: Session, message: Message, rules: OfferGuard, kin: Sequence[int], now: datetime
) -> OfferHistory:
    may_have_left = or_(
        Message.state.in_(LEFT),
        Message.state.in_(WAITING) & Message.maybe_left,
    )
    offers = select(func.count(Message.id)).where(
        Message.contact_id.in_(kin),
        Message.id != message.id,
        Message.has_offer,
        may_have_left,
        Message.inflight_at > now - timedelta(days=rules.days),
    )
    carts = select(func.count(Cart.id)).where(
        Cart.contact_id.in_(kin),
        Cart.abandoned_at > now - timedelta(days=rules.serial_days),
    )
    given, abandoned = session.execute(
        select(offers.scalar_subquery(), carts.scalar_subquery())
    ).one()
    return OfferHistory(int(given), int(abandoned))
