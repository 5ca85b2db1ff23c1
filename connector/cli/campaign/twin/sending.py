"""The way of one message, by the steps of the sending job; where a worker dies, they stop.

The steps are the job's own, one after the other instead of side by side: an answer may take
its time meanwhile, and a death leaves what a killed process leaves.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from connector.cli.campaign.twin.player import Player
from connector.cli.campaign.twin.vendors import Letter
from connector.ports.channel import DeliveryReport, Outgoing
from connector.rehearsal.base import Rank
from connector.rehearsal.sending import LEASE
from connector.rehearsal.vendors import Answer, Fate
from connector.services import messages, reports
from connector.services.ledger import Held, Outcome
from jobs import dispatch, orders, preparing
from jobs.preparing import Claimed

_FRESH_S = (
    15.0  # the shop is asked well before the product would, so that real time decides nothing
)
_SILENT = (
    "update stores set orders_seen_at = null, orders_failed_at = clock_timestamp() where id = %s"
)


def deliver(player: Player, message_id: int) -> None:
    """Take a due message through claim and gate to its vendor."""
    message = player.rows.message(message_id)
    player.claims[message_id] += 1
    if message.marketing:
        _ask_shop(player)
    claimed = preparing.claim(player.store_id, message_id)
    outgoing = preparing.prepare(claimed) if claimed else None
    if claimed is None or outgoing is None:
        return
    letter = Letter(player.rows.name(message), player.claims[message_id], player.now)
    player.post.letters[message.key] = letter
    answer = player.post.vendor.answer(letter.name, letter.attempt, letter.at)
    if answer.fate is Fate.DIED_CLAIMED:
        _die(player, claimed)
    elif _may_leave(player, message, claimed.held(outgoing.text), letter):
        _hand_over(player, claimed, outgoing, answer)


def _may_leave(player: Player, message: Any, held: Held, letter: Letter) -> bool:
    now, store_id = player.now, player.store_id
    number = player.in_store(lambda s: messages.final_check(s, store_id, held, now))
    if number is not None:
        player.done["sends"] += 1
        player.checks.left(message, letter.name, now)
    return number is not None


def _hand_over(player: Player, claimed: Claimed, outgoing: Outgoing, answer: Answer) -> None:
    """The call, and when its answer is read: at once, later, or never."""
    held = claimed.held(outgoing.text)
    outcome = messages.attempt(claimed.channel, outgoing)
    _expect_reports(player, claimed, answer)
    if answer.fate is Fate.DIED_INFLIGHT:
        _die(player, claimed)
    elif answer.after:
        later = player.now + answer.after
        player.at(later, Rank.ANSWER, claimed.message_id, lambda: _record(player, held, outcome))
    else:
        _record(player, held, outcome)


def _ask_shop(player: Player) -> None:
    """As the job does before a batch; a picture's age is real time, which does not pass here."""
    if player.silent:
        player.asked_at = None
        player.rows.admin.execute(_SILENT, (player.store_id,))
        return
    fresh = player.asked_at is not None and time.monotonic() - player.asked_at < _FRESH_S
    if fresh and not player.post.unasked:
        return
    forget = "update stores set orders_seen_at = null where id = %s"
    player.rows.admin.execute(forget, (player.store_id,))
    orders.refresh(player.store_id)
    player.asked_at = time.monotonic()


def _die(player: Player, claimed: Claimed) -> None:
    token, message_id = claimed.token, claimed.message_id
    work = partial(_lease_over, player, message_id, token)
    player.at(player.now + LEASE, Rank.LEASE, message_id, work)


def _lease_over(player: Player, message_id: int, token: UUID) -> None:
    """Leases are real time, which does not pass here; then the dispatcher puts things right."""
    player.rows.admin.execute(
        "update messages set lease_until = clock_timestamp() - interval '1 second'"
        " where id = %s and lease_token = %s",
        (message_id, token),
    )
    with player.means.sessions.all_stores() as session:
        for statement in dispatch.RESCUE:
            session.execute(text(statement))


def _record(player: Player, held: Held, outcome: Outcome) -> None:
    now = player.now

    def work(session: Session) -> None:
        message = messages.record(session, held, outcome, now)
        session.flush()
        if message is not None:
            reports.catch_up(session, message)

    player.in_store(work)


def _expect_reports(player: Player, claimed: Claimed, answer: Answer) -> None:
    """What the vendor will say later of an attempt, at the address that names the message."""
    letter = player.post.letters[claimed.key]
    for later, kind in answer.reports:
        report = DeliveryReport(kind, f"{letter.name}/{letter.attempt}/{kind}", letter.name)
        at = player.now + answer.after + later
        work = partial(_report, player, claimed, report)
        player.at(at, Rank.REPORT, claimed.message_id, work)


def _report(player: Player, claimed: Claimed, report: DeliveryReport) -> None:
    player.done["report"] += 1
    kind, key, now = claimed.channel.kind, UUID(claimed.key), player.now
    player.in_store(lambda s: reports.record(s, player.store_id, kind, report, now, key))
