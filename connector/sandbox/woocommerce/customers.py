"""Accounts of the shop, as `customer.*` shows them; guests have none."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connector.sandbox.woocommerce.carts import Unknown
from connector.sandbox.woocommerce.orders import get, index
from connector.sandbox.woocommerce.outbox import Outbox
from connector.sandbox.woocommerce.state import State, key_of

_GIVEN = ("email", "phone", "first_name", "last_name", "country", "province")
_PAID = {"processing", "completed"}
_COUNTED = {*_PAID, "pending", "on-hold", "cancelled", "refunded", "failed", "checkout-draft"}
_EMPTY = dict.fromkeys(
    ("company", "address_1", "address_2", "city", "postcode", "country", "state", "phone"), ""
)


def sign_up(state: State, outbox: Outbox, given: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody makes an account; WordPress has one to an e-mail address."""
    person = {name: str(given.get(name) or "") for name in _GIVEN}
    taken = any(one["email"] == person["email"] for one in state.shelf.all("customer"))
    if taken or not person["email"]:
        raise Unknown("an account needs an e-mail address of its own")
    number = state.shelf.next_id("customer", 2)  # 1 is the merchant
    account = {
        **person,
        "id": number,
        "role": str(given.get("role") or "customer"),
        "created": state.stamp(),
        "modified": state.stamp(),
    }
    state.shelf.put("customer", key_of(number), account)
    outbox.announce("customer.created", str(number))
    return account


def body(state: State, key: str) -> dict[str, Any]:
    """The account; Unknown if there is none. It says nothing of what was bought."""
    account = state.shelf.get("customer", key_of(int(key)))
    if account is None:
        raise Unknown(f"no customer {key}")
    names = {name: account[name] for name in ("first_name", "last_name")}
    billing = {
        **_EMPTY,
        **names,
        **{name: account[name] for name in ("country", "email", "phone")},
        "state": account["province"],
    }
    return {
        "id": account["id"],
        **state.dates(created=account["created"], modified=account["modified"]),
        "email": account["email"],
        **names,
        "role": account["role"],
        "username": account["email"].partition("@")[0],
        "billing": billing,
        "shipping": {**dict.fromkeys(names, ""), **_EMPTY},
        "is_paying_customer": account.get("pays", False),
        "avatar_url": "",
        "meta_data": [],
        "_links": state.links("customers", account["id"]),
    }


def orders_of(state: State) -> Mapping[int, list[int]]:
    """The ids of each account's orders."""
    found: dict[int, list[int]] = {}
    for one in index(state):
        found.setdefault(one["customer"], []).append(one["id"])
    return found


def older_body(state: State, key: str, known: Mapping[int, list[int]]) -> dict[str, Any]:
    """The account as REST v2 has it: orders in whatever state, and the worth of the paid ones.

    `known` are the orders of all, by account.
    """
    account = body(state, key)
    orders = [get(state, number) for number in known.get(account["id"], [])]
    paid = [Decimal(one["total"]) for one in orders if one["status"] in _PAID]
    spent = sum(paid, Decimal(0)).quantize(Decimal("0.01"))  # two digits in any currency
    counted = [one for one in orders if one["status"] in _COUNTED]
    bought = {"orders_count": len(counted), "total_spent": str(spent)}
    return {**account, "is_paying_customer": bool(paid), **bought}
