"""Deliveries as shared events: resource of the topic -> function, the table at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from urllib.parse import parse_qs

import msgspec

from connector.domain.people import Person, clean_email
from connector.domain.times import believed
from connector.errors import Malformed
from connector.ports.events import (
    CartClosed,
    ConsentChanged,
    ContactChanged,
    DataAsked,
    ErasureAsked,
    Ignored,
    OrderCancelled,
    ProductChanged,
    StoreEvent,
)
from connector.ports.platform import RawWebhook, StoreAccount
from platforms.woocommerce import values
from platforms.woocommerce.parse_carts import cart_events, view_events
from platforms.woocommerce.parse_orders import cart_name, order_events
from platforms.woocommerce.payloads import (
    Action,
    Address,
    Cart,
    Customer,
    Envelope,
    Order,
    PrivacyCall,
    Viewed,
)

Payload = TypeVar("Payload")
Account = tuple[ContactChanged] | tuple[ContactChanged, ConsentChanged]
Handler = Callable[[StoreAccount, RawWebhook, Envelope, datetime], list[StoreEvent]]

# What decoding and reading raise for bodies that make no sense.
UNREADABLE = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
TYPED_AT_CHECKOUT = "woocommerce_checkout_update_order_review"  # the classic checkout's form


def parse(account: StoreAccount, webhook: RawWebhook, received_at: datetime) -> list[StoreEvent]:
    """Events of one verified delivery, never empty; Malformed when the body makes no sense."""
    try:
        return [believed(e, received_at) for e in _events(account, webhook, received_at)]
    except UNREADABLE as error:
        raise Malformed(f"{webhook.topic}: {values.text(str(error))[:200]}") from error


def _events(account: StoreAccount, webhook: RawWebhook, received_at: datetime) -> list[StoreEvent]:
    resource = webhook.topic.partition(".")[0]
    if resource not in HANDLERS:
        return [Ignored(f"topic {webhook.topic!r} is not one of ours")]
    head = read(webhook.body, Envelope)
    if resource != "action" and not (head.id and values.text(head.id)):
        reason = values.text(head.code)[:100] or "no id"
        return [Ignored(f"an error instead of the {resource}: {reason}")]
    if _is_elsewhere(account, head):
        return [Ignored("another store's data")]
    return HANDLERS[resource](account, webhook, head, received_at)


def read(body: bytes | msgspec.Raw, kind: type[Payload]) -> Payload:
    """Decode leniently, as PHP writes: numbers may come as text. Raises msgspec's errors."""
    return msgspec.json.decode(body, type=kind, strict=False)


def _is_elsewhere(account: StoreAccount, head: Envelope) -> bool:
    """True if the body's own address lies outside of the store that we know."""
    if head.links is None or not head.links.me:
        return False
    host, path = values.place(head.links.me[0].href)
    homes = [values.place(url) for url in (account.domain, account.storefront) if url]
    return not any(host == home and values.within(path, folder) for home, folder in homes)


def _order(
    account: StoreAccount, webhook: RawWebhook, head: Envelope, received_at: datetime
) -> list[StoreEvent]:
    if webhook.topic == "order.deleted":
        number = values.text(head.id)
        return [OrderCancelled(number, received_at), CartClosed((cart_name(number),), received_at)]
    return order_events(account, read(webhook.body, Order), received_at)


def _cart(
    account: StoreAccount, webhook: RawWebhook, _: Envelope, received_at: datetime
) -> list[StoreEvent]:
    if webhook.topic == "cart.viewed":
        return view_events(read(webhook.body, Viewed), received_at)
    return cart_events(account, read(webhook.body, Cart), received_at)


def _customer(
    _: StoreAccount, webhook: RawWebhook, head: Envelope, received_at: datetime
) -> list[StoreEvent]:
    if webhook.topic == "customer.deleted":
        return [Ignored(f"account {values.text(head.id)} was deleted at the shop")]
    customer = read(webhook.body, Customer)
    changed, *said = account_events(customer, values.utc(customer.date_modified_gmt, received_at))
    return [replace(changed, created=webhook.topic == "customer.created"), *said]


def account_events(customer: Customer, at: datetime) -> Account:
    """What an account says that was changed `at`: who it is, and what she said of marketing."""
    address = msgspec.structs.replace(
        customer.billing,
        first_name=customer.first_name or customer.billing.first_name,
        last_name=customer.last_name or customer.billing.last_name,
        email=customer.email or customer.billing.email,
    )
    who = values.person(address, customer_id=customer.id)
    marks = values.marks(customer.meta_data, at, "account", repeated=True)
    roles = values.roles([customer.role]) if customer.role else None
    changed = ContactChanged(who, at, roles=roles)
    return (changed, ConsentChanged(who, marks)) if marks else (changed,)


def _product(
    _: StoreAccount, _webhook: RawWebhook, head: Envelope, _received_at: datetime
) -> list[StoreEvent]:
    return [ProductChanged(values.text(head.id))]


def _coupon(
    _: StoreAccount, webhook: RawWebhook, _head: Envelope, _received_at: datetime
) -> list[StoreEvent]:
    return [Ignored(f"{webhook.topic} is of no use to us")]


def _action(
    _: StoreAccount, webhook: RawWebhook, _head: Envelope, received_at: datetime
) -> list[StoreEvent]:
    action = read(webhook.body, Action)
    if action.action != TYPED_AT_CHECKOUT or not isinstance(action.arg, str):
        return [Ignored(f"{webhook.topic} is of no use to us")]
    who = values.person(_typed(action.arg))
    if not who.reachable:
        return [Ignored("a checkout form without e-mail and phone")]
    return [ContactChanged(who, received_at)]


def _typed(form: str) -> Address:
    """The billing fields of the classic checkout's form, which comes urlencoded."""
    fields = {name: words[-1] for name, words in parse_qs(form, max_num_fields=500).items()}
    names = Address.__struct_fields__
    return Address(**{name: fields.get(f"billing_{name}", "") for name in names})


def _privacy(
    _: StoreAccount, webhook: RawWebhook, _head: Envelope, received_at: datetime
) -> list[StoreEvent]:
    call = read(webhook.body, PrivacyCall)
    who = Person(email=clean_email(call.email))
    if not who.email:
        return [Ignored("a privacy request without an e-mail address")]
    at = values.utc(call.asked_gmt, received_at)
    if call.kind == "export":
        return [DataAsked(who, (), call.id[:100], at)]
    return [ErasureAsked(who, (), request_id=call.id[:100], asked_at=at)]


HANDLERS: dict[str, Handler] = {
    "privacy": _privacy,
    "order": _order,
    "cart": _cart,
    "customer": _customer,
    "product": _product,
    "coupon": _coupon,
    "action": _action,
}
