"""Errands that are due: each claimed, told, recorded; the call has no transaction around it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from connector import clock
from connector.domain.settings import StoreSettings
from connector.errors import AdapterError, Disconnected, OutcomeUnknown
from connector.models import Store
from connector.ports.channel import Channel, Outgoing
from connector.ports.outlet import Notice, Outlet
from connector.services import errands
from jobs import trouble
from jobs.adapters import channel_for, outlet_for
from jobs.runtime import Ref, runtime


def run_errands(refs: list[Ref]) -> None:
    """Tell staff and other software; one errand's trouble is its own."""
    for store_id, errand_id in refs:
        try:
            _run(store_id, errand_id)
        except Exception as error:  # noqa: BLE001 - see the docstring; its lease runs out
            trouble.note(f"errand {errand_id} of store {store_id}", error)


def _run(store_id: int, errand_id: int) -> None:
    sessions = runtime().sessions
    telling = sessions.in_store(store_id, lambda s: errands.claim(s, errand_id, clock.now()))
    if telling is None:
        return
    error, now = _told(store_id, telling), clock.now()
    sessions.in_store(store_id, lambda s: errands.record(s, errand_id, error, now))


def _told(store_id: int, telling: errands.Telling) -> AdapterError | None:
    """What came of it; None if it was told."""
    sessions = runtime().sessions
    if telling.outlet == "staff_email":
        with sessions.store(store_id) as session:
            channel, outgoing = _mail(session, store_id, telling.notice)
        return _attempt(lambda: channel.send(outgoing) if channel else _no("e-mail"))
    with sessions.store(store_id) as session:
        outlet = _outlet(session, store_id, telling.outlet)
    if outlet is None:
        return _attempt(lambda: _no(telling.outlet))
    return _attempt(lambda: outlet.deliver(telling.notice))


def _attempt(call: Callable[[], object]) -> AdapterError | None:
    try:
        call()
    except AdapterError as error:
        return error
    except Exception as error:  # noqa: BLE001 - silence means "it may have left"
        return OutcomeUnknown(f"unexpected {type(error).__name__}")
    return None


def _no(what: str) -> None:
    raise Disconnected(f"the store has no account for {what}")


def _outlet(session: Session, store_id: int, kind: str) -> Outlet | None:
    return outlet_for(session, runtime().vault, session.get_one(Store, store_id), kind)


def _mail(session: Session, store_id: int, notice: Notice) -> tuple[Channel | None, Outgoing]:
    """A short mail to the merchant's staff."""
    store = session.get_one(Store, store_id)
    to = notice.target or StoreSettings.of(store.settings).staff_email
    outgoing = Outgoing(
        key=notice.key, to=to, text=notice.text, sender_name=store.name, subject=notice.text[:120]
    )
    return channel_for(session, runtime().vault, store, "email") if to else None, outgoing
