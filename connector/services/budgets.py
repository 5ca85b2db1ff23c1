"""What texts may cost a month: reserved before a text leaves, given back when it did not.

Caps are hard: the reservation is one conditional update, in the transaction that commits
`inflight`. What may have left keeps its reservation.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.gate import TEXTS
from connector.domain.settings import MICROS, StoreSettings
from connector.domain.texts import segments
from connector.models import Budget, Message, Store


def price(settings: StoreSettings, medium: str, country: str, text: str) -> int:
    """What one message costs, in millionths of the bill's currency; only texts cost anything.

    `country` is the number's. A text that is not written yet ("") counts as one segment.
    """
    if medium not in TEXTS:
        return 0
    return settings.price_micros(country, max(1, segments(text)))


def cap(settings: StoreSettings) -> int | None:
    """The month's cap in millionths; None when the merchant set none."""
    most = settings.texts.month_cap
    return None if most is None else round(most * MICROS)


def left(session: Session, store: Store, message: Message, now: datetime) -> int | None:
    """What may still be spent this month; None without a cap. What the message holds counts."""
    most = cap(StoreSettings.of(store.settings))
    if most is None or message.medium not in TEXTS:
        return None
    used = session.scalar(
        select(Budget.used_micros).where(
            Budget.store_id == store.id,
            Budget.medium == message.medium,
            Budget.month == month(store, now),
        )
    )
    return most - (used or 0) + message.cost_micros


def reserve(session: Session, store: Store, message: Message, cost: int, now: datetime) -> bool:
    """Set the message's cost aside; False if the month's cap does not allow it.

    A message that may have left holds its reservation already: it is billed once.
    """
    if not cost or message.cost_micros:
        return True
    in_month = month(store, now)
    row = {"store_id": store.id, "medium": message.medium, "month": in_month, "used_micros": 0}
    session.execute(insert(Budget).values(row).on_conflict_do_nothing())
    most, after = cap(StoreSettings.of(store.settings)), Budget.used_micros + cost
    taken = session.scalar(
        update(Budget)
        .where(Budget.store_id == store.id, Budget.medium == message.medium)
        .where(Budget.month == in_month, true() if most is None else after <= most)
        .values(used_micros=after)
        .returning(Budget.id),
        execution_options={"synchronize_session": False},
    )
    if taken is not None:
        message.cost_micros, message.cost_month = cost, in_month
    return taken is not None


def give_back(session: Session, message: Message) -> None:
    """The message certainly did not leave: what it held may be spent on another."""
    if not message.cost_micros:
        return
    session.execute(
        update(Budget)
        .where(Budget.store_id == message.store_id, Budget.medium == message.medium)
        .where(Budget.month == message.cost_month)
        .values(used_micros=Budget.used_micros - message.cost_micros),
        execution_options={"synchronize_session": False},
    )
    message.cost_micros, message.cost_month = 0, ""


def month(store: Store, now: datetime) -> str:
    """The month of the store's own calendar ("2026-11")."""
    return f"{now.astimezone(ZoneInfo(store.timezone)):%Y-%m}"
