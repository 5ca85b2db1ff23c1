"""Time passes by hand: all that falls due is done at its own moment, in the rehearsal's order."""

from __future__ import annotations

import heapq
from datetime import datetime

from connector.cli.campaign.twin import sending
from connector.cli.campaign.twin.player import Player
from connector.cli.campaign.twin.rows import Due, Kind
from connector.services import advance, carts
from jobs.errands import run_errands
from jobs.unknowns import resolve_messages

_PATIENCE = 50  # times that one row may be due at one moment


def tick(player: Player, until: datetime) -> None:
    """Let time pass."""
    while True:
        due = player.rows.due(until)
        top = player.later[0] if player.later and player.later[0][0] <= until else None
        if top is not None and (due is None or top[:3] <= (due.at, due.rank, due.row_id)):
            heapq.heappop(player.later)
            player.set_clock(top[0])
            top[4]()
        elif due is not None:
            _do(player, due)
        else:
            break
    player.set_clock(until)


def _do(player: Player, due: Due) -> None:
    _still_moving(player, due)
    player.set_clock(due.at)
    player.done[due.kind] += 1
    now, row_id = player.now, due.row_id
    match due.kind:
        case Kind.CART:
            player.for_store(lambda s, store: carts.look_again(s, store, row_id, now))
        case Kind.RUN:
            player.in_store(lambda s: advance.advance(s, row_id, now))
        case Kind.MESSAGE:
            sending.deliver(player, row_id)
        case Kind.DOUBT:
            resolve_messages([(player.store_id, row_id)])
        case Kind.ERRAND:
            run_errands([(player.store_id, row_id)])


def _still_moving(player: Player, due: Due) -> None:
    before, times = player.last
    player.last = (due, times + 1 if due == before else 0)
    if player.last[1] > _PATIENCE:
        raise AssertionError(f"the service never comes to rest: {due}")
