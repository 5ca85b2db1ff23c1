"""Which stores let us in, and how each was connected at its last check; the mend beside it."""

from __future__ import annotations

from collections.abc import Iterator

from connector.cli.doctor.finding import Finding, ok, warn
from connector.domain.text import one_line
from connector.models import Store, StoreState
from connector.ports.survey import NoteLevel
from connector.services import connection, installs
from jobs.runtime import Runtime

_REFUSED = "its platform no longer accepts our key"


def stores(means: Runtime) -> Iterator[Finding]:
    """Which stores no longer let us in, why, and where each is connected again."""
    with means.sessions.all_stores() as session:
        found = installs.connected(session)
    shut = sorted((store for store in found if _is_shut(store)), key=lambda store: store.id)
    for store in shut:
        why = f"{one_line(store.name)} refuses us: {one_line(store.trouble) or _REFUSED}"
        yield warn(f"store {store.id}", why, _way_back(means, store))
    if not shut:
        yield ok("stores", f"{len(found)} connected")


def _is_shut(store: Store) -> bool:
    """Also one that its merchant has paused meanwhile: it says so by its trouble alone."""
    return store.state is StoreState.NEEDS_REAUTH or bool(store.trouble)


def _way_back(means: Runtime, store: Store) -> str:
    """Woo's merchant types her address there; Shopify's page needs none but the shop's name."""
    named = f"?shop={store.domain}" if store.platform == "shopify" else ""
    return f"Connect again: {means.config.public_url}/install/{store.platform}{named}"


def checks(means: Runtime) -> Iterator[Finding]:
    """One line a note that is not good; a merchant's trouble never fails the installation."""
    with means.sessions.all_stores() as session:
        stores = installs.connected(session)
    found = [finding for store in stores for finding in _of(means, store)]
    yield from found or [ok("connections", f"nothing to mend at {len(stores)} stores")]


def _of(means: Runtime, store: Store) -> Iterator[Finding]:
    with means.sessions.store(store.id) as session:
        seen = connection.read(session, session.get_one(Store, store.id))
    name = f"store {store.id}"
    if seen.error:
        yield warn(name, f"could not be looked at: {one_line(seen.error)}", "it is tried again")
    for note in seen.notes:
        if note.level is not NoteLevel.GOOD:
            yield warn(name, f"{note.what}: {one_line(note.text)}", one_line(note.mend))
