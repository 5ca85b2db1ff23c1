"""Messages that are due: the store's orders first, then each through claim, gate and wire."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from sqlalchemy.orm import Session

from connector import clock
from connector.models import Message, Store
from connector.ports.channel import Outgoing
from connector.services import messages, reports
from jobs import orders, preparing
from jobs.preparing import Claimed
from jobs.runtime import Ref, log, runtime

_THREADS = 4


def send_messages(refs: list[Ref]) -> None:
    """Send a batch, store by store."""
    for store_id, group in groupby(sorted(map(tuple, refs)), key=lambda ref: ref[0]):
        orders.refresh(store_id)
        ids = [ref[1] for ref in group]
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(lambda message_id, store_id=store_id: _safely(store_id, message_id), ids))


def _safely(store_id: int, message_id: int) -> None:
    """One message's trouble is its own: its lease runs out and the dispatcher puts it right."""
    try:
        _send(store_id, message_id)
    except Exception:  # noqa: BLE001 - see the docstring
        log.exception("message %s of store %s broke off", message_id, store_id)


def _send(store_id: int, message_id: int) -> None:
    claimed = preparing.claim(store_id, message_id)
    outgoing = preparing.prepare(claimed) if claimed else None
    if claimed is not None and outgoing is not None:
        _hand_over(claimed, outgoing)


def _hand_over(claimed: Claimed, outgoing: Outgoing) -> None:
    """Check under the locks, call, record: the call has no transaction open around it."""
    limits, began = runtime().config, time.monotonic()
    if not _check(claimed):
        return
    if time.monotonic() - began > limits.lease_s - limits.call_s:
        preparing.put_back(claimed, "the worker was too slow; nothing had left")
        return
    outcome = messages.attempt(claimed.channel, outgoing)
    _record(claimed, outcome)


def _check(claimed: Claimed) -> bool:
    number = runtime().sessions.in_store(
        claimed.store_id,
        lambda s: messages.final_check(
            s,
            s.get_one(Store, claimed.store_id),
            claimed.message_id,
            claimed.token,
            claimed.channel.kind,
            runtime().config.lease_s,
            clock.now(),
        ),
    )
    return number is not None


def _record(claimed: Claimed, outcome: messages.Outcome) -> None:
    now = clock.now()

    def work(session: Session) -> None:
        messages.record(session, claimed.message_id, claimed.token, outcome, now)
        session.flush()
        reports.catch_up(session, session.get_one(Message, claimed.message_id))

    runtime().sessions.in_store(claimed.store_id, work)
