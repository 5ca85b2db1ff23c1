"""How a store is connected: what was seen at its last check, and what its deliveries say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.models import Chore, Store, Webhook
from connector.ports.survey import Note, NoteLevel, Survey
from connector.services import chores, journal
from connector.services.reconciliation import CHECKOUTS, ORDERS

CHECK = "subscriptions"  # the chore that looks
_LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Connection:
    """A store's connection for people. Times are real (database's clock)."""

    capture: str  # "full", "reduced", "" before the first check
    notes: tuple[Note, ...]  # what is broken comes first
    topics: tuple[str, ...]
    checked_at: datetime | None
    under_way: bool
    error: str  # why the last check came to nothing, "" if it did not


def read(session: Session, store: Store) -> Connection:
    """What is known of a store's connection."""
    chore = chores.of_store(session, store.id).get(CHECK)
    result: Mapping[str, Any] = chore.result if chore else {}
    notes = tuple(_note(each) for each in result.get("notes", ()))
    due = Chore.due_at <= func.clock_timestamp()
    under_way = bool(chore and session.scalar(select(due).where(Chore.id == chore.id)))
    return Connection(
        capture=store.capture,
        notes=tuple(sorted(notes, key=lambda note: _ORDER[note.level])),
        topics=tuple(result.get("topics", ())),
        checked_at=chore.done_at if chore else None,
        under_way=under_way,
        error=chore.error if chore else "",
    )


_ORDER = {NoteLevel.BROKEN: 0, NoteLevel.MISSING: 1, NoteLevel.GOOD: 2}


def _note(kept: Mapping[str, str]) -> Note:
    return Note(kept["what"], NoteLevel(kept["level"]), kept["text"], kept["mend"])


def check_now(session: Session, store_id: int) -> None:
    """Have the store looked at at once."""
    chores.ask_for(session, store_id, CHECK)


def keep(
    session: Session, store: Store, seen: Survey, repaired: Sequence[str], now: datetime
) -> dict[str, Any]:
    """Keep what a check found; returns what the chore shows of it. A repair is in the journal."""
    store.capture = seen.capture
    if repaired:
        text = f"Webhooks were made anew: {', '.join(repaired)}"
        journal.note(session, journal.About(store.id), "store", text, now)
    notes = [*seen.notes, *deliveries(session, store)]
    return {
        "notes": [
            {"what": n.what, "level": n.level.value, "text": n.text, "mend": n.mend} for n in notes
        ],
        "topics": list(seen.topics),
        "missing": list(seen.missing),
        "repaired": list(repaired),
    }


def deliveries(session: Session, store: Store) -> list[Note]:
    """Whether what the store should have told came: judged by what had to be asked for."""
    lost, newest = _lost(session, store.id), _newest(session, store.id)
    if lost is not None:
        return [
            Note(
                "deliveries",
                NoteLevel.BROKEN,
                f"Within the last day orders or carts were found only by asking ({lost} since the"
                " store is connected): no webhook told of them. They are late, not lost.",
                _MENDS.get(store.platform, _MEND),
            )
        ]
    if newest is None:
        return [Note("deliveries", NoteLevel.GOOD, "No webhook has come yet.")]
    return [Note("deliveries", NoteLevel.GOOD, "Webhooks come in.")]


_MEND = "see that CARTWRIGHT_URL can be reached from the internet, and check again in an hour"
_MENDS = {
    "woocommerce": "have the shop's server call wp-cron.php each minute (it sends the webhooks),"
    f" as in: */1 * * * * curl -s SHOP/wp-cron.php?doing_wp_cron > /dev/null; {_MEND}"
}


def _newest(session: Session, store_id: int) -> datetime | None:
    found: datetime | None = session.scalar(
        select(func.max(Webhook.received_at)).where(Webhook.store_id == store_id)
    )
    return found


def _lost(session: Session, store_id: int) -> int | None:
    """How many in all, if the last one is of the last day; None if nothing was lost lately."""
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    known = chores.of_store(session, store_id)
    results = [known[kind].result for kind in (ORDERS, CHECKOUTS) if kind in known]
    times = [datetime.fromisoformat(r["last_at"]) for r in results if r.get("last_at")]
    if not times or max(times) < now - _LATELY:
        return None
    return sum(int(result.get("lost", 0)) for result in results)
