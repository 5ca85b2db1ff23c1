"""What the past of a WooCommerce store is made of, and what its lists do while they are read."""

from __future__ import annotations

from typing import Any

from connector.domain.carts import Payment
from connector.ports.events import CartChanged, OrderPlaced
from connector.ports.platform import PastKind
from tests.contracts.bench import Bench
from tests.contracts.platform_past import (
    PastContract,
    all_events,
    all_slices,
    fill,
    next_slice,
    placed,
    shelf,
)

_BOUGHT = {"completed", "processing", "refunded", "on-hold"}


def drop(bench: Bench, number: int) -> None:
    """The merchant throws an order away."""
    bench.do(f"orders/{number}/status", status="trash")


def numbers(bench: Bench) -> list[int]:
    return sorted(one["id"] for one in shelf(bench).all("order"))


class WooCommercePast(PastContract):
    """Orders by their status."""

    def bought(self, bench: Bench) -> set[str]:
        return {str(o["id"]) for o in shelf(bench).all("order") if o["status"] in _BOUGHT}

    def left(self, bench: Bench) -> set[str]:
        return {str(o["id"]) for o in shelf(bench).all("order") if not o["paid"]}

    def test_an_order_that_the_shop_closed_unpaid_was_left_when_it_was_made(
        self, bench: Bench
    ) -> None:
        since = fill(bench, orders=1)
        waiting, tried, closed = (
            bench.order(bench.cart(), outcome=outcome, gateway="paypal", quiet=True)["order"]
            for outcome in ("pending", "failed", "pending")
        )
        bench.do(f"orders/{closed}/cancel")
        carts = {
            event.cart.external_id: event.cart
            for event in all_events(bench, PastKind.CARTS, since)
            if isinstance(event, CartChanged)
        }
        assert {name: cart.payment for name, cart in carts.items()} == {
            f"order:{waiting}": Payment.WAITING,
            f"order:{tried}": Payment.FAILED,
            f"order:{closed}": Payment.WAITING,
        }
        assert all(bench.platform.owns_url(cart.recovery_url) for cart in carts.values())

    def test_nothing_is_skipped_where_orders_are_thrown_away_meanwhile(self, bench: Bench) -> None:
        """Every other one moves a place towards the front."""
        since = fill(bench, orders=450)
        before, gone = self.bought(bench), set()
        found = [next_slice(bench, PastKind.ORDERS, since, "")]
        while found[-1].cursor:
            gone.add(str(numbers(bench)[len(found)]))
            drop(bench, numbers(bench)[len(found)])
            found.append(next_slice(bench, PastKind.ORDERS, since, found[-1].cursor))
        events = [event for part in found for event in part.events]
        assert placed(events) >= before - gone

    def test_a_past_of_any_depth_is_read(self, bench: Bench) -> None:
        bench.do("history", days=700, orders=30, customers=3, seed=2)
        since = bench.store.clock.now().replace(year=bench.store.clock.now().year - 2)
        events = all_events(bench, PastKind.ORDERS, since)
        assert placed(events) == self.bought(bench)
        oldest: Any = min(e.order.placed_at for e in events if isinstance(e, OrderPlaced))
        assert (bench.store.clock.now() - oldest).days > 300

    def test_one_call_is_made_for_a_slice(self, bench: Bench) -> None:
        since = fill(bench, orders=260)
        calls = bench.store.state.calls["GET orders"]
        slices = all_slices(bench, PastKind.ORDERS, since)
        assert bench.store.state.calls["GET orders"] - calls == len(slices) == 4
