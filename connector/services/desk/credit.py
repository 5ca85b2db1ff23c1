"""The money that a cart's messages are credited with, with rule, window and evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.domain.money import Money
from connector.models import Attribution, Message, Order
from connector.services.desk.words import medium_name, shown


@dataclass(frozen=True)
class Credit:
    """One order counted for one message; `taken_back` has been cancelled or refunded since."""

    order: str
    order_state: str
    message: str
    model: str
    rule: str
    window_hours: int
    touched_at: datetime  # the click or the arrival that counts
    amount: Money
    taken_back: Money
    at: datetime
    reversed_at: datetime | None

    @property
    def net(self) -> Money:
        """What is left of it."""
        return self.amount - self.taken_back


def credits_of(session: Session, cart_id: int) -> tuple[Credit, ...]:
    """Every credit that a message about this cart earned."""
    rows = session.execute(
        select(Attribution, Message, Order)
        .join(Message, Message.id == Attribution.message_id)
        .join(Order, Order.id == Attribution.order_id)
        .where(Message.cart_id == cart_id)
        .order_by(Attribution.id)
    )
    return tuple(_credit(*row) for row in rows)


def _credit(row: Attribution, message: Message, order: Order) -> Credit:
    return Credit(
        order=shown(order.name),
        order_state=order.state,
        message=f"{medium_name(message.medium)} “{shown(message.template)}”",
        model=shown(row.model),
        rule=shown(row.rule),
        window_hours=row.window_s // 3600,
        touched_at=datetime.fromisoformat(row.evidence["at"]),
        amount=Money(row.currency, row.minor),
        taken_back=Money(row.currency, row.reversed_minor),
        at=row.at,
        reversed_at=row.reversed_at,
    )
