"""Being forgotten: personal data removed, the wish to hear nothing kept.

Everything is set-based: a store of 100,000 shoppers takes as many statements as one shopper.
`contacts` asks this module who was erased, so nothing here may import it.
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
    and_,
    case,
    cast,
    column,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    union,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.people import Identity, IdentityKind, Person
from connector.models import (
    AudienceMember,
    Cart,
    Contact,
    ContactIdentity,
    Link,
    LinkPurpose,
    Message,
    Order,
    ProductView,
    RequestKind,
    Store,
    StoreState,
    Suppression,
)
from connector.ports.events import DataAsked, ErasureAsked
from connector.services import (
    flows,
    installs,
    journal,
    privacy_bodies,
    privacy_requests,
    privacy_store,
)
from connector.services.privacy_requests import Asked

_ERASED = "erased"
_ASKED = "the person asked to be forgotten"
_STORE_ASKED = "the store's data had to be forgotten"
_PERSONAL = ("email", "phone", "customer_id", "first_name", "last_name", "province")
_MEDIA = ((IdentityKind.EMAIL, "email"), (IdentityKind.PHONE, "sms"))
# Names under which old news must not bring a person, or anyone of a store, back.
_MARKS = tuple((kind, f"{_ERASED}:{kind}") for kind in IdentityKind)
_STORE = ("store", f"{_ERASED}:store")


@dataclass(frozen=True)
class _Those:
    """Whom it is about: some contacts, or everyone of a store."""

    store_id: int
    ids: Sequence[int] | None  # None: everyone

    def own(self, contact_id: Any, store_id: Any) -> ColumnElement[bool]:
        """The condition for the rows of a table that are theirs."""
        mine: ColumnElement[bool] = store_id == self.store_id
        return mine if self.ids is None else mine & contact_id.in_(self.ids)


def erase(session: Session, store: Store, event: ErasureAsked, now: datetime) -> str:
    """Forget a person, or a whole store; "" or why not. Repeating it does nothing more."""
    if event.whole_store:
        return erase_store(session, store, event.asked_at or now, now)
    names = event.person.identities()
    ids = _asked_for(session, store.id, names, event.order_ids)
    those = _Those(store.id, ids)
    _lock(session, those)
    known = _names(session, ids)
    _remember(session, those, names, (*_MEDIA, *_MARKS), now)
    runs = flows.active_runs(session, ids)
    for run in runs:
        flows.cancel(session, run, _ASKED, now)
    report = {"people": len(ids), "flows stopped": len(runs), **_forget(session, those, now)}
    report["deliveries"] = privacy_bodies.wipe(session, store.id, {*known, *names}, _ASKED)
    request = Asked(
        RequestKind.ERASE, event.request_id or _reference(store.id, event), event.asked_at
    )
    privacy_requests.done(session, store.id, request, report, now)
    return ""


def _reference(store_id: int, event: ErasureAsked) -> str:
    """The same for the same request, where the platform gives it no name; nobody is named by it."""
    names = [f"{name.kind}:{name.value}" for name in sorted(event.person.identities())]
    said = "\n".join((*names, *sorted(event.order_ids)))
    return hashlib.sha256(f"{store_id}:request:{said}".encode()).hexdigest()[:32]


def erase_store(session: Session, store: Store, asked_at: datetime, now: datetime) -> str:
    """Forget a store that removed the app, with everyone and everything in it; "" or why not.

    What stays: that certain addresses must hear nothing (as hashes), and the proof. A store that
    is connected is never erased: the request is older than its new installation, or a replay.
    """
    if store.state is not StoreState.UNINSTALLED:
        return "the store is connected: only one that removed the app is erased"
    everyone = _Those(store.id, None)
    _lock(session, everyone)
    people = _count(session, everyone)
    _remember(session, everyone, (), (*_MEDIA, _STORE), now)
    runs, messages = installs.stop_all(session, store.id, _STORE_ASKED, now)
    deliveries = privacy_bodies.wipe_all(session, store.id, _STORE_ASKED)
    privacy_store.remove(session, store)
    report = {"people": people, "flows stopped": runs, "messages": messages}
    request = Asked(RequestKind.ERASE_STORE, "store", asked_at)
    report["deliveries"] = deliveries
    privacy_requests.done(session, store.id, request, report, now)
    return ""


def _count(session: Session, those: _Those) -> int:
    query = select(func.count(Contact.id)).where(those.own(Contact.id, Contact.store_id))
    return session.scalar(query) or 0


def is_erased(session: Session, store_id: int, person: Person, source_at: datetime) -> bool:
    """True if the person was erased after `source_at`: what was said of her then is not kept.

    Ask under the locks of her names. A phone alone says who she is only if nothing else does.
    """
    names = person.identities()
    telling = _telling(names) or names
    digests = [_digest(store_id, f"{_ERASED}:{name.kind}", name.value) for name in telling]
    found = exists().where(
        Suppression.store_id == store_id,
        Suppression.medium.in_([medium for _, medium in (*_MARKS, _STORE)]),
        Suppression.address_hash.in_([*digests, _digest(store_id, _STORE[1], "")]),
        Suppression.at > source_at,
    )
    return bool(session.scalar(select(found)))


def _telling(names: Iterable[Identity]) -> tuple[Identity, ...]:
    """The names that are hers alone: families share a phone."""
    return tuple(name for name in names if name.kind is not IdentityKind.PHONE)


def _digest(store_id: int, medium: str, value: str) -> bytes:
    return hashlib.sha256(f"{store_id}:{medium}:{value}".encode()).digest()


def _asked_for(
    session: Session, store_id: int, names: Sequence[Identity], order_ids: Sequence[str]
) -> list[int]:
    """The contacts that a request means: not those who only share her phone."""
    _lock_names(session, store_id, names)
    telling = _telling(names)
    named = _known_by(store_id, telling or names)
    ordered = select(Order.contact_id).where(
        Order.store_id == store_id, Order.external_id.in_(order_ids), Order.contact_id.is_not(None)
    )
    only_a_phone = ~exists().where(
        ContactIdentity.contact_id == Contact.id, ContactIdentity.kind != IdentityKind.PHONE
    )
    by_name, by_order = Contact.id.in_(named), Contact.id.in_(ordered)
    # With a name of her own in hand, a row that has another's is not hers by its phone or order.
    telling_rows = by_name | (by_order & only_a_phone)
    meant = telling_rows if telling else (by_name & only_a_phone) | by_order
    found = select(Contact.id).where(Contact.store_id == store_id, meant).order_by(Contact.id)
    return list(session.scalars(found))


def _known_by(store_id: int, names: Sequence[Identity]) -> Any:
    same = [
        and_(ContactIdentity.kind == name.kind, ContactIdentity.value == name.value)
        for name in names
    ]
    return select(ContactIdentity.contact_id).where(
        ContactIdentity.store_id == store_id, or_(literal(value=False), *same)
    )


def _lock_names(session: Session, store_id: int, names: Sequence[Identity]) -> None:
    """As `contacts.matching` does: nobody of that name is made meanwhile."""
    for name in sorted(names):
        key = f"{store_id}:{name.kind}:{name.value}"
        session.execute(text("select pg_advisory_xact_lock(hashtextextended(:k, 0))"), {"k": key})


def _lock(session: Session, those: _Those) -> None:
    session.execute(
        select(Contact.id)
        .where(those.own(Contact.id, Contact.store_id))
        .order_by(Contact.id)
        .with_for_update(key_share=True)
    )


def _names(session: Session, ids: Sequence[int]) -> list[Identity]:
    rows = session.scalars(select(ContactIdentity).where(ContactIdentity.contact_id.in_(ids)))
    return [Identity(row.kind, row.value) for row in rows]


def _remember(
    session: Session,
    those: _Those,
    names: Sequence[Identity],
    media: Sequence[tuple[str, str]],
    now: datetime,
) -> None:
    """Keep as hashes what must hear nothing, and what must not come back."""
    theirs = select(cast(ContactIdentity.kind, String), ContactIdentity.value).where(
        those.own(ContactIdentity.contact_id, ContactIdentity.store_id)
    )
    told = [(str(name.kind), name.value) for name in names] or [(_STORE[0], "")]
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


def _forget(session: Session, those: _Those, now: datetime) -> dict[str, int]:
    """Take back what waits, then remove what is personal; how much. In the order of all locks."""
    theirs = those.own(Message.contact_id, Message.store_id)
    messages = installs.cancel_messages(session, theirs, _ASKED)
    hers = select(Message.id).where(those.own(Message.contact_id, Message.store_id))
    unsynced = {"execution_options": {"synchronize_session": False}}
    session.execute(
        update(Link)
        .where(Link.purpose == LinkPurpose.RECOVER, Link.message_id.in_(hers))
        .values(expires_at=now),
        **unsynced,
    )
    carts = session.execute(
        update(Cart)
        .where(those.own(Cart.contact_id, Cart.store_id))
        # what the platform said of it before is old news now: her goods do not come back
        .values(
            lines=[], recovery_url="", due_at=None, source_at=func.greatest(Cart.source_at, now)
        )
        .returning(Cart.id),
        **unsynced,
    )
    session.execute(
        delete(ProductView).where(those.own(ProductView.contact_id, ProductView.store_id)),
        **unsynced,
    )
    told = exists().where(AudienceMember.contact_id == Contact.id)
    session.execute(
        update(Contact)
        .where(those.own(Contact.id, Contact.store_id), Contact.erased_at.is_(None))
        .values(
            dict.fromkeys(_PERSONAL, "")
            | {"tags": [], "shop_tags": [], "roles": []}
            | {"shop_orders": None, "shop_spent_minor": None}
            | {"erased_at": now, "audience_due_at": case((told, now)), "rung_until": None}
        ),
        **unsynced,
    )
    session.execute(
        delete(ContactIdentity).where(
            those.own(ContactIdentity.contact_id, ContactIdentity.store_id)
        ),
        **unsynced,
    )
    return {"messages": messages, "carts": len(carts.all())}


def asked(session: Session, store: Store, event: DataAsked, now: datetime) -> None:
    """A person asked the merchant for her data: ready on the desk from now on, and told there."""
    ids = known_as(session, store, event.person, event.order_ids)
    reference = event.request_id or hashlib.sha256(repr(ids).encode()).hexdigest()[:32]
    request = Asked(RequestKind.EXPORT, reference, event.asked_at, tuple(ids))
    privacy_requests.done(session, store.id, request, {"people": len(ids)}, now)
    text_ = f"A person asked for her data (request {reference}): it is ready under Privacy"
    journal.note(session, journal.About(store.id), "privacy", text_, now)


def known_as(
    session: Session, store: Store, person: Person, order_ids: Sequence[str] = ()
) -> list[int]:
    """The contacts that a request about a person means, by id."""
    return _asked_for(session, store.id, person.identities(), order_ids)
