"""Being forgotten: personal data removed, the wish to hear nothing kept.

Everything is set-based: a store of 100,000 shoppers takes as many statements as one shopper.
Who was erased is remembered by `privacy_marks`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    and_,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
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
from connector.services.privacy_marks import MARKS, MEDIA, STORE, Those, remember, telling
from connector.services.privacy_requests import Asked

_ASKED = "the person asked to be forgotten"
_STORE_ASKED = "the store's data had to be forgotten"
_PERSONAL = ("email", "phone", "customer_id", "first_name", "last_name", "province")


def erase(session: Session, store: Store, event: ErasureAsked, now: datetime) -> str:
    """Forget a person, or a whole store; "" or why not. Repeating it does nothing more."""
    if event.whole_store:
        return erase_store(session, store, event.asked_at or now, now)
    names = event.person.identities()
    ids = _asked_for(session, store.id, names, event.order_ids)
    those = Those(store.id, ids)
    _lock(session, those)
    known = _names(session, ids)
    remember(session, those, names, (*MEDIA, *MARKS), now)
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
    installs.locked(session, store.id)
    if store.state is not StoreState.UNINSTALLED:
        return "the store is connected: only one that removed the app is erased"
    everyone = Those(store.id, None)
    _lock(session, everyone)
    people = _count(session, everyone)
    remember(session, everyone, (), (*MEDIA, STORE), now)
    runs, messages = installs.stop_all(session, store.id, _STORE_ASKED, now)
    deliveries = privacy_bodies.wipe_all(session, store.id, _STORE_ASKED)
    privacy_store.remove(session, store)
    report = {"people": people, "flows stopped": runs, "messages": messages}
    request = Asked(RequestKind.ERASE_STORE, "store", asked_at)
    report["deliveries"] = deliveries
    privacy_requests.done(session, store.id, request, report, now)
    return ""


def _count(session: Session, those: Those) -> int:
    query = select(func.count(Contact.id)).where(those.own(Contact.id, Contact.store_id))
    return session.scalar(query) or 0


def _asked_for(
    session: Session, store_id: int, names: Sequence[Identity], order_ids: Sequence[str]
) -> list[int]:
    """The contacts that a request means: not those who only share her phone."""
    _lock_names(session, store_id, names)
    hers = telling(names)
    named = _known_by(store_id, hers or names)
    ordered = select(Order.contact_id).where(
        Order.store_id == store_id, Order.external_id.in_(order_ids), Order.contact_id.is_not(None)
    )
    only_a_phone = ~exists().where(
        ContactIdentity.contact_id == Contact.id, ContactIdentity.kind != IdentityKind.PHONE
    )
    by_name, by_order = Contact.id.in_(named), Contact.id.in_(ordered)
    # With a name of her own in hand, a row that has another's is not hers by its phone or order.
    telling_rows = by_name | (by_order & only_a_phone)
    meant = telling_rows if hers else (by_name & only_a_phone) | by_order
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


def _lock(session: Session, those: Those) -> None:
    session.execute(
        select(Contact.id)
        .where(those.own(Contact.id, Contact.store_id))
        .order_by(Contact.id)
        .with_for_update(key_share=True)
    )


def _names(session: Session, ids: Sequence[int]) -> list[Identity]:
    rows = session.scalars(select(ContactIdentity).where(ContactIdentity.contact_id.in_(ids)))
    return [Identity(row.kind, row.value) for row in rows]


def _forget(session: Session, those: Those, now: datetime) -> dict[str, int]:
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
    carts = _empty_carts(session, those, now)
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
    return {"messages": messages, "carts": carts}


def _empty_carts(session: Session, those: Those, now: datetime) -> int:
    """What the platform said of them before is old news now: her goods do not come back."""
    emptied = session.execute(
        update(Cart)
        .where(those.own(Cart.contact_id, Cart.store_id))
        .values(
            lines=[], recovery_url="", due_at=None, source_at=func.greatest(Cart.source_at, now)
        )
        .returning(Cart.id),
        execution_options={"synchronize_session": False},
    )
    return len(emptied.all())


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
