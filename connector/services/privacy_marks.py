"""Who was erased, kept as hashes: what must hear nothing, and what must not come back.

`contacts` asks this module, so nothing here may import it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    cast,
    column,
    exists,
    func,
    literal,
    select,
    union,
    values,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.people import Identity, IdentityKind, Person
from connector.models import ContactIdentity, Suppression

_ERASED = "erased"
MEDIA = ((IdentityKind.EMAIL, "email"), (IdentityKind.PHONE, "sms"))
# Names under which old news must not bring a person, or anyone of a store, back.
MARKS = tuple((kind, f"{_ERASED}:{kind}") for kind in IdentityKind)
STORE = ("store", f"{_ERASED}:store")


@dataclass(frozen=True)
class Those:
    """Whom it is about: some contacts, or everyone of a store."""

    store_id: int
    ids: Sequence[int] | None  # None: everyone

    def own(self, contact_id: Any, store_id: Any) -> ColumnElement[bool]:
        """The condition for the rows of a table that are theirs."""
        mine: ColumnElement[bool] = store_id == self.store_id
        return mine if self.ids is None else mine & contact_id.in_(self.ids)


def is_erased(session: Session, store_id: int, person: Person, source_at: datetime) -> bool:
    """True if the person was erased after `source_at`: what was said of her then is not kept.

    Ask under the locks of her names. A phone alone says who she is only if nothing else does.
    """
    names = person.identities()
    hers = telling(names) or names
    digests = [_digest(store_id, f"{_ERASED}:{name.kind}", name.value) for name in hers]
    found = exists().where(
        Suppression.store_id == store_id,
        Suppression.medium.in_([medium for _, medium in (*MARKS, STORE)]),
        Suppression.address_hash.in_([*digests, _digest(store_id, STORE[1], "")]),
        Suppression.at > source_at,
    )
    return bool(session.scalar(select(found)))


def telling(names: Iterable[Identity]) -> tuple[Identity, ...]:
    """The names that are hers alone: families share a phone."""
    return tuple(name for name in names if name.kind is not IdentityKind.PHONE)


def _digest(store_id: int, medium: str, value: str) -> bytes:
    return hashlib.sha256(f"{store_id}:{medium}:{value}".encode()).digest()


def remember(
    session: Session,
    those: Those,
    names: Sequence[Identity],
    media: Sequence[tuple[str, str]],
    now: datetime,
) -> None:
    """Keep as hashes what must hear nothing, and what must not come back."""
    theirs = select(cast(ContactIdentity.kind, String), ContactIdentity.value).where(
        those.own(ContactIdentity.contact_id, ContactIdentity.store_id)
    )
    told = [(str(name.kind), name.value) for name in names] or [(STORE[0], "")]
    named = union(theirs, *(select(literal(k), literal(v)) for k, v in told)).subquery("named")
    kind, value = named.c
    kinds = values(column("kind", String), column("medium", String), name="media").data(
        [(str(k), medium) for k, medium in media]
    )
    plain = func.concat(str(those.store_id), ":", kinds.c.medium, ":", value)
    rows = select(
        literal(those.store_id),
        kinds.c.medium,
        func.sha256(func.convert_to(plain, "UTF8")),
        literal(_ERASED),
        literal(now, Suppression.at.type),
    ).join_from(named, kinds, kinds.c.kind == kind)
    statement = insert(Suppression).from_select(
        ["store_id", "medium", "address_hash", "reason", "at"], rows
    )
    later = func.greatest(Suppression.at, statement.excluded.at)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["store_id", "medium", "address_hash"],
            set_={"reason": _ERASED, "at": later, "lifted_at": None},
        )
    )
