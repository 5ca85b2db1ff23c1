"""Sealing everything anew with the newest key: a transaction a value, while the service runs.

Kill it anywhere and start it again: what is sealed anew stays so, the rest is found. A value
that somebody else changed meanwhile is left as they wrote it, and looked at once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from connector.errors import ConfigError
from connector.services import installs, sealing
from connector.services.sealing import Sealed
from jobs.runtime import runtime

_ROUNDS = 3

Opened = Callable[[], AbstractContextManager[Session]]


@dataclass
class Tally:
    """What was found: values in all, sealed anew, still under an older key, not to be opened."""

    values: int = 0
    resealed: int = 0
    old: int = 0
    locked: list[str] = field(default_factory=list)  # their places


def rotate() -> Tally:
    """Seal all values anew that an older key sealed."""
    _ = runtime().code_secret  # written down now at the latest: from the oldest key
    resealed = sum(_round() for _ in range(_ROUNDS))
    tally = look()
    tally.resealed = resealed
    return tally


def look() -> Tally:
    """Count, and change nothing."""
    vault, tally = runtime().vault, Tally()
    for _, sealed in _everything():
        tally.values += 1
        try:
            vault.open(sealed.value, sealed.place)
        except ConfigError:
            tally.locked.append(sealed.place)
        else:
            tally.old += not vault.is_newest(sealed.value)
    return tally


def _round() -> int:
    """One pass over everything; how many values were sealed anew."""
    vault, done = runtime().vault, 0
    for opened, sealed in _everything():
        if vault.is_newest(sealed.value):
            continue
        try:
            fresh = vault.resealed(sealed.value, sealed.place)
        except ConfigError:  # its key is gone: `look` names it
            continue
        with opened() as session:
            done += sealing.replace(session, sealed, fresh)
    return done


def _everything() -> Iterator[tuple[Opened, Sealed]]:
    """Every sealed value, with the transaction in which it may be changed."""
    sessions = runtime().sessions
    with sessions.all_stores() as session:
        own = sealing.of_none(session)
        stores = [store.id for store in installs.all_stores(session)]
    yield from ((sessions.all_stores, sealed) for sealed in own)
    for store_id in stores:
        yield from _of_store(store_id)


def _of_store(store_id: int) -> Iterator[tuple[Opened, Sealed]]:
    sessions = runtime().sessions
    with sessions.store(store_id) as session:
        values = sealing.of_store(session)
    yield from ((lambda: sessions.store(store_id), sealed) for sealed in values)
