"""The plain figures of a store over a span of product time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.domain.bots import BOT
from connector.domain.carts import CartState
from connector.domain.money import Money
from connector.models import Attribution, Cart, Message, MessageState, Store, Webhook
from connector.services.desk.words import MANY, medium_name

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Figures:
    """What happened since a moment; money is net of what was taken back, one sum a currency."""

    seen: int
    abandoned: int
    recovered: int
    nameless: int  # left by people who gave no address: nobody to write to
    bots: int  # carts of machines: in no other number
    sent: dict[str, int]  # by medium, in words
    credited: tuple[Money, ...]
    unknown: int
    dead: int


@dataclass(frozen=True)
class Arrivals:
    """What the shop has told us so far, for the page that has no carts to show yet."""

    deliveries: int
    last_at: datetime | None  # the database's clock


def figures(session: Session, store: Store, since: datetime | None) -> Figures:
    """Count a store's doings since a moment, or since ever."""
    begin = since or _BEGINNING
    seen, abandoned, recovered, nameless, bots = _carts(session, store.id, begin)
    unknown, dead = _troubles(session, store.id, begin)
    return Figures(
        seen=seen,
        abandoned=abandoned,
        recovered=recovered,
        nameless=nameless,
        bots=bots,
        sent=_sent(session, store.id, begin),
        credited=_credited(session, store, begin),
        unknown=unknown,
        dead=dead,
    )


def _carts(session: Session, store_id: int, begin: datetime) -> tuple[int, int, int, int, int]:
    """Seen, abandoned, recovered, of nobody known, of machines; none from before us."""
    bot = Cart.excluded.like(f"{BOT}%")
    row = session.execute(
        select(
            func.count().filter(~bot, Cart.created_at >= begin),
            func.count().filter(~bot, Cart.abandoned_at >= begin),
            func.count().filter(~bot, Cart.state == CartState.RECOVERED, Cart.closed_at >= begin),
            func.count().filter(~bot, Cart.contact_id.is_(None), Cart.created_at >= begin),
            func.count().filter(bot, Cart.created_at >= begin),
        ).where(Cart.store_id == store_id, ~Cart.imported)
    ).one()
    return row[0], row[1], row[2], row[3], row[4]


def _sent(session: Session, store_id: int, begin: datetime) -> dict[str, int]:
    rows = session.execute(
        select(Message.medium, func.count())
        .where(Message.store_id == store_id, Message.state == MessageState.SENT)
        .where(Message.sent_at >= begin)
        .group_by(Message.medium)
        .order_by(Message.medium)
    )
    return {MANY.get(medium, medium_name(medium)): count for medium, count in rows}


def _troubles(session: Session, store_id: int, begin: datetime) -> tuple[int, int]:
    tried_at = func.coalesce(Message.inflight_at, Message.created_at)
    row = session.execute(
        select(
            func.count().filter(Message.state == MessageState.UNKNOWN),
            func.count().filter(Message.state == MessageState.DEAD),
        ).where(Message.store_id == store_id, tried_at >= begin)
    ).one()
    return row[0], row[1]


def _credited(session: Session, store: Store, begin: datetime) -> tuple[Money, ...]:
    net = func.sum(Attribution.minor - Attribution.reversed_minor)
    rows = session.execute(
        select(Attribution.currency, net)
        .where(Attribution.store_id == store.id, Attribution.at >= begin)
        .group_by(Attribution.currency)
        .order_by(Attribution.currency)
    )
    sums = tuple(Money(currency, int(minor)) for currency, minor in rows)
    return sums or (Money(store.currency, 0),)


def arrivals(session: Session, store: Store) -> Arrivals:
    """Has the shop told us anything at all yet."""
    count, last = session.execute(
        select(func.count(), func.max(Webhook.received_at)).where(Webhook.store_id == store.id)
    ).one()
    return Arrivals(count, last)
