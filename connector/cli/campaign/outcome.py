"""What became of a cycle: the provider's books against our rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from connector.cli.campaign.cycle import Cycle

_MESSAGES = text("select key::text as key, state, reason from messages order by id")
_DELIVERIES = text("select dedup_key, state from webhooks")
_MAY_HAVE_LEFT = frozenset({"sent", "unknown"})
_GIVEN_UP = frozenset({"cancelled", "dead", "failed"})


@dataclass(frozen=True)
class Outcome:
    """What became of a cycle's messages, by the provider's books and by our rows."""

    rows: int
    lost: int  # not at rest, without a reason, or sent here and not there; or never planned
    doubled: int  # accepted beyond the first
    unrecorded: int  # accepted there, and neither sent nor unknown here
    unknown: int
    given_up: int  # cancelled or dead, with a reason
    codes_doubled: int  # codes beyond the first for one offer
    deliveries_lost: int
    shut_out: int  # stores that their shop lets in no more


def judge(
    session: Session, cycle: Cycle, books: Mapping[str, Any], *, is_shut_out: bool
) -> Outcome:
    """Compare a store's rows with the provider's books (store's transaction)."""
    rows = session.execute(_MESSAGES).all()
    accepted = {row.key: _count(books["messages"], row.key) for row in rows}
    kept = {row.dedup_key for row in session.execute(_DELIVERIES) if row.state == "done"}
    return Outcome(
        rows=len(rows),
        lost=cycle.people - len(rows) + sum(_is_lost(row, accepted[row.key]) for row in rows),
        doubled=sum(max(0, count - 1) for count in accepted.values()),
        unrecorded=sum(accepted[r.key] > 0 and r.state not in _MAY_HAVE_LEFT for r in rows),
        unknown=sum(row.state == "unknown" for row in rows),
        given_up=sum(row.state in _GIVEN_UP for row in rows),
        codes_doubled=_doubled_codes(session, books["codes"]),
        deliveries_lost=len(cycle.accepted - kept),
        shut_out=int(is_shut_out),
    )


def _count(messages: Iterable[Mapping[str, Any]], key: str) -> int:
    return sum(message["key"] == key for message in messages)


def _is_lost(row: Any, accepted: int) -> bool:
    if row.state == "sent":
        return not accepted
    return row.state not in _GIVEN_UP | _MAY_HAVE_LEFT or not row.reason


def _doubled_codes(session: Session, codes: Sequence[Mapping[str, Any]]) -> int:
    """Codes at the shop beyond the first of a run and kind: it has one step with an offer."""
    runs = {f"run {run_id}," for run_id in session.scalars(text("select id from runs"))}
    ours = [code for code in codes if any(run in code["reference"] for run in runs)]
    one_each = Counter((code["reference"], code["kind"]) for code in ours)
    return sum(count - 1 for count in one_each.values())
