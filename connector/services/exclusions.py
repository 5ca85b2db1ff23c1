"""What keeps a cart out of every flow: the merchant's own rules, and machines."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector.domain.bots import Signs, kept_out
from connector.domain.carts import CartSnapshot
from connector.domain.flows.entry import BY_IP, Who, excluded_by
from connector.domain.settings import StoreSettings
from connector.models import Cart, Contact, Store

_A_DAY = timedelta(days=1)


def of_cart(
    session: Session, store: Store, cart: Cart, contact: Contact | None, told: CartSnapshot
) -> str:
    """The reason why nobody is written to about this cart, "" if there is none."""
    return _by_rules(store, cart, told) or _bot(session, store, contact, told)


def _by_rules(store: Store, cart: Cart, snapshot: CartSnapshot) -> str:
    """What keeps this cart out; its IP address is compared here and not stored."""
    rules = StoreSettings.of(store.settings).exclude
    if cart.excluded == BY_IP and rules.ips and not snapshot.ip:
        return BY_IP  # news that tells no address says nothing against it
    return excluded_by(rules, Who(ip=snapshot.ip, roles=frozenset(snapshot.roles)))


def _bot(session: Session, store: Store, contact: Contact | None, snapshot: CartSnapshot) -> str:
    """Why the cart is taken for a machine's, "" if it is not (or machines are let in)."""
    if contact is None or StoreSettings.of(store.settings).bots == "let_in":
        return ""
    since = snapshot.source_at - _A_DAY
    carts = session.scalar(
        select(func.count(Cart.id)).where(Cart.contact_id == contact.id, Cart.created_at > since)
    )
    return kept_out(Signs(snapshot.person.email or contact.email, (carts or 0) + 1))
