"""What an order's status means for us, by gateway: bought, waiting for money, or over."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from connector.errors import ConfigError


class Meaning(StrEnum):
    """How an order in some status is taken."""

    CHECKOUT = "checkout"  # a draft of the block checkout: not ordered yet
    UNPAID = "unpaid"  # ordered, and the money never came: a cart
    FAILED = "failed"  # as unpaid, and the shopper saw the payment fail
    ORDER = "order"  # a purchase
    CANCELLED = "cancelled"  # also by the shop, when the money did not come for an hour
    DELETED = "deleted"  # cancelled, and nothing is left of it to pay for
    REFUNDED = "refunded"
    IGNORE = "ignore"


# "gateway:status"; the row of the gateway itself goes before "*".
DEFAULTS: Mapping[str, Meaning] = {
    "*:checkout-draft": Meaning.CHECKOUT,
    "*:pending": Meaning.UNPAID,
    "*:failed": Meaning.FAILED,
    "*:on-hold": Meaning.ORDER,  # bank transfer, cheque: the shopper has decided
    "*:processing": Meaning.ORDER,
    "*:completed": Meaning.ORDER,
    "cod:pending": Meaning.ORDER,  # paid at the door
    "*:cancelled": Meaning.CANCELLED,
    "*:trash": Meaning.DELETED,
    "*:refunded": Meaning.REFUNDED,
    "*:auto-draft": Meaning.IGNORE,  # a merchant began to type an order
}
_LEFT = frozenset({Meaning.UNPAID, Meaning.FAILED, Meaning.CANCELLED})
_BOUGHT = frozenset({Meaning.ORDER, Meaning.REFUNDED})


def meaning(gateway: str, status: str, overrides: Mapping[str, Meaning]) -> Meaning | None:
    """What this status means; None for one that some plugin made and nobody explained."""
    for table in (overrides, DEFAULTS):
        found = table.get(f"{gateway}:{status}") or table.get(f"*:{status}")
        if found:
            return found
    return None


def bought(overrides: Mapping[str, Meaning]) -> list[str]:
    """The statuses that mean a purchase, whatever it was paid with."""
    table = {**DEFAULTS, **overrides}
    meant = (name for name, meaning in table.items() if meaning in _BOUGHT)
    return [name.removeprefix("*:") for name in meant if name.startswith("*:")]


def left(overrides: Mapping[str, Meaning]) -> list[str]:
    """The statuses, of any gateway, in which an order may stand that was never paid."""
    table = {**DEFAULTS, **overrides}
    names = [name.rpartition(":")[2] for name, meaning in table.items() if meaning in _LEFT]
    return list(dict.fromkeys(names))


def overrides(options: Mapping[str, str]) -> dict[str, Meaning]:
    """The merchant's own rows, from the option `order_meanings`; ConfigError if unreadable."""
    text = options.get("order_meanings") or "{}"
    try:
        return msgspec.json.decode(text, type=dict[str, Meaning])
    except msgspec.MsgspecError as error:
        raise ConfigError(
            'order_meanings must be JSON such as {"mygateway:pending": "order"}'
        ) from error
