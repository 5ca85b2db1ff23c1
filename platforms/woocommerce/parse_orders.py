"""Orders as shared events: by gateway and status a purchase, a cart, or the end of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from connector.domain.carts import CartKind, CartLine, CartSnapshot, OrderSnapshot, Payment
from connector.domain.money import Money
from connector.ports.events import (
    CartChanged,
    CartClosed,
    ConsentChanged,
    Ignored,
    OrderCancelled,
    OrderFailed,
    OrderPlaced,
    OrderRefunded,
    StoreEvent,
)
from connector.ports.platform import StoreAccount
from platforms.woocommerce import statuses, values
from platforms.woocommerce.payloads import Order, OrderLine, Refund
from platforms.woocommerce.statuses import Meaning

ALL_OF_IT = "total"  # names the sum of all refunds, where no single one is known


def order_events(account: StoreAccount, order: Order, received_at: datetime) -> list[StoreEvent]:
    """Everything that an order in its present state says."""
    rows = statuses.overrides(account.options)
    meaning = statuses.meaning(order.payment_method, order.status, rows)
    if meaning is None:
        return [Ignored(f"order status {order.status!r} is not known (order_meanings)")]
    if meaning is Meaning.IGNORE:
        return [Ignored(f"order status {order.status!r} means nothing to us")]
    at = values.utc(order.date_modified_gmt, received_at)
    return [*EVENTS[meaning](order, at), *_consent(order, at)]


def left_cart(account: StoreAccount, order: Order, at: datetime) -> CartSnapshot | None:
    """The cart that an order of long ago is which was never paid; None if it is none.

    It was left `at`: what changed it later (the shop closed it, somebody wrote a note) was none
    of her doing. One that the shop cancelled counts, as long as no money ever came.
    """
    rows = statuses.overrides(account.options)
    payment = _UNPAID.get(statuses.meaning(order.payment_method, order.status, rows))
    if payment is None or order.date_paid_gmt:
        return None
    return _cart(order, at, CartKind.UNPAID_ORDER, payment)


def cart_name(order_id: int | str) -> str:
    """The name of the cart that an unpaid order is."""
    return f"order:{order_id}"


def _begun(order: Order, at: datetime) -> list[StoreEvent]:
    return [CartChanged(_cart(order, at, CartKind.CHECKOUT, Payment.NONE))]


def _unpaid(order: Order, at: datetime) -> list[StoreEvent]:
    return [CartChanged(_cart(order, at, CartKind.UNPAID_ORDER, Payment.WAITING))]


def _failed(order: Order, at: datetime) -> list[StoreEvent]:
    cart = _cart(order, at, CartKind.UNPAID_ORDER, Payment.FAILED)
    return [CartChanged(cart), OrderFailed(_snapshot(order, at))]


def _placed(order: Order, at: datetime) -> list[StoreEvent]:
    return [OrderPlaced(_snapshot(order, at)), *_refunds(order, at)]


def _cancelled(order: Order, at: datetime) -> list[StoreEvent]:
    return [OrderCancelled(str(order.id), at)]


def _deleted(order: Order, at: datetime) -> list[StoreEvent]:
    return [*_cancelled(order, at), CartClosed((cart_name(order.id),), at)]


def _refunded(order: Order, at: datetime) -> list[StoreEvent]:
    """A purchase, which nobody may have told us of, and all of its money back.

    A plugin may set the status and make no refund: then the total is what went back.
    """
    whole = OrderRefunded(str(order.id), at, ALL_OF_IT, _total(order))
    placed = OrderPlaced(_snapshot(order, at))
    return [placed, *(_refunds(order, at) or [whole])]


def _refunds(order: Order, at: datetime) -> list[StoreEvent]:
    return [
        OrderRefunded(str(order.id), at, str(refund.id), _given_back(order, refund))
        for refund in order.refunds
    ]


def _given_back(order: Order, refund: Refund) -> Money:
    return Money.rounded(str(refund.total).lstrip("-"), order.currency)


def _consent(order: Order, at: datetime) -> list[StoreEvent]:
    """Said when the order was made; each later change of it tells the same once more."""
    marks = values.marks(order.meta_data, values.utc(order.date_created_gmt, at), "checkout")
    who = values.person(order.billing, customer_id=order.customer_id)
    return [ConsentChanged(who, marks)] if marks else []


def _total(order: Order) -> Money:
    """Rounded: a shop may show 0 or 4 decimals, whatever its currency has."""
    return Money.rounded(order.total, order.currency)


def _snapshot(order: Order, at: datetime) -> OrderSnapshot:
    return OrderSnapshot(
        external_id=str(order.id),
        name=f"#{values.text(order.number) or order.id}",
        person=values.person(order.billing, customer_id=order.customer_id),
        total=_total(order),
        placed_at=values.utc(order.date_created_gmt, at),
        source_at=at,
        cart_tokens=(cart_name(order.id), *_origin(order)),
        codes=tuple(filter(None, (values.text(line.code) for line in order.coupon_lines))),
        lines=_bought(order.line_items, order.currency),
        paid_at=values.utc(order.date_paid_gmt, at) if order.date_paid_gmt else None,
        fulfilled_at=_fulfilled_at(order, at),
    )


def _fulfilled_at(order: Order, at: datetime) -> datetime | None:
    """When the order was completed; a refunded one keeps the date, if it ever was."""
    if order.status == "completed":
        return values.utc(order.date_completed_gmt, at)
    kept = order.date_completed_gmt if order.status == "refunded" else None
    return values.utc(kept, at) if kept else None


def _cart(order: Order, at: datetime, kind: CartKind, payment: Payment) -> CartSnapshot:
    return CartSnapshot(
        external_id=cart_name(order.id),
        kind=kind,
        lines=_lines(order.line_items, order.currency),
        total=_total(order),
        person=values.person(order.billing, customer_id=order.customer_id),
        source_at=at,
        tokens=_origin(order),
        recovery_url=values.text(order.payment_url) if kind is CartKind.UNPAID_ORDER else "",
        ip=values.address(order.customer_ip_address),
        payment=payment,
    )


def _origin(order: Order) -> tuple[str, ...]:
    """The cart that our plugin saw become this order, and the one whose link had filled it."""
    keys = (values.CART_KEY, values.RESTORED_KEY)
    return tuple(filter(None, (values.meta(order.meta_data, key) for key in keys)))


def _lines(lines: Sequence[OrderLine], currency: str) -> tuple[CartLine, ...]:
    return tuple(_line(line, currency) for line in lines)


def _bought(lines: Sequence[OrderLine], currency: str) -> tuple[CartLine, ...]:
    """The lines of a purchase that make sense; it counts whatever a plugin's odd line says."""
    return tuple(known for line in lines if (known := _line_or_none(line, currency)))


def _line_or_none(line: OrderLine, currency: str) -> CartLine | None:
    try:
        return _line(line, currency)
    except ValueError:
        return None


def _line(line: OrderLine, currency: str) -> CartLine:
    title, variant = _titles(line)
    return CartLine(
        product_id=values.known(line.product_id),
        variant_id=values.known(line.variation_id),
        title=title,
        quantity=values.pieces(line.quantity),
        unit_price=Money.rounded(line.price, currency),
        variant_title=variant,
        image_url=values.text(line.image.src if line.image else ""),
    )


def _titles(line: OrderLine) -> tuple[str, str]:
    """Product and variant: a variation is called "T-Shirt - S", its parent "T-Shirt"."""
    name, parent = values.plain(line.name), values.plain(line.parent_name)
    if parent and name.startswith(f"{parent} - "):
        return parent, name.removeprefix(f"{parent} - ")
    return name, ""


EVENTS: dict[Meaning, Callable[[Order, datetime], list[StoreEvent]]] = {
    Meaning.CHECKOUT: _begun,
    Meaning.UNPAID: _unpaid,
    Meaning.FAILED: _failed,
    Meaning.ORDER: _placed,
    Meaning.CANCELLED: _cancelled,
    Meaning.DELETED: _deleted,
    Meaning.REFUNDED: _refunded,
}

_UNPAID: dict[Meaning | None, Payment] = {
    Meaning.UNPAID: Payment.WAITING,
    Meaning.FAILED: Payment.FAILED,
    Meaning.CANCELLED: Payment.WAITING,
}
