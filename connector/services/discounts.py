"""Codes: one a run, step and kind; looked up before it is made, and again when in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.discounts import DiscountTerms, OfferKind, code_for
from connector.domain.flows import Offer
from connector.domain.flows.forms import decimal
from connector.domain.money import Money
from connector.errors import CodeTaken, Refused
from connector.models import Contact, Discount, DiscountState, Message, Run, RunState, Store
from connector.ports.platform import DiscountMade, StorePlatform
from connector.services import flows, journal
from connector.services.offers import Promise

_SLACK = timedelta(minutes=1)
_GOES_OUT = frozenset({RunState.ACTIVE, RunState.FINISHED})  # runs whose messages may still leave
# Off the goods first: WooCommerce's own link applies one code, and this is worth the most.
_ORDER = (OfferKind.PERCENT, OfferKind.FIXED, OfferKind.FREE_SHIPPING)


def plan(
    session: Session,
    store: Store,
    message: Message,
    promise: Promise,
    secret: bytes,
    now: datetime,
) -> list[Discount]:
    """The rows of a promise's codes, made before anything is asked of the platform.

    ValueError for an amount that the store's currency does not have.
    """
    offer = promise.offer
    rows = [
        {
            "store_id": message.store_id,
            "run_id": message.run_id,
            "step_id": promise.step_id,
            "contact_id": message.contact_id,
            "kind": kind,
            "code": code_for(secret, message.run_id, promise.step_id, kind),
            "percent": decimal(offer.percent or 0) if kind is OfferKind.PERCENT else Decimal(0),
            "offer": _limits(offer, kind, store.currency),
            "state": DiscountState.PLANNED,
            "starts_at": now,
            "expires_at": now + offer.valid_for,
        }
        for kind in offer.kinds()
    ]
    session.execute(insert(Discount).values(rows).on_conflict_do_nothing())
    return _rows(session, message.run_id, promise.step_id)


def _limits(offer: Offer, kind: OfferKind, currency: str) -> dict[str, Any]:
    """The terms beside percent and times, as they are kept; amounts in minor units."""
    both = len(offer.kinds()) > 1
    # Free shipping is for the whole order: beside another code, only that one is limited.
    limited = kind is not OfferKind.FREE_SHIPPING or not both
    return {
        "currency": currency,
        "amount": _minor(offer.amount, currency) if kind is OfferKind.FIXED else None,
        "minimum": _minor(offer.minimum, currency),
        "products": list(offer.products) if limited else [],
        "collections": list(offer.collections) if limited else [],
        "personal": offer.personal,
        "combines": both,
    }


def _minor(amount: float | None, currency: str) -> int | None:
    return None if amount is None else Money.parse(amount, currency).minor


def _rows(session: Session, run_id: int, step_id: str) -> list[Discount]:
    rows = session.scalars(
        select(Discount)
        .where(Discount.run_id == run_id, Discount.step_id == step_id)
        .execution_options(populate_existing=True)
    )
    return sorted(rows, key=lambda row: _ORDER.index(row.kind))


def terms(discount: Discount, contact: Contact) -> DiscountTerms:
    """What must exist at the platform; her names are taken from her row, and kept nowhere else."""
    limits = discount.offer
    personal = limits.get("personal", False)
    return DiscountTerms(
        code=discount.code,
        kind=discount.kind,
        percent=discount.percent,
        starts_at=discount.starts_at,
        expires_at=discount.expires_at,
        reference=f"Cart recovery, run {discount.run_id}, step {discount.step_id}",
        amount=money(discount, "amount"),
        minimum=money(discount, "minimum"),
        product_ids=tuple(limits.get("products", ())),
        collection_ids=tuple(limits.get("collections", ())),
        email=contact.email if personal else "",
        customer_id=contact.customer_id if personal else "",
        combines=limits.get("combines", False),
    )


def money(discount: Discount, name: str) -> Money | None:
    """The amount that a code takes off ("amount"), or that the goods must cost ("minimum")."""
    minor = discount.offer.get(name)
    return None if minor is None else Money(discount.offer["currency"], minor)


def obtain(platform: StorePlatform, wanted: DiscountTerms) -> DiscountMade:
    """The code at the platform, made there unless it is there already.

    Refused if somebody else's discount has the name, or the platform will not have it.
    """
    found = platform.find_discount(wanted.code)
    if found is None:
        try:
            return platform.create_discount(wanted)
        except CodeTaken:
            found = platform.find_discount(wanted.code)
    if found is None:
        raise Refused(f"the code {wanted.code} is taken but cannot be found")
    if not _is_ours(found, wanted):
        raise Refused(f"the code {wanted.code} belongs to another discount")
    platform.check_discount(found, wanted)
    return found


def _is_ours(found: DiscountMade, wanted: DiscountTerms) -> bool:
    if found.reference not in {"", wanted.reference}:
        return False
    return found.expires_at is None or abs(found.expires_at - wanted.expires_at) < _SLACK


def made(session: Session, discount_id: int, result: DiscountMade, now: datetime) -> Discount:
    """The code exists: keep its id. Of a run that was stopped meanwhile nobody gets it: it goes."""
    row = session.get_one(Discount, discount_id)
    run = session.get_one(Run, row.run_id, with_for_update={"read": True})  # not stopped just now
    if row.state is not DiscountState.LIVE:
        row.state, row.platform_id = DiscountState.LIVE, result.platform_id
        row.tidy_at = row.expires_at if run.state in _GOES_OUT else now
        _tell(session, row, f"Made the code {row.code}: {_gives(row)}", now)
    return row


def _gives(row: Discount) -> str:
    if row.kind is OfferKind.FREE_SHIPPING:
        return "free shipping"
    amount = money(row, "amount")
    return f"{amount.text()} off" if amount else f"{row.percent.normalize():f} % off"


def refused(session: Session, discount_id: int, reason: str, now: datetime) -> None:
    """The platform will not have the code."""
    row = session.get_one(Discount, discount_id)
    row.state, row.reason = DiscountState.FAILED, reason
    _tell(session, row, f"No code: {reason}", now)


def codes_of_message(session: Session, message: Message) -> Sequence[Discount]:
    """The live codes that a message shows: the one off the goods first."""
    if message.no_offer:
        return ()
    run = session.get_one(Run, message.run_id)
    found = flows.definition(session, run).offer_at(message.step_id)
    rows = _rows(session, run.id, found[0]) if found else []
    return [row for row in rows if row.state is DiscountState.LIVE]


def _tell(session: Session, row: Discount, text: str, now: datetime) -> None:
    run = session.get_one(Run, row.run_id)
    journal.note(session, flows.about(run), "discount", text, now, discount=row.id)
