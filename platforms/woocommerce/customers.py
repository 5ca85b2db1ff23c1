"""What the shop knows of an account, by its id only: an address would stand in a URL.

How often she bought: the number of her orders, from core's list of them, which counts at once
and says which statuses it counts. What she spent: REST v2's customer, the only body of core that
has it (v3 dropped it, and its own count also counts failed orders). The analytics reports have
both, but a merchant can switch them off and they lag by up to half a day. Keys that may read
orders may read all of this.
"""

from __future__ import annotations

import msgspec

from connector.domain.money import Money
from connector.errors import NotSent
from connector.ports.platform import CustomerCard, StoreAccount
from connector.structs import work_out
from platforms.woocommerce import statuses, values
from platforms.woocommerce.client import Client, StoreRefused

NO_V2 = "rest_no_route"  # anything else that is refused here says that nobody has this id
_MOST = 10**9  # orders of one person: more is no count


class Customer(msgspec.Struct):
    """REST v2's customer; the sum of processing and completed orders, with two digits."""

    id: int
    total_spent: str = ""


def find(client: Client, account: StoreAccount, customer_id: str) -> CustomerCard | None:
    """The card of an account; None for guests and for accounts that are gone."""
    if not values.is_id(customer_id) or not int(customer_id):
        return None
    try:
        spent = _spent(client, account.currency, customer_id)
    except StoreRefused as refusal:
        if refusal.code != NO_V2:
            return None
        spent = None
    return CustomerCard(customer_id, _count(client, account, customer_id), spent, tags=None)


def _spent(client: Client, currency: str, customer_id: str) -> Money | None:
    return spent_of(
        client.get_older(f"customers/{customer_id}").read(Customer).total_spent, currency
    )


def spent_of(told: str, currency: str) -> Money | None:
    """What an account spent, in v2's spelling; None for what is no amount."""
    try:
        return Money.rounded(told, currency)
    except ValueError:
        return None


def _count(client: Client, account: StoreAccount, customer_id: str) -> int:
    bought = statuses.bought(statuses.overrides(account.options))
    answer = client.get("orders", customer=customer_id, status=",".join(bought), per_page="1")
    if answer.total is None or answer.total > _MOST:
        raise NotSent("the store's list of orders does not say how long it is")
    return answer.total


work_out(globals())
