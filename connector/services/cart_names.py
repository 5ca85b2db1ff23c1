"""Carts by their names, which are many: found, locked, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.domain.carts import CartSnapshot, CartState
from connector.domain.people import Person
from connector.models import Cart, CartToken
from connector.services import contacts


def lock_people(session: Session, store_id: int, names: Sequence[str], person: Person) -> None:
    """Whoever has the cart and whoever will: contacts before carts and runs, by their ids."""
    known = owners(session, store_id, names)
    if known:
        meant = contacts.matching(session, store_id, person.identities())
        contacts.lock(session, [*known, *meant])


def owners(session: Session, store_id: int, names: Sequence[str]) -> list[int]:
    """Whose the carts known by any of the names are."""
    found = select(Cart.contact_id).where(Cart.id.in_(ids(session, store_id, names)))
    return [owner for owner in session.scalars(found) if owner is not None]


def ids(session: Session, store_id: int, names: Sequence[str]) -> list[int]:
    """The carts known by any of the names; every cart is known by its own id too."""
    rows = session.scalars(
        select(CartToken.cart_id)
        .where(CartToken.store_id == store_id, CartToken.token.in_(names))
        .distinct()
    )
    return list(rows)


def locked(session: Session, store_id: int, names: Sequence[str]) -> Cart | None:
    """The cart known by any of the names; the one that has the first name, if several.

    A list may not tell a checkout's cart: then two carts turn out to be one. The one that
    nobody was known to have goes into the other.
    """
    found = list(
        session.scalars(
            select(Cart)
            .where(Cart.id.in_(ids(session, store_id, names)))
            .order_by(Cart.id)
            .with_for_update(key_share=True)
        )
    )
    exact = (cart for cart in found if cart.external_id == names[0])
    cart = next(exact, found[0] if found else None)
    if cart is None or len(found) == 1:
        return cart
    if _is_nobodys(cart):
        cart = next((one for one in found if not _is_nobodys(one)), cart)
    for other in found:
        if other is not cart and _is_nobodys(other):
            _absorb(session, cart, other)
    return cart


def _is_nobodys(cart: Cart) -> bool:
    return cart.contact_id is None and cart.state is CartState.OPEN


def _absorb(session: Session, cart: Cart, other: Cart) -> None:
    session.execute(
        update(CartToken).where(CartToken.cart_id == other.id).values(cart_id=cart.id),
        execution_options={"synchronize_session": False},
    )
    other.state, other.closed_at, other.due_at = CartState.LOST, other.source_at, None
    other.evidence = {**other.evidence, "rule": "the same cart", "cart": cart.id}


def learn(session: Session, cart: Cart, snapshot: CartSnapshot) -> None:
    """Keep every name under which the platform knows a cart."""
    rows = [
        {"store_id": cart.store_id, "cart_id": cart.id, "token": token}
        for token in {snapshot.external_id, *snapshot.tokens}
    ]
    session.execute(insert(CartToken).values(rows).on_conflict_do_nothing())
