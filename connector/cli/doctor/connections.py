"""How each store was connected at its last check: what is not well there, with its mend."""

from __future__ import annotations

from collections.abc import Iterator

from connector.cli.doctor.finding import Finding, ok, warn
from connector.domain.text import one_line
from connector.models import Store
from connector.ports.survey import NoteLevel
from connector.services import connection, installs
from jobs.runtime import Runtime


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
