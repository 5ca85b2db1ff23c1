"""Messages that are due: the store's orders first, then each through claim, gate and wire."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from sqlalchemy.orm import Session

from connector import clock
from connector.ports.channel import Outgoing
from connector.services import messages, reports
from connector.services.ledger import Held, Outcome
from jobs import orders, preparing, trouble
from jobs.preparing import Claimed
from jobs.runtime import Ref, runtime

_STORES, _THREADS = 4, 4


def send_messages(refs: list[Ref]) -> None:
    """Send a batch; stores go side by side, so that a slow one holds up itself alone."""
    groups = groupby(sorted(map(tuple, refs)), key=lambda ref: ref[0])
    stores = [(store_id, [ref[1] for ref in group]) for store_id, group in groups]
    with ThreadPoolExecutor(_STORES) as pool:
        list(pool.map(lambda store: _send_all(*store), stores))


def _send_all(store_id: int, ids: list[int]) -> None:
    orders.refresh(store_id)
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda message_id: _safely(store_id, message_id), ids))


def _safely(store_id: int, message_id: int) -> None:
    """One message's trouble is its own: its lease runs out and the dispatcher puts it right."""
    try:
        _send(store_id, message_id)
    except Exception as error:  # noqa: BLE001 - see the docstring
        trouble.note(f"message {message_id} of store {store_id}", error)


def _send(store_id: int, message_id: int) -> None:
    claimed = _claimed(store_id, message_id)
    outgoing = _prepared(claimed) if claimed else None
    if claimed is not None and outgoing is not None:
        _hand_over(claimed, outgoing)


def _claimed(store_id: int, message_id: int) -> Claimed | None:
    """The message; one that cannot even be judged is given up in the end, with the reason."""
    try:
        return preparing.claim(store_id, message_id)
    except Exception as error:
        if trouble.is_ours(error):
            raise
        trouble.note(f"message {message_id} of store {store_id}", error)
        preparing.broken(store_id, message_id, None, trouble.name(error))
        return None


def _prepared(claimed: Claimed) -> Outgoing | None:
    """The message's text; one that cannot be written is put back, and given up in the end."""
    store_id, message_id = claimed.store_id, claimed.message_id
    try:
        return preparing.prepare(claimed)
    except Exception as error:
        if trouble.is_ours(error):
            raise
        trouble.note(f"message {message_id} of store {store_id}", error)
        preparing.broken(store_id, message_id, claimed.token, trouble.name(error))
        return None


def _hand_over(claimed: Claimed, outgoing: Outgoing) -> None:
    """Check under the locks, call, record: the call has no transaction open around it."""
    limits, began = runtime().config, time.monotonic()
    held = claimed.held(outgoing.text)
    if not _check(claimed.store_id, held):
        return
    if time.monotonic() - began > limits.lease_s - limits.call_s:
        preparing.put_back(claimed, "the worker was too slow; nothing had left")
        return
    outcome = messages.attempt(claimed.channel, outgoing)
    _record(claimed.store_id, held, outcome)


def _check(store_id: int, held: Held) -> bool:
    now = clock.now()
    number = runtime().sessions.in_store(
        store_id, lambda s: messages.final_check(s, store_id, held, now)
    )
    return number is not None


def _record(store_id: int, held: Held, outcome: Outcome) -> None:
    now = clock.now()

    def work(session: Session) -> None:
        message = messages.record(session, held, outcome, now)
        session.flush()
        if message is not None:
            reports.catch_up(session, message)

    runtime().sessions.in_store(store_id, work)
