"""Codes are taken away at the platform when their run ends or their time is over.

live -> used | ended. A run that went through its steps leaves its code in her mailbox: it
works until it expires. One that was stopped (she bought, the cart is gone, somebody took her
out) has no more use for it: its code is taken away at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from connector.models import Discount, DiscountState, Run, Store, StoreState
from connector.ports.platform import Retired
from connector.services import journal

_FIRST_PAUSE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=24)
_MOST_TRIES = 10  # some three days
_WAITS = timedelta(hours=1)  # for a store that must be connected again


@dataclass(frozen=True)
class Leftover:
    """A code that must go: its row, and its name at the platform."""

    discount_id: int
    platform_id: str


def end_now(session: Session, run: Run, now: datetime) -> None:
    """A run was stopped: its codes that nobody used are taken away at once."""
    _mark(session, Discount.run_id == run.id, now)


def _mark(session: Session, which: object, now: datetime) -> None:
    statement = update(Discount).where(
        which,  # type: ignore[arg-type] # a condition on Discount
        Discount.state == DiscountState.LIVE,
        or_(Discount.tidy_at.is_(None), Discount.tidy_at > now),
    )
    session.execute(statement.values(tidy_at=now, rung_until=None))


def used(session: Session, store: Store, codes: Sequence[str]) -> None:
    """An order used these codes: they stay in the shop's books, which reports refer to."""
    spelled = [code.upper() for code in codes if code]
    if not spelled:
        return
    session.execute(
        update(Discount)
        .where(Discount.store_id == store.id, func.upper(Discount.code).in_(spelled))
        .where(Discount.state.in_((DiscountState.LIVE, DiscountState.ENDED)))
        .values(state=DiscountState.USED, tidy_at=None, rung_until=None)
    )


def begin(
    session: Session, store: Store, ids: Sequence[int], now: datetime
) -> tuple[Leftover, ...]:
    """The codes among these rows that are to go now; the others are put right."""
    rows = session.scalars(
        select(Discount)
        .where(Discount.id.in_(ids), Discount.tidy_at <= now)
        .order_by(Discount.id)
        .with_for_update(skip_locked=True)
    )
    return tuple(
        Leftover(row.id, row.platform_id) for row in list(rows) if _is_to_go(store, row, now)
    )


def _is_to_go(store: Store, row: Discount, now: datetime) -> bool:
    if store.state is StoreState.NEEDS_REAUTH:
        row.tidy_at, row.rung_until = now + _WAITS, None
        return False
    gone = store.state is StoreState.UNINSTALLED
    if gone or row.state is not DiscountState.LIVE or not row.platform_id:
        row.tidy_at = row.rung_until = None
        return False
    return True


def conclude(
    session: Session,
    store: Store,
    asked: Sequence[Leftover],
    results: Sequence[Retired],
    now: datetime,
) -> None:
    """Keep what became of each code; of one without a result it is asked again."""
    told = {one.platform_id: one for one in results}
    for leftover in asked:
        row = session.get_one(Discount, leftover.discount_id, with_for_update=True)
        result = told.get(leftover.platform_id, Retired("", error="the shop said nothing of it"))
        if row.state is not DiscountState.LIVE:
            row.tidy_at = row.rung_until = None
        elif result.error:
            _later(session, store, row, result.error, now)
        else:
            _ended(session, row, result, now)


def unanswered(
    session: Session, store: Store, asked: Sequence[Leftover], error: str, now: datetime
) -> None:
    """The platform did not do it, or may have: asked again, which does no harm."""
    results = [Retired(one.platform_id, error=error) for one in asked]
    conclude(session, store, asked, results, now)


def _ended(session: Session, row: Discount, result: Retired, now: datetime) -> None:
    row.state = DiscountState.USED if result.used else DiscountState.ENDED
    row.tidy_at, row.rung_until, row.reason = None, None, ""
    if not result.used:
        run = session.get_one(Run, row.run_id)
        about = journal.About(row.store_id, run.cart_id, run.contact_id, run.id)
        text = f"Took the unused code {row.code} away at the shop"
        journal.note(session, about, "discount", text, now, discount=row.id)


def _later(session: Session, store: Store, row: Discount, error: str, now: datetime) -> None:
    """With growing pauses; in the end the merchant is told what is left in her shop."""
    row.tidy_tries, row.rung_until = row.tidy_tries + 1, None
    row.reason = f"still at the shop: {error}"[:500]
    if row.tidy_tries < _MOST_TRIES:
        row.tidy_at = now + min(_FIRST_PAUSE * 2 ** (row.tidy_tries - 1), _LONGEST_PAUSE)
        return
    row.tidy_at = None
    text = f"The code {row.code} could not be taken away at the shop ({error}): delete it there"
    journal.note(session, journal.About(store.id), "discount", text, now, discount=row.id)
