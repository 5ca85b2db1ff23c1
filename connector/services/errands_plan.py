"""Taking back what staff and other software need not hear any more."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from connector.models import Errand, ErrandState


def cancel(session: Session, which: ColumnElement[bool], reason: str) -> None:
    """Cancel errands that wait; one that is being told now is judged again before a next try."""
    waiting = (
        select(Errand.id)
        .where(which, Errand.state == ErrandState.SCHEDULED)
        .order_by(Errand.id)
        .with_for_update()
    )
    session.execute(
        update(Errand)
        .where(Errand.id.in_(waiting))
        .values(state=ErrandState.CANCELLED, reason=reason, rung_until=None),
        execution_options={"synchronize_session": False},
    )
