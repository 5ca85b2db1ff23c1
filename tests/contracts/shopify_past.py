"""What the past of a Shopify store is made of, and what becomes of the exports that tell it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.errors import NotSent, Refused
from connector.ports.events import CartChanged, ContactChanged
from connector.ports.platform import PastKind
from tests.contracts.bench import Bench
from tests.contracts.platform_past import (
    PastContract,
    all_events,
    all_slices,
    fill,
    left,
    next_slice,
    placed,
    shelf,
)


class ShopifyPast(PastContract):
    """Exports."""

    def bought(self, bench: Bench) -> set[str]:
        return {str(order["id"]) for order in shelf(bench).all("order")}

    def left(self, bench: Bench) -> set[str]:
        """Also those that became an order later; not those that became one at once."""
        carts = shelf(bench).all("cart")
        return {str(c["number"]) for c in carts if c["completed_at"] != c["checkout_at"]}

    def test_a_checkout_that_was_bought_later_says_when(self, bench: Bench) -> None:
        since = fill(bench, orders=30, checkouts=40)
        events = all_events(bench, PastKind.CARTS, since)
        carts = [event.cart for event in events if isinstance(event, CartChanged)]
        done = {c.external_id: c.completed_at for c in carts if c.completed_at}
        kept = {one["id"]: one["completed_at"] for one in shelf(bench).all("cart")}
        assert {name: at.isoformat() for name, at in done.items()} == {
            name: kept[name] for name in done
        }
        assert 0 < len(done) < len(carts)
        assert all(cart.recovery_url and cart.listed for cart in carts)

    def test_all_that_people_ever_bought_is_told(self, bench: Bench) -> None:
        since = fill(bench, customers=10, orders=60)
        for event in all_events(bench, PastKind.CUSTOMERS, since):
            if isinstance(event, ContactChanged):
                card = bench.platform.customer(event.person.customer_id, "")
                assert card is not None
                told = (event.orders_count, event.total_spent, event.tags)
                assert told == (card.orders_count, card.total_spent, card.tags)

    def test_an_export_that_is_being_written_is_waited_for(self, bench: Bench) -> None:
        since = fill(bench, orders=5)
        bench.do("faults", bulk_s=0.5)
        begun = bench.platform.past(PastKind.ORDERS, since, "")
        waiting = bench.platform.past(PastKind.ORDERS, since, begun.cursor)
        assert (waiting.read, waiting.events, waiting.cursor) == (0, (), begun.cursor)
        with pytest.raises(NotSent):  # it is one at a time
            bench.platform.past(PastKind.CUSTOMERS, since, "")
        assert placed(list(next_slice(bench, PastKind.ORDERS, since, begun.cursor).events))

    def test_an_export_that_fails_is_begun_anew_but_not_for_ever(self, bench: Bench) -> None:
        since = fill(bench, orders=5)
        bench.do("faults", bulk_fail=2)
        assert placed(all_events(bench, PastKind.ORDERS, since)) == self.bought(bench)
        bench.do("faults", bulk_fail=3)
        with pytest.raises(Refused, match="3 exports came to nothing"):
            all_events(bench, PastKind.ORDERS, since)

    @pytest.mark.parametrize("cursor", ["123456:77:0:1", "nonsense", "x:1:1:1", "1:-1:0:1"])
    def test_an_export_that_nobody_knows_is_begun_anew(self, bench: Bench, cursor: str) -> None:
        since = fill(bench, orders=5)
        found = next_slice(bench, PastKind.ORDERS, since, cursor)
        assert placed(list(found.events)) == self.bought(bench)

    def test_what_the_app_may_not_see_is_refused_in_words(self, bench: Bench) -> None:
        since = fill(bench, orders=5, checkouts=5)
        bench.do("scopes", granted=["read_products"])
        assert all_slices(bench, PastKind.PRODUCTS, since)
        for kind, words in (
            (PastKind.CUSTOMERS, "customers"),
            (PastKind.ORDERS, "orders"),
            (PastKind.CARTS, "abandoned checkouts"),
        ):
            with pytest.raises(Refused, match=f"read the shop's {words}: give it the permission"):
                all_slices(bench, kind, since)

    @pytest.mark.parametrize("how", ["denied", "refused"])
    def test_a_shop_that_keeps_its_links_back_still_tells_its_checkouts(
        self, bench: Bench, how: str
    ) -> None:
        since = fill(bench, orders=5, checkouts=20)
        bench.do("recovery_url", api=how)
        events = all_events(bench, PastKind.CARTS, since)
        assert left(events) == self.left(bench)
        assert {e.cart.recovery_url for e in events if isinstance(e, CartChanged)} == {""}

    @pytest.mark.parametrize("kind", [PastKind.ORDERS, PastKind.CARTS])
    def test_no_more_than_60_days_are_asked_for(self, bench: Bench, kind: PastKind) -> None:
        """Of older orders the app sees none: their carts would look lost."""
        now = bench.store.clock.now()
        bench.do("history", days=300, orders=60, checkouts=60, customers=5, seed=3)
        told = all_events(bench, kind, now - timedelta(days=300))
        assert told == all_events(bench, kind, now - timedelta(days=60))
        assert 0 < len(told) < 60
