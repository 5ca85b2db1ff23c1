"""Messages that may have left: their vendor is asked, each claimed first, no transaction open."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.orm import Session

from connector import clock
from connector.errors import AdapterError, Disconnected, NotSent
from connector.models import Store
from connector.ports.channel import Trace
from connector.services import unknowns
from connector.services.unknowns import Doubt
from jobs import trouble
from jobs.adapters import channel_of_kind
from jobs.runtime import Ref, runtime

_THREADS = 4


def resolve_messages(refs: list[Ref]) -> None:
    """Ask about each; one message's trouble is its own."""
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda ref: _safely(*ref), refs))


def _safely(store_id: int, message_id: int) -> None:
    try:
        _resolve(store_id, message_id)
    except Exception as error:  # noqa: BLE001 - its lease runs out, and it is asked again
        trouble.note(f"unknown message {message_id} of store {store_id}", error)


def _resolve(store_id: int, message_id: int) -> None:
    sessions = runtime().sessions
    doubt = sessions.in_store(store_id, lambda s: _begin(s, store_id, message_id))
    if doubt is None:
        return
    answer = _asked(doubt)
    sessions.in_store(store_id, lambda s: _conclude(s, doubt, answer))


def _begin(session: Session, store_id: int, message_id: int) -> Doubt | None:
    """The vendor that had the message is asked, not the one that the store uses now."""
    means, now = runtime(), clock.now()
    message = unknowns.due(session, message_id, means.config.lease_s, now)
    if message is None:
        return None
    store = session.get_one(Store, store_id)
    channel = channel_of_kind(session, means.vault, store, message.provider)
    return unknowns.begin(session, message, channel, means.config.lease_s, now)


def _asked(doubt: Doubt) -> list[Trace] | AdapterError:
    try:
        return doubt.channel.look_up(doubt.key, doubt.to, doubt.since)
    except AdapterError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a bug in an adapter proves nothing
        return NotSent(f"unexpected {type(error).__name__}")


def _conclude(session: Session, doubt: Doubt, answer: list[Trace] | AdapterError) -> None:
    now = clock.now()
    if not isinstance(answer, AdapterError):
        unknowns.conclude(session, doubt, answer, now)
    elif isinstance(answer, NotSent | Disconnected):
        after = answer.after if isinstance(answer, NotSent) else None
        unknowns.unanswered(session, doubt, answer.detail, after, now)
    else:
        unknowns.unanswerable(session, doubt, answer.detail)
