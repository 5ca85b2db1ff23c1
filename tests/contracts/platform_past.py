"""What every store platform must tell of a shop's past: all of it, a slice at a time."""

from __future__ import annotations

import time
from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Any

import pytest

from connector.errors import NotSent, OutcomeUnknown
from connector.ports.events import (
    CartChanged,
    ConsentChanged,
    ContactChanged,
    OrderCancelled,
    OrderPlaced,
    OrderRefunded,
    StoreEvent,
)
from connector.ports.platform import PastKind, PastSlice
from tests.contracts.bench import Bench, OnBench

PATIENCE_S = 30.0
MOST_ROWS = 250
MAY_SAY: dict[PastKind, tuple[type[StoreEvent], ...]] = {
    PastKind.CUSTOMERS: (ContactChanged, ConsentChanged),
    PastKind.PRODUCTS: (),
    PastKind.ORDERS: (OrderPlaced, OrderRefunded, OrderCancelled),
    PastKind.CARTS: (CartChanged,),
}


def fill(bench: Bench, **numbers: int) -> datetime:
    """A past in the sandbox; when it begins."""
    asked = {"days": 50, "customers": 5, "seed": 7, **numbers}
    bench.do("history", **asked, unpaid=asked.get("checkouts", 0))
    return began(bench)


def began(bench: Bench) -> datetime:
    since: datetime = bench.store.clock.now() - timedelta(days=51)
    return since


def next_slice(bench: Bench, kind: PastKind, since: datetime, cursor: str) -> PastSlice:
    """What comes at a cursor, as soon as anything does."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = bench.platform.past(kind, since, cursor)
        if found.read or not found.cursor:
            return found
        cursor = found.cursor
        time.sleep(0.02)
    raise AssertionError(f"nothing more of the {kind} within {PATIENCE_S} s")


def all_slices(bench: Bench, kind: PastKind, since: datetime) -> list[PastSlice]:
    found = [next_slice(bench, kind, since, "")]
    while found[-1].cursor:
        found.append(next_slice(bench, kind, since, found[-1].cursor))
    return found


def all_events(bench: Bench, kind: PastKind, since: datetime) -> list[StoreEvent]:
    return [event for part in all_slices(bench, kind, since) for event in part.events]


def shelf(bench: Bench) -> Any:
    """What the sandbox holds."""
    return (getattr(bench.store, "world", None) or bench.store.state).shelf


def placed(events: list[StoreEvent]) -> set[str]:
    return {event.order.external_id for event in events if isinstance(event, OrderPlaced)}


def left(events: list[StoreEvent]) -> set[str]:
    """The numbers of the carts."""
    carts = [event.cart for event in events if isinstance(event, CartChanged)]
    names = [name for cart in carts for name in (cart.external_id, *cart.tokens)]
    return {name.partition(":")[2] for name in names if ":" in name}


class PastContract(OnBench):
    """The past, against a sandbox that is filled with one."""

    @abstractmethod
    def bought(self, bench: Bench) -> set[str]:
        """The ids of the sandbox's orders that are purchases."""

    @abstractmethod
    def left(self, bench: Bench) -> set[str]:
        """The numbers of what was left in the sandbox: checkouts, or orders never paid."""

    def break_order(self, bench: Bench, number: str) -> None:
        """An order comes to have a total that is no amount."""
        kept, key = shelf(bench), number
        if kept.get("order", key) is None:
            key = f"{int(number):010d}"
        kept.put("order", key, {**kept.get("order", key), "total": "much"})

    def test_a_thousand_orders_are_read_whole(self, bench: Bench) -> None:
        since = fill(bench, orders=1000)
        slices = all_slices(bench, PastKind.ORDERS, since)
        events = [event for part in slices for event in part.events]
        assert placed(events) == self.bought(bench)
        assert sum(part.read for part in slices) == len(shelf(bench).all("order")) >= 1000
        assert slices[0].total == len(shelf(bench).all("order"))
        assert max(part.read for part in slices) <= MOST_ROWS
        assert len(slices) >= 4

    @pytest.mark.parametrize("kind", PastKind)
    def test_a_slice_is_small_and_says_what_it_may(self, bench: Bench, kind: PastKind) -> None:
        since = fill(bench, orders=260, checkouts=130, customers=260)
        slices = all_slices(bench, kind, since)
        events = [event for part in slices for event in part.events]
        assert all(isinstance(event, MAY_SAY[kind]) for event in events)
        assert all(part.products == () or kind is PastKind.PRODUCTS for part in slices)
        assert sum(part.read for part in slices) == slices[0].total
        for part in slices:
            assert len(part.cursor) <= 2000
            assert "@" not in part.cursor
            assert "http" not in part.cursor

    def test_everybody_with_an_account_is_told(self, bench: Bench) -> None:
        since = fill(bench, customers=260, orders=20)
        events = all_events(bench, PastKind.CUSTOMERS, since)
        people = {e.person.customer_id: e for e in events if isinstance(e, ContactChanged)}
        kept = {str(one["id"]): one for one in shelf(bench).all("customer")}
        assert people.keys() == kept.keys()
        for number, one in kept.items():
            assert people[number].person.email == one["email"]
            assert not people[number].created
        assert any(e.total_spent and e.total_spent.minor for e in people.values())

    def test_an_explicit_word_alone_is_consent(self, bench: Bench) -> None:
        since = fill(bench, customers=120)
        said = {
            (event.person.customer_id, mark.channel): (str(mark.state), mark.source)
            for event in all_events(bench, PastKind.CUSTOMERS, since)
            if isinstance(event, ConsentChanged)
            for mark in event.marks
        }
        words = {"subscribed": ("yes", "account"), "unsubscribed": ("no", "account")}
        assert said == {
            (str(one["id"]), channel): words[one[f"{channel}_state"]]
            for one in shelf(bench).all("customer")
            for channel in ("email", "sms")
            if one.get(f"{channel}_state") in words
        }

    def test_what_was_left_comes_as_carts(self, bench: Bench) -> None:
        since = fill(bench, orders=60, checkouts=130)
        events = all_events(bench, PastKind.CARTS, since)
        assert left(events) == self.left(bench) != set()
        carts = [event.cart for event in events if isinstance(event, CartChanged)]
        assert all(cart.lines and cart.person.reachable and cart.total.minor for cart in carts)

    def test_all_goods_on_show_are_told(self, bench: Bench) -> None:
        (part,) = all_slices(bench, PastKind.PRODUCTS, began(bench))
        ids = [str(one["id"]) for one in bench.state()["products"]]
        assert sorted(part.products, key=lambda card: card.product_id) == sorted(
            bench.platform.products(ids), key=lambda card: card.product_id
        )
        assert part.read == len(part.products) > 0

    @pytest.mark.parametrize("kind", [PastKind.ORDERS, PastKind.CARTS])
    def test_what_is_older_is_left_out(self, bench: Bench, kind: PastKind) -> None:
        fill(bench, orders=60, checkouts=60)
        since = bench.store.clock.now() - timedelta(days=20)
        some, all_of_it = (all_events(bench, kind, at) for at in (since, began(bench)))
        times = [e.order.placed_at for e in some if isinstance(e, OrderPlaced)]
        times += [e.cart.source_at for e in some if isinstance(e, CartChanged)]
        assert min(times) >= since.replace(microsecond=0)
        assert 0 < len(some) < len(all_of_it)

    def test_a_slice_can_be_asked_for_again(self, bench: Bench) -> None:
        """A crash after it was read, and before that was kept."""
        since = fill(bench, orders=600)
        first = next_slice(bench, PastKind.ORDERS, since, "")
        second = next_slice(bench, PastKind.ORDERS, since, first.cursor)
        again = type(bench.platform)(bench.platform.account)  # nothing is remembered
        assert again.past(PastKind.ORDERS, since, first.cursor) == second
        assert not placed(list(first.events)) & placed(list(second.events))

    def test_an_order_without_sense_hides_no_other(self, bench: Bench) -> None:
        since = fill(bench, orders=120)
        broken = sorted(self.bought(bench))[50]
        self.break_order(bench, broken)
        slices = all_slices(bench, PastKind.ORDERS, since)
        events = [event for part in slices for event in part.events]
        assert placed(events) == self.bought(bench) - {broken}
        assert sum(part.read for part in slices) == len(shelf(bench).all("order"))

    @pytest.mark.parametrize("fault", [{"fail_5xx": 1}, {"throttle": 1}])
    def test_a_shop_that_stops_in_the_middle_goes_on(
        self, bench: Bench, fault: dict[str, int]
    ) -> None:
        since = fill(bench, orders=600)
        found = [next_slice(bench, PastKind.ORDERS, since, "")]
        while found[-1].cursor:
            bench.do("faults", **fault)
            with pytest.raises((NotSent, OutcomeUnknown)):
                bench.platform.past(PastKind.ORDERS, since, found[-1].cursor)
            found.append(next_slice(bench, PastKind.ORDERS, since, found[-1].cursor))
        assert placed([e for part in found for e in part.events]) == self.bought(bench)

    @pytest.mark.parametrize("kind", [PastKind.ORDERS, PastKind.CARTS])
    def test_a_new_shop_has_no_past(self, bench: Bench, kind: PastKind) -> None:
        (part,) = all_slices(bench, kind, began(bench))
        assert (part.read, part.events, part.cursor) == (0, (), "")
