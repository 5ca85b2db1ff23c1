"""The sandbox's shops as the pictures need them: somebody shops, and the shop's webhooks tell.

One class a platform; both know the same verbs. Nothing of it is a fake: the shop signs its
deliveries, keeps its own orders and codes, and goes by its own clock.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from functools import cached_property
from typing import Any, ClassVar

import requests

from connector.domain.flows import Offer, TriggerKind
from connector.sandbox import shopify, woocommerce
from connector.sandbox.server import Shelf
from connector.services.installs import NewStore
from tests.library.pictures import Place

SECRET = "hush-test-app"
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Visitor:
    """Who shops: her details as she types them, and what she ticks."""

    details: Mapping[str, str]
    ticks: Mapping[str, bool]


class Shop(ABC):
    """A sandbox shop at a place, and what people do in it."""

    kind: ClassVar[str]
    cannot: ClassVar[Mapping[TriggerKind, str]] = {}  # what its platform never tells, and why
    _kept: ClassVar[Mapping[str, Callable[[dict[str, Any]], str]]]  # what people bring about

    def __init__(self, place: Place) -> None:
        self.place = place
        self.store = self._open()
        self.doors = self._doors()

    @abstractmethod
    def _open(self) -> Any: ...

    @property
    @abstractmethod
    def _shelf(self) -> Shelf: ...

    @abstractmethod
    def _doors(self) -> list[str]:
        """Its entries of CARTWRIGHT_LOOPBACK."""

    @property
    @abstractmethod
    def keys(self) -> NewStore:
        """What connecting it needs."""

    @abstractmethod
    def begins_cart(self, who: Visitor, kind: TriggerKind) -> str:
        """She leaves a cart, or an order of it unpaid; the cart's id."""

    def set_clock(self, at: datetime) -> None:
        """It is `at` in the shop; its clock goes on from there."""
        self.store.clock.set(at)

    def do(self, verb: str, **body: Any) -> dict[str, Any]:
        """Somebody does something, and the deliveries about it are through."""
        answer = requests.post(f"{self.store.url}/_sandbox/{verb}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        self.store.drain(20)
        return dict(answer.json())

    def state(self) -> dict[str, Any]:
        """All that the shop knows."""
        return dict(requests.get(f"{self.store.url}/_sandbox/state", timeout=10).json())

    def fills_cart(self, who: Visitor, **more: Any) -> str:
        """She begins a checkout with the smallest thing there is."""
        items = [{"product_id": self._smallest["id"], "quantity": 1}]
        return str(self.do("carts", **who.details, **who.ticks, items=items, **more)["cart"])

    def buys(self, cart: str, **how: Any) -> dict[str, Any]:
        """She orders what is in the cart, and pays unless `how` has another outcome."""
        return self.do(f"carts/{cart}/order", **{"outcome": "paid", **how})

    def sends_out(self, order: str) -> None:
        """The merchant sends an order out."""
        self.do(f"orders/{order}/fulfill")

    def bought_before(self, who: Visitor, orders: int, spent: Decimal) -> None:
        """She ordered so often, for so much in all; the service was away and was told nothing.

        What the way to her costs makes up the difference to the price of the goods.
        """
        self.do("faults", drop_webhooks=1_000_000)
        one = (spent / orders).quantize(_CENT, ROUND_DOWN)
        price = Decimal(self._smallest["price"])
        for total in [*[one] * (orders - 1), spent - one * (orders - 1)]:
            self.do("shipping", price=str(total - price))
            self.buys(self.fills_cart(who))
        self.do("shipping", price="0")
        self.do("faults", drop_webhooks=0)

    def gift(self, text: str, at: datetime) -> tuple[Offer | None, list[str]]:
        """What the shop's codes that stand in a text give as of `at`, and these codes."""
        found = [code for code in self.state()["codes"] if code["code"].lower() in text.lower()]
        if not found:
            return None, []
        ends = min(datetime.fromisoformat(code["expires_at"]) for code in found)
        percents = [float(code["percent"]) for code in found if code["kind"] == "percent"]
        offer = Offer(
            percent=percents[0] if percents else None,
            free_shipping=any(code["kind"] == "shipping" for code in found),
            valid_hours=round((ends - at).total_seconds() / 60) / 60,
        )
        return offer, [code["code"] for code in found]

    def forget(self) -> None:
        """Nobody has been here."""
        for kind, key_of in self._kept.items():
            for thing in self._shelf.all(kind):
                self._shelf.drop(kind, key_of(thing))

    def close(self) -> None:
        """For good."""
        self.store.stop()

    @cached_property
    def _smallest(self) -> dict[str, str]:
        return min(self.state()["products"], key=lambda one: Decimal(one["price"]))


class OnShopify(Shop):
    """Orders, checkouts and consent by Shopify's topics."""

    kind = "shopify"
    cannot = {
        TriggerKind.CART_ABANDONED: "a Shopify cart knows nobody before its checkout",
        TriggerKind.ORDER_UNPAID: "an order that waits for its money is a purchase at Shopify",
        TriggerKind.PAYMENT_FAILED: "a failed payment makes no order at Shopify",
    }

    _kept = {
        "cart": lambda cart: str(cart["id"]),
        "order": lambda order: str(order["id"]),
        "customer": lambda customer: str(customer["id"]),
        "code": lambda code: str(code["code"]).upper(),
    }

    @property
    def _shelf(self) -> Shelf:
        shelf: Shelf = self.store.world.shelf
        return shelf

    @property
    def _domain(self) -> str:
        return f"of-{self.place.country.lower()}.myshopify.com"

    def _open(self) -> shopify.Store:
        return shopify.start(
            0,
            None,
            retries_s=(0.05, 0.2, 1),
            access_token="shpat_1",
            client_secret=SECRET,
            domain=self._domain,
            currency=self.place.currency,
            timezone=self.place.zone,
        )

    def _doors(self) -> list[str]:
        return [f"{self._domain}={self.store.door}"]

    @property
    def keys(self) -> NewStore:
        return NewStore("shopify", self._domain, {"access_token": "shpat_1"}, sandbox=True)

    def begins_cart(self, who: Visitor, kind: TriggerKind) -> str:
        assert kind not in self.cannot
        return self.fills_cart(who)


class OnWooCommerce(Shop):
    """Carts by our shop plugin, orders by core."""

    kind = "woocommerce"
    _kept = {
        "cart": lambda cart: str(cart["id"]),
        **dict.fromkeys(("order", "customer", "coupon"), lambda one: f"{one['id']:010d}"),
    }

    @property
    def _shelf(self) -> Shelf:
        shelf: Shelf = self.store.state.shelf
        return shelf

    def _open(self) -> woocommerce.Store:
        return woocommerce.start(
            0,
            None,
            consumer_key="ck_1",
            consumer_secret="cs_1",
            currency=self.place.currency,
            timezone=self.place.zone,
        )

    def _doors(self) -> list[str]:
        return [self.store.door]

    @property
    def keys(self) -> NewStore:
        keys = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
        return NewStore("woocommerce", self.store.domain, keys, sandbox=True)

    def begins_cart(self, who: Visitor, kind: TriggerKind) -> str:
        if kind is TriggerKind.CART_ABANDONED:  # a member who is signed in
            member = self.do("customers", **who.details)["customer"]
            return self.fills_cart(who, stage="cart", customer_id=int(member))
        cart = self.fills_cart(who)
        outcome = _UNPAID.get(kind)
        if outcome:
            self.buys(cart, outcome=outcome)
        return cart


_UNPAID = {TriggerKind.ORDER_UNPAID: "pending", TriggerKind.PAYMENT_FAILED: "failed"}
SHOPS: dict[str, type[Shop]] = {shop.kind: shop for shop in (OnShopify, OnWooCommerce)}
