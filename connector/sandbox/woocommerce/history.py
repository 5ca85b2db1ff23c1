"""A past for the shop: accounts, orders, and unpaid ones to which some came back by themselves.

The same seed gives the same past, counted back from the sandbox's present. Nobody is told of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from connector.sandbox.woocommerce import carts, catalog
from connector.sandbox.woocommerce.state import State, key_of

_FIRST = ("Ada", "Bela", "Chiyo", "Dario", "Elif", "Femi", "Greta", "Hana", "Ivo", "Jun")
_LAST = ("Kim", "Lopes", "Meyer", "Novak", "Okoro", "Petit", "Rossi", "Sato", "Tran", "Weber")
_PLACES = (("KR", "KR-11"), ("DE", "DE-BE"), ("US", "NY"), ("JP", "JP13"), ("GB", ""))
_PAID = ("completed",) * 8 + ("processing", "refunded")
_UNPAID = ("pending", "failed", "cancelled")
_GUESTS = 0.4  # of all orders
_SELF_RETURNS = 0.35  # of the unpaid ones: paid later by the same person, unasked
_LATEST_RETURN_H = 48
_MOST_LINES = 3
_DAY_S = 86400


@dataclass
class _Past:
    state: State
    random: Random
    start: datetime
    seconds: int
    people: list[dict[str, Any]] = field(default_factory=list)
    drawn: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    def moment(self) -> datetime:
        return self.start + timedelta(seconds=self.random.randrange(self.seconds))

    def person(self, number: int) -> dict[str, Any]:
        """Somebody by number: the same details each time she is met."""
        first, last = _FIRST[number % 10], _LAST[number // 10 % 10]
        country, province = _PLACES[number % len(_PLACES)]
        return {
            **carts.person({}),
            "email": f"{first}.{last}.{number}@example.com".lower(),
            "phone": f"+1202555{number % 10000:04d}" if number % 3 else "",
            "first_name": first,
            "last_name": last,
            "country": country,
            "province": province,
        }


def make(state: State, asked: Mapping[str, Any]) -> dict[str, int]:
    """Fill the past: `days`, `orders` that were paid, `customers`, `unpaid`, `seed`.

    Gives how many there are of each, and of the unpaid how many came back by themselves.
    """
    days = max(1, int(asked.get("days", 60)))
    past = _Past(
        state,
        Random(int(asked.get("seed", 1))),  # noqa: S311 - a made-up past
        state.clock.now() - timedelta(days=days),
        days * _DAY_S,
    )
    with state.lock:
        _sign_up(past, int(asked.get("customers", 0)))
        for _ in range(int(asked.get("orders", 0))):
            _draw(past, past.moment(), _buyer(past), _PAID)
        returns = sum(_draw_unpaid(past) for _ in range(int(asked.get("unpaid", 0))))
        _store(past)
    return {
        "customers": len(past.people),
        "orders": len(past.drawn),
        "unpaid": int(asked.get("unpaid", 0)),
        "self_returns": returns,
    }


def _sign_up(past: _Past, count: int) -> None:
    """Accounts, made at any time before the past begins to end."""
    first = past.state.shelf.next_id("customer", 2, count)  # 1 is the merchant
    made = sorted(past.moment() for _ in range(count))
    accounts = {}
    for number, at in enumerate(made, first):
        person = {**past.person(number), "customer_id": number}
        past.people.append(person)
        details = {k: person[k] for k in ("email", "phone", "first_name", "last_name")}
        places = {k: person[k] for k in ("country", "province")}
        stamps = dict.fromkeys(("created", "modified"), _stamp(at))
        account = {**details, **places, **stamps, "id": number, "role": "customer"}
        accounts[key_of(number)] = {**account, "pays": False}
    past.state.shelf.put_all("customer", accounts)


def _buyer(past: _Past) -> dict[str, Any]:
    """An account's owner, or a guest; guests come back too."""
    if past.people and past.random.random() >= _GUESTS:
        return past.random.choice(past.people)
    return past.person(1_000_000 + past.random.randrange(1 + len(past.drawn)))


def _draw_unpaid(past: _Past) -> bool:
    """An order that was not paid; True when she paid another one within two days."""
    at, who = past.moment(), _buyer(past)
    lines = _draw(past, at, who, _UNPAID)
    later = at + timedelta(minutes=past.random.randrange(20, _LATEST_RETURN_H * 60))
    if past.random.random() >= _SELF_RETURNS or later >= past.state.clock.now():
        return False
    _draw(past, later, who, _PAID, lines)
    return True


def _draw(
    past: _Past,
    at: datetime,
    who: dict[str, Any],
    statuses: tuple[str, ...],
    lines: list[dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """An order as it is kept, but for its number; the goods that are in it."""
    lines = lines or _goods(past)
    worth = sum((Decimal(line["total"]) for line in lines), Decimal(0))
    status = past.random.choice(statuses)
    paid = _stamp(at) if status in _PAID else None
    order = {
        "key": f"wc_order_{past.random.getrandbits(64):016x}",
        "created": _stamp(at),
        "modified": _stamp(at),
        "paid": paid,
        "completed": paid if status == "completed" else None,
        "status": status,
        "via": "checkout",
        "gateway": past.random.choice(("stripe", "paypal", "bacs")),
        "cart": "",
        "person": who,
        "lines": lines,
        "subtotal": past.state.money(worth),
        "discount": past.state.money(Decimal(0)),
        "shipping": past.state.money(Decimal(0)),
        "shipping_method": "",
        "total": past.state.money(worth),
        **{name: [] for name in ("coupons", "uses", "refunds")},
        "in_stock": False,
    }
    past.drawn.append((at, order))
    return lines


def _goods(past: _Past) -> list[dict[str, Any]]:
    lines = []
    many = past.random.randint(1, _MOST_LINES)
    for choice in past.random.sample(catalog.choices(), many):
        count = past.random.randint(1, 2)
        cost = past.state.money(catalog.price(past.state, choice.product) * count)
        line = {"product_id": choice.product.id, "variation_id": choice.variation_id}
        lines.append({**line, "quantity": count, "subtotal": cost, "total": cost})
    return lines


def _store(past: _Past) -> None:
    """Numbers go up with time; a refunded order has its refund, a paying account is one."""
    past.drawn.sort(key=lambda pair: pair[0])
    first = past.state.shelf.next_id("post", 101, 2 * len(past.drawn))
    orders, paying = {}, set()
    for number, (_, order) in enumerate(past.drawn):
        order["id"] = first + 2 * number
        if order["status"] == "refunded":
            refund = {"id": order["id"] + 1, "reason": "", "total": f"-{order['total']}"}
            order["refunds"] = [refund]
        if order["paid"]:
            paying.add(order["person"]["customer_id"])
        orders[key_of(order["id"])] = order
    past.state.shelf.put_all("order", orders)
    accounts = {key_of(n): past.state.shelf.get("customer", key_of(n)) for n in sorted(paying)}
    paid = {key: {**account, "pays": True} for key, account in accounts.items() if account}
    past.state.shelf.put_all("customer", paid)


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")
