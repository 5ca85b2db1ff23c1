"""The dispatcher: what is due is marked as rung and a doorbell is rung for it.

It claims nothing: the worker does, just before it works on a row. What was rung and not
claimed is rung again after 30 s; what was claimed and not finished is put right here. Two
dispatchers at once do no harm (SKIP LOCKED).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from connector import clock
from jobs import chores, connecting, trouble
from jobs.audiences import sync_audience
from jobs.chores import do_chores
from jobs.consents import tell_consents
from jobs.discounts import tidy_codes
from jobs.errands import run_errands
from jobs.flows import advance_runs, watch_carts
from jobs.messages import send_messages
from jobs.runtime import Ref, has_room, log, ring, runtime
from jobs.system_mails import send_system_mails
from jobs.unknowns import resolve_messages
from jobs.webhooks import process_webhooks

TICK_S = 0.25
_TIDY_EVERY = 240  # ticks: once a minute
_RING = "rung_until is null or rung_until < clock_timestamp()"


@dataclass(frozen=True)
class Due:
    """A kind of rows that fall due: where, when, how many at once, and who works on them."""

    queue: str
    table: str
    when: str
    order: str
    job: Callable[[list[Ref]], None]
    batch: int
    limit: int = 2000
    store: str = "store_id"  # "0" for rows that belong to no store


DUE = (
    Due(
        "webhooks",
        "webhooks",
        "state = 'received' and (retry_at is null or retry_at <= clock_timestamp())",
        "received_at, id",
        process_webhooks,
        100,
    ),
    Due("flows", "carts", "due_at <= :now", "due_at", watch_carts, 100),
    Due(
        "flows",
        "runs",
        "state in ('active', 'pending') and due_at <= :now",
        "due_at",
        advance_runs,
        100,
    ),
    Due(
        "messages",
        "messages",
        "state = 'scheduled' and due_at <= :now",
        "due_at",
        send_messages,
        25,
        500,
    ),
    Due(
        "messages",
        "messages",
        "state = 'unknown' and resolvable and due_at <= :now",
        "due_at",
        resolve_messages,
        25,
        500,
    ),
    Due("flows", "errands", "state = 'scheduled' and due_at <= :now", "due_at", run_errands, 20),
    Due("audiences", "contacts", "audience_due_at <= :now", "audience_due_at", sync_audience, 500),
    Due("chores", "consents", "tell_at <= :now", "tell_at", tell_consents, 20, 500),
    Due("chores", "discounts", "tidy_at <= :now", "tidy_at", tidy_codes, 50, 500),
    Due(
        "chores",
        "chores",
        "due_at <= clock_timestamp() and (lease_until is null or lease_until < clock_timestamp())",
        "due_at",
        do_chores,
        5,
        200,
    ),
    Due(
        "messages",
        "system_mails",
        "due_at <= clock_timestamp()",
        "due_at",
        send_system_mails,
        10,
        200,
        store="0",
    ),
)

_turns = deque(DUE)

RESCUE = (
    "update errands set state = 'scheduled', lease_until = null, rung_until = null"
    " where state = 'claimed' and lease_until < clock_timestamp() and repeatable"
    " and attempts < 8",  # as often as the job itself tries
    "update errands set state = 'unknown', lease_until = null, rung_until = null,"
    " reason = 'it may have been told: the worker stopped meanwhile'"
    " where state = 'claimed' and lease_until < clock_timestamp()",
    "update webhooks set state = 'received', lease_until = null, rung_until = null"
    " where state = 'claimed' and lease_until < clock_timestamp() and attempts < 5",
    "update webhooks set state = 'dead', lease_until = null,"
    " reason = 'the worker died on it each time'"
    " where state = 'claimed' and lease_until < clock_timestamp()",
    "update messages set state = 'scheduled', lease_token = null, lease_until = null,"
    " rung_until = null where state = 'claimed' and lease_until < clock_timestamp()",
    "update messages set state = 'unknown', lease_token = null, lease_until = null,"
    " rung_until = null, maybe_left = true, resolvable = true,"  # its channel knows if it is
    " reason = 'it may have left: the worker stopped while sending'"
    " where state = 'inflight' and lease_until < clock_timestamp()",
    "update messages set state = 'unknown', lease_token = null, lease_until = null,"
    " rung_until = null where state = 'resolving' and lease_until < clock_timestamp()",
)
TIDY = (
    "update webhooks set body = null where body is not null"
    " and state not in ('received', 'claimed')"
    " and received_at < clock_timestamp() - interval '7 days'",
    "delete from product_views where at < clock_timestamp() - interval '30 days'",
    "delete from trials where at < clock_timestamp() - interval '1 day'",
    "delete from account_keys where expires_at < clock_timestamp() - interval '1 day'",
    "delete from system_mails where created_at < clock_timestamp() - interval '1 day'",
    # Somebody signed up and never opened the link: it may not even be her address.
    "delete from accounts where verified_at is null"
    " and created_at < clock_timestamp() - interval '7 days'",
)


def run_forever(stop: threading.Event) -> None:
    """Tick until told to stop; PostgreSQL or Redis away only means a longer pause."""
    ticks = 0
    while not stop.is_set():
        pause = _tick_safely(ticks)
        ticks += 1
        stop.wait(pause)


def _tick_safely(ticks: int) -> float:
    try:
        tick(clock.now())
        if ticks % _TIDY_EVERY == 0:
            _run_all(TIDY)
            chores.ensure_all()
            connecting.forget_old_stores()
            _ = runtime().code_secret  # written down before its key is rotated away
    except Exception as error:  # noqa: BLE001 - whatever it is, the clock must not stop
        log.warning("the dispatcher waits: %s", trouble.name(error))
        return 1.0
    return TICK_S


def tick(now: datetime) -> int:
    """Put right what broke off, then ring for everything that is due; how many rows."""
    _run_all(RESCUE)
    return sum(_ring(due, now) for due in _in_turn() if has_room(due.queue))


def _in_turn() -> tuple[Due, ...]:
    """Carts and runs share a queue: a backlog of one must not starve the other."""
    _turns.rotate()
    return tuple(_turns)


def _run_all(statements: tuple[str, ...]) -> None:
    with runtime().sessions.all_stores() as session:
        for statement in statements:
            session.execute(text(statement))


def _ring(due: Due, now: datetime) -> int:
    with runtime().sessions.all_stores() as session:
        refs = mark(session, due, now)
    if refs:
        ring(due.queue, due.job, refs, due.batch)
    return len(refs)


def mark(session: Session, due: Due, now: datetime) -> list[Ref]:
    """Mark due rows as rung for 30 s and name them."""
    found = session.execute(
        text(
            f"with due as (select id, {due.store} as store_id from {due.table}"  # noqa: S608 - our own constants
            f" where ({due.when}) and ({_RING}) order by {due.order}"
            f" limit {due.limit} for update skip locked)"
            f" update {due.table} t set rung_until = clock_timestamp() + interval '30 seconds'"
            " from due where t.id = due.id returning due.store_id, t.id"
        ),
        {"now": now} if ":now" in due.when else {},
    )
    return [(int(store_id), int(row_id)) for store_id, row_id in found]
