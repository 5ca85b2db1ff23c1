"""The platform's own reminder of a cart: asked for before our first mail about it, once known."""

from __future__ import annotations

from sqlalchemy import not_, select
from sqlalchemy.orm import Session

from connector.domain.carts import CartKind
from connector.domain.settings import StoreSettings
from connector.models import Cart, CartToken, Message, Purpose, Store
from connector.services import gate_facts


def to_ask(session: Session, store: Store, message: Message, cart: Cart | None) -> tuple[str, ...]:
    """The names of the cart about which the platform must be asked; () if it need not be.

    Only platforms that list checkouts write about them, and only about these.
    """
    if cart is None or cart.kind is not CartKind.CHECKOUT or cart.platform_mail_at is not None:
        return ()
    if message.purpose is not Purpose.MARKETING or message.medium != "email":
        return ()
    if StoreSettings.of(store.settings).own_mail != "hold":
        return ()
    names = (
        select(CartToken.token)
        .where(CartToken.cart_id == cart.id, not_(gate_facts.mail_before(message)))
        .order_by(CartToken.id)
    )
    return tuple(session.scalars(names))
