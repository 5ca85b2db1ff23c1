"""Yes and no that shoppers said to us, told to their shop; no transaction open meanwhile."""

from __future__ import annotations

from sqlalchemy.orm import Session

from connector import clock
from connector.errors import AdapterError, Disconnected, Refused
from connector.models import Store
from connector.ports.platform import StorePlatform
from connector.services import installs, telling
from connector.services.telling import Untold
from jobs import trouble
from jobs.adapters import platform_for
from jobs.runtime import Ref, runtime


def tell_consents(refs: list[Ref]) -> None:
    """Tell each; one's trouble is its own."""
    for store_id, consent_id in refs:
        try:
            _tell(store_id, consent_id)
        except Exception as error:  # noqa: BLE001 - see the docstring; it is rung again
            trouble.note(f"consent {consent_id} of store {store_id}", error)


def _tell(store_id: int, consent_id: int) -> None:
    sessions = runtime().sessions
    begun = sessions.in_store(store_id, lambda s: _begin(s, store_id, consent_id))
    if begun is None:
        return
    platform, untold = begun
    now = clock.now()
    try:
        known = platform.tell_consent(untold.word)
    except AdapterError as error:
        _stumbled(store_id, untold, error)
    else:
        sessions.in_store(store_id, lambda s: telling.told(s, untold, now, known=known))


def _begin(session: Session, store_id: int, consent_id: int) -> tuple[StorePlatform, Untold] | None:
    store = session.get_one(Store, store_id)
    untold = telling.begin(session, store, consent_id, clock.now())
    return (platform_for(runtime().vault, store), untold) if untold else None


def _stumbled(store_id: int, untold: Untold, error: AdapterError) -> None:
    """Told again it would be the same: an unknown outcome is simply tried again."""
    now, detail, for_good = clock.now(), error.detail, isinstance(error, Refused)
    sessions = runtime().sessions
    sessions.in_store(store_id, lambda s: telling.untold(s, untold, detail, now, for_good=for_good))
    if isinstance(error, Disconnected):
        sessions.in_store(store_id, lambda s: installs.needs_reauth(s, store_id))
