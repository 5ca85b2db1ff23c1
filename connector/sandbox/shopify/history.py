"""A past for the shop: people, their orders, the checkouts that they left; no delivery tells of it.

The same seed, numbers and minute of the clock make the same past.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from connector.sandbox.shopify import catalogue
from connector.sandbox.shopify.world import Doc, Refusal, World

_FIRST = ("Ana", "Ben", "Chloé", "Dmitri", "Elif", "Farah", "Goran", "Hana", "Iris", "Jonas",
          "Kofi", "Lena", "Minh", "Noor", "Olga", "Pedro")  # fmt: skip
_LAST = ("Lima", "Okafor", "Müller", "Novak", "Yılmaz", "Haddad", "Petrov", "Sato", "Byrne",
         "Larsen", "Mensah", "Weber", "Tran")  # fmt: skip
_AREAS = ("202", "212", "213", "305", "312", "404", "415", "503", "512", "602",
          "614", "617", "702", "713", "720", "801", "808", "907", "916", "971")  # fmt: skip
_PLACES = (("US", "NY"), ("US", "CA"), ("US", "TX"), ("CA", "ON"), ("GB", ""), ("DE", ""))
_CONSENT = ("subscribed", "subscribed", "not_subscribed", "unsubscribed")
_RETURN = 0.3  # of those who leave, this share buys later all by itself
_MOST = 500_000
_SOME = 2_000


@dataclass
class _Past:
    """What is made up, with its own dice."""

    world: World
    dice: random.Random
    now: datetime
    days: float

    def moment(self) -> datetime:
        """Some time in those days, not in the last hour."""
        span = self.days * 86_400 - 3_600
        return self.now - timedelta(seconds=3_600 + self.dice.randrange(int(span)))

    def token(self) -> str:
        """As long as a real one."""
        return f"{self.dice.getrandbits(128):032x}"


def fill(world: World, asked: Doc) -> Doc:
    """Make up `orders`, `checkouts` and `customers` of the last `days`, from a `seed`.

    Of the people who left a checkout, three in ten bought later: half in the same checkout.
    """
    numbers = {name: int(asked.get(name) or 0) for name in ("customers", "orders", "checkouts")}
    days = float(asked.get("days") or 60)
    if days < 1 or not all(0 <= n <= _MOST for n in numbers.values()):
        raise Refusal(f"days from 1, and numbers up to {_MOST}")
    if numbers["customers"] < 1:
        raise Refusal("a past needs at least one customer")
    dice = random.Random(int(asked.get("seed") or 1))  # noqa: S311 - a past that can be repeated
    now = world.clock.now().replace(second=0, microsecond=0)
    past = _Past(world, dice, now, days)
    people = _people(past, numbers["customers"])
    returned = min(int(numbers["checkouts"] * _RETURN), numbers["orders"])
    carts = _left_carts(past, people, numbers["checkouts"], returned)
    bought = [cart for cart in carts if cart["completed_at"]]
    others = _other_carts(past, people, carts, returned, numbers["orders"] - len(bought))
    by_id = {one["id"]: one for one in people}
    _keep(world, "customer", ((str(one["id"]), one) for one in people))
    _keep(world, "cart", ((cart["id"], cart) for cart in carts))
    _keep(world, "order", _orders(past, [*bought, *others], by_id))
    return {**numbers, "returned": returned}


def _keep(world: World, kind: str, bodies: Iterator[tuple[str, Doc]]) -> None:
    """Some at a time: a long past would fill the memory."""
    while some := dict(islice(bodies, _SOME)):
        world.shelf.put_all(kind, some)


def _people(past: _Past, many: int) -> list[Doc]:
    first = past.world.new_id("customer", many)
    return [_person(past, first + number) for number in range(many)]


def _person(past: _Past, number: int) -> Doc:
    dice, made = past.dice, past.moment().isoformat()
    name, surname = dice.choice(_FIRST), dice.choice(_LAST)
    country, province = dice.choice(_PLACES)
    has_phone = dice.choice((True, False))
    states = {"email": dice.choice(_CONSENT)}
    states["sms"] = dice.choice(_CONSENT) if has_phone else "not_subscribed"
    return {
        "id": number,
        "email": _ascii(f"{name}.{surname}.{number % 1_000_000}@example.com"),
        "phone": _phone(number) if has_phone else "",
        "created_at": made,
        "updated_at": made,
        **_said(states, made),
        "tags": ["vip"] if dice.randrange(20) == 0 else [],
        "locale": "en",
        "first_name": name,
        "last_name": surname,
        "country": country,
        "province": province,
    }


def _ascii(text: str) -> str:
    return text.lower().encode("ascii", "ignore").decode()


def _phone(number: int) -> str:
    """Of the exchange that is nobody's; two of them are alike only after 200,000 people."""
    return f"+1{_AREAS[number // 10_000 % len(_AREAS)]}555{number % 10_000:04d}"


def _said(states: dict[str, str], at: str) -> Doc:
    kept: Doc = {}
    for channel, state in states.items():
        kept[f"{channel}_state"] = state
        if state != "not_subscribed":
            kept |= {f"{channel}_level": "single_opt_in", f"{channel}_at": at}
    return kept


def _left_carts(past: _Past, people: list[Doc], many: int, returned: int) -> list[Doc]:
    """Those who return in the same checkout come first, every second of all who return."""
    first = past.world.new_id("checkout", many) if many else 0
    carts = []
    for n in range(many):
        cart = _cart(past, past.dice.choice(people), first + n, past.moment())
        if n < returned and n % 2 == 0:
            cart = _completed(past, cart)
        carts.append(cart)
    return carts


def _completed(past: _Past, cart: Doc) -> Doc:
    """Bought between an hour and three days later, if that is past."""
    later = timedelta(minutes=past.dice.randrange(60, 4_320))
    at = min(datetime.fromisoformat(cart["checkout_at"]) + later, past.now - timedelta(minutes=30))
    return {**cart, "completed_at": at.isoformat(), "updated_at": at.isoformat()}


def _other_carts(
    past: _Past, people: list[Doc], left: list[Doc], returned: int, many: int
) -> list[Doc]:
    """Carts of orders that no left checkout became; first of the people who came back."""
    by_id = {one["id"]: one for one in people}
    first = past.world.new_id("checkout", many) if many > 0 else 0
    again = [cart for n, cart in enumerate(left[:returned]) if n % 2]
    carts = []
    for n in range(max(many, 0)):
        if n < len(again):
            person = by_id[again[n]["customer"]]
            at = _completed(past, again[n])["completed_at"]
        else:
            person, at = past.dice.choice(people), past.moment().isoformat()
        cart = _cart(past, person, first + n, datetime.fromisoformat(at))
        carts.append({**cart, "completed_at": at})
    return carts


def _cart(past: _Past, person: Doc, number: int, at: datetime) -> Doc:
    dice, products = past.dice, catalogue.products()
    chosen = dice.sample(products, dice.choice((1, 1, 2, 3)))
    items = [{"variant_id": one.variant_id, "quantity": dice.choice((1, 1, 2))} for one in chosen]
    when = at.isoformat()
    names = ("email", "phone", "first_name", "last_name", "country", "province", "locale")
    return {
        **{name: person[name] for name in names},
        "id": past.token(),
        "checkout_token": past.token(),
        "key": past.token(),
        "number": number,
        "customer": person["id"],
        "accepts_email": person["email_state"] == "subscribed",
        "accepts_sms": person["sms_state"] == "subscribed",
        "items": items,
        "code": "",
        "stage": "checkout",
        "created_at": when,
        "updated_at": when,
        "checkout_at": when,
        "completed_at": "",
    }


def _orders(past: _Past, carts: list[Doc], people: dict[int, Doc]) -> Iterator[tuple[str, Doc]]:
    """Older orders have lower numbers, as in life."""
    if not carts:
        return
    first = past.world.new_id("order", len(carts))
    name = past.world.shelf.next_id("order name", 1001, len(carts))
    for n, cart in enumerate(sorted(carts, key=lambda one: str(one["completed_at"]))):
        order = _order(past, cart, people[cart["customer"]])
        yield str(first + n), {**order, "id": first + n, "number": name + n}


def _order(past: _Past, cart: Doc, person: Doc) -> Doc:
    settings, at = past.world.settings, cart["completed_at"]
    goods = sum(
        (catalogue.price_of(catalogue.find(item["variant_id"]), settings) * item["quantity"]
         for item in cart["items"]),
        settings.money(Decimal(0)),
    )  # fmt: skip
    nothing = str(settings.money(Decimal(0)))
    old = datetime.fromisoformat(at) < past.now - timedelta(days=2)
    sent = (datetime.fromisoformat(at) + timedelta(days=1)).isoformat() if old else ""
    return {
        "token": past.token(),
        "cart": cart,
        "customer": person,
        "codes": [],
        "subtotal": str(goods),
        "discount": nothing,
        "shipping": nothing,
        "shipping_off": nothing,
        "total": str(goods),
        "refunded": nothing,
        "financial_status": "paid",
        "gateway": "shopify_payments",
        "created_at": at,
        "updated_at": sent or at,
        "cancelled_at": "",
        "paid_at": at,
        "fulfilled_at": sent,
    }
