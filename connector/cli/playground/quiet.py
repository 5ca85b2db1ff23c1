"""Is everything done that was due? What waits, asked of the service and of all sandboxes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import text

from connector.cli.playground import Playground
from connector.cli.playground.calls import DemoError

_POLL_S = 0.04
_BACKLOG = text(
    "select 'webhooks' as kind, count(*) as n from webhooks where state in ('received', 'claimed')"
    " union all select 'carts', count(*) from carts where due_at <= :now"
    " union all select 'runs', count(*) from runs where state = 'active' and due_at <= :now"
    " union all select 'messages', count(*) from messages"
    "  where state in ('claimed', 'inflight') or (state = 'scheduled' and due_at <= :now)"
    " union all select 'audiences', count(*) from contacts where audience_due_at <= :now"
)
_DUES = text(
    "select due_at from carts where due_at > :now and due_at <= :until"
    " union all select due_at from runs"
    "  where state = 'active' and due_at > :now and due_at <= :until"
    " union all select due_at from messages"
    "  where state = 'scheduled' and due_at > :now and due_at <= :until"
    " order by 1"
)
_ARRIVED = frozenset({"delivered", "undelivered", "failed", "received"})


def backlog(play: Playground, *, audiences: bool) -> dict[str, int]:
    """What is not done yet, by kind; empty when all is quiet.

    The senders are asked before the receivers: what leaves one is then seen at the other.
    Outside audiences hold nobody up; `audiences` counts them too.
    """
    counts = {
        f"webhooks of {shop.store.name}": shop.lever.get("state")["webhooks"]["waiting"]
        for shop in play.shops.values()
    }
    with play.means.sessions.all_stores() as session:
        rows = session.execute(_BACKLOG, {"now": play.clock.now()})
        counts |= {row.kind: row.n for row in rows if audiences or row.kind != "audiences"}
    texts = play.twilio.get("state")["messages"]
    counts["texts on their way"] = sum(text["status"] not in _ARRIVED for text in texts)
    return {kind: n for kind, n in counts.items() if n}


def settle(
    play: Playground, patience_s: float, meanwhile: Callable[[], None], *, audiences: bool
) -> None:
    """Wait until nothing is left to do; DemoError says what was left after `patience_s`."""
    deadline, pause = time.monotonic() + patience_s, threading.Event()
    while left := backlog(play, audiences=audiences):
        if time.monotonic() > deadline:
            raise DemoError(f"not quiet after {patience_s:.0f} s: {left}")
        play.running.check()
        meanwhile()
        pause.wait(_POLL_S)


def dues(play: Playground, until: datetime) -> list[datetime]:
    """When the service will have something to do, up to `until`, soonest first."""
    with play.means.sessions.all_stores() as session:
        found = session.scalars(_DUES, {"now": play.clock.now(), "until": until})
        return [at for at in found if at is not None]
