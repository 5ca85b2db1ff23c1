"""What is done for each store again and again; adding one is a module and a line in KINDS.

A chore works in slices: it claims its row, calls out with no transaction open, keeps what it
found and where the next slice begins. A crash repeats one slice, so each slice is repeatable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from connector.errors import AdapterError, Disconnected, NotSent
from connector.ports.platform import StorePlatform
from connector.services import chores, installs
from connector.services.chores import Slice, Task
from connector.services.connection import CHECK
from jobs import checkouts, orders, tokens, trouble
from jobs.chores import past, subscriptions
from jobs.runtime import Ref, log, runtime
from platforms import PLATFORMS


@dataclass(frozen=True)
class Kind:
    """One chore: how often (None: only when asked for), and one slice of its work."""

    every: timedelta | None
    work: Callable[[Task], Slice]
    fits: Callable[[type[StorePlatform]], bool] = lambda _: True  # platforms that have it


KINDS: dict[str, Kind] = {
    "orders": Kind(timedelta(minutes=15), orders.work),
    CHECK: Kind(timedelta(days=1), subscriptions.work),
    "tokens": Kind(timedelta(days=7), tokens.work, lambda one: one.tokens_expire),
    "checkouts": Kind(timedelta(minutes=60), checkouts.work, lambda one: one.lists_checkouts),
    past.KIND: Kind(None, past.work),
}


def do_chores(refs: list[Ref]) -> None:
    """Work on each due chore; one's trouble is its own."""
    for store_id, chore_id in refs:
        try:
            _do(store_id, chore_id)
        except Exception as error:  # noqa: BLE001 - see the docstring; its lease runs out
            trouble.note(f"chore {chore_id} of store {store_id}", error)


def _do(store_id: int, chore_id: int) -> None:
    sessions = runtime().sessions
    task = sessions.in_store(store_id, lambda s: chores.claim(s, chore_id))
    kind = KINDS.get(task.kind) if task else None
    if task is None or kind is None:  # a kind of another version: its lease runs out
        return
    try:
        found = kind.work(task)
    except AdapterError as error:
        _stumbled(task, kind, error)
    except Exception as error:  # noqa: BLE001 - a bug in one chore must not stop it for good
        trouble.note(f"chore {task.kind} of store {store_id}", error)
        reason = f"it could not be done ({trouble.name(error)})"
        sessions.in_store(store_id, lambda s: chores.failed(s, task, reason, None, kind.every))
    else:
        sessions.in_store(store_id, lambda s: chores.done(s, task, found, kind.every))


def _stumbled(task: Task, kind: Kind, error: AdapterError) -> None:
    """The outside did not do its part: kept in words, tried again later."""
    log.warning("store %s, %s: %s", task.store_id, task.kind, error.detail)
    sessions, after = runtime().sessions, error.after if isinstance(error, NotSent) else None
    if isinstance(error, Disconnected):
        sessions.in_store(task.store_id, lambda s: installs.needs_reauth(s, task.store_id))
    sessions.in_store(
        task.store_id, lambda s: chores.failed(s, task, error.detail, after, kind.every)
    )


def ensure_all() -> None:
    """Every connected store has every chore that comes by itself."""
    with runtime().sessions.all_stores() as session:
        for store in installs.connected(session):
            chores.ensure(session, store.id, regular(store.platform))


def regular(platform: str) -> list[str]:
    """The kinds that come by themselves for a store of such a platform."""
    made = PLATFORMS.get(platform)
    fitting = [name for name, kind in KINDS.items() if made and kind.fits(made)]
    return [name for name in fitting if KINDS[name].every is not None]
