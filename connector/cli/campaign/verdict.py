"""What came of it all: nothing lost, nothing doubled, every doubt shown."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text

from connector.cli.campaign.load import Load
from connector.cli.demo.proofs import doubled_mails, doubled_texts
from connector.cli.playground import Playground

_KEY = re.compile(r"<([0-9a-f-]{36})@")
_MAY_HAVE_LEFT = {"sent", "unknown"}
_AT_REST = {"sent", "unknown", "cancelled", "scheduled"}


@dataclass(frozen=True)
class Verdict:
    """The figures of a campaign; `broken` says which promises do not hold."""

    webhooks_accepted: int
    webhooks_lost: int  # accepted, and not in the table or not understood
    messages: dict[str, int]  # by state
    reasons: dict[str, int]  # why messages were cancelled, or are unknown
    mails_accepted: int  # by the mail server
    texts_accepted: int  # by the phone network
    messages_doubled: int
    left_unrecorded: int  # accepted there, and neither sent nor unknown here
    unknown: int
    unexplained: int  # waiting, cancelled or unknown without a reason, or not at rest

    def broken(self) -> list[str]:
        """The promises that do not hold, each in a line."""
        names = ("webhooks_lost", "messages_doubled", "left_unrecorded", "unexplained")
        found = [(name, getattr(self, name)) for name in names]
        return [f"{name.replace('_', ' ')}: {n}, must be 0" for name, n in found if n]

    def figures(self) -> dict[str, Any]:
        """All of them, for the JSON."""
        return asdict(self)


def judge(play: Playground, load: Load) -> Verdict:
    """Compare what was accepted, what is kept, and what the providers got."""
    rows = _messages(play)
    mails = play.mail.get("mails")
    texts = [m for m in play.twilio.get("state")["messages"] if m["direction"] != "inbound"]
    states = Counter(row["state"] for row in rows.values())
    return Verdict(
        webhooks_accepted=len(load.accepted),
        webhooks_lost=len(load.accepted - _understood(play)),
        messages=dict(states),
        reasons=dict(Counter(row["reason"] for row in rows.values() if _is_off(row))),
        mails_accepted=len(mails),
        texts_accepted=len(texts),
        messages_doubled=doubled_mails(mails) + doubled_texts(play, texts),
        left_unrecorded=sum(_unrecorded(mail, rows) for mail in mails),
        unknown=states["unknown"],
        unexplained=sum(_is_unexplained(row) for row in rows.values()),
    )


def _understood(play: Playground) -> set[tuple[int, str]]:
    query = text("select store_id, dedup_key from webhooks where state in ('done', 'ignored')")
    with play.means.sessions.all_stores() as session:
        return {(row.store_id, row.dedup_key) for row in session.execute(query)}


def _messages(play: Playground) -> dict[str, dict[str, str]]:
    query = text("select key::text as key, state, reason from messages")
    found: dict[str, dict[str, str]] = {}
    for shop in play.shops.values():
        with play.means.sessions.store(shop.store.id) as session:
            for row in session.execute(query):
                found[row.key] = {"state": row.state, "reason": row.reason}
    return found


def _unrecorded(mail: dict[str, Any], rows: dict[str, dict[str, str]]) -> bool:
    key = _KEY.match(mail["message_id"])
    row = rows.get(key[1]) if key else None
    return row is None or row["state"] not in _MAY_HAVE_LEFT


def _is_off(row: dict[str, str]) -> bool:
    return row["state"] in {"unknown", "cancelled"}


def _is_unexplained(row: dict[str, str]) -> bool:
    waits_or_is_off = row["state"] == "scheduled" or _is_off(row)
    return row["state"] not in _AT_REST or (waits_or_is_off and not row["reason"])
