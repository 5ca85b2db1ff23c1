"""What every store platform must tell of a customer: her whole life, and only hers."""

from __future__ import annotations

from typing import Any

import pytest

from connector.domain.money import Money
from connector.errors import Disconnected, NotSent, OutcomeUnknown
from connector.ports.platform import CustomerCard
from tests.contracts.bench import ANA, Bench, OnBench


def signs_up(bench: Bench, **changes: object) -> str:
    """Ana makes an account; its id."""
    return str(bench.do("customers", **{**ANA, **changes})["customer"])


def known(bench: Bench, customer: str, email: str = "ana@example.com") -> CustomerCard:
    card = bench.platform.customer(customer, email)
    assert card is not None
    return card


class CustomersContract(OnBench):
    """Customers, against the platform's sandbox."""

    def signed_in(self, customer: str) -> dict[str, object]:
        """What makes a cart hers; nothing where the address that she types does."""
        del customer
        return {}

    def buys(self, bench: Bench, customer: str, **changes: object) -> dict[str, Any]:
        """The owner of an account orders; the service is told nothing."""
        return bench.order(bench.cart(**self.signed_in(customer), **changes), quiet=True)

    def test_all_that_she_ever_bought_is_counted(self, bench: Bench) -> None:
        ana = signs_up(bench)
        totals = [self.buys(bench, ana) for _ in range(3)]
        ben = {"email": "ben@example.com", "phone": ""}
        self.buys(bench, signs_up(bench, **ben), **ben)
        card = known(bench, ana)
        spent = [Money.parse(told["total"], told["currency"]).minor for told in totals]
        assert (card.customer_id, card.orders_count) == (ana, 3)
        assert card.total_spent == Money(bench.platform.account.currency, sum(spent))

    def test_who_bought_nothing_is_known_all_the_same(self, bench: Bench) -> None:
        card = known(bench, signs_up(bench))
        assert card.orders_count == 0
        assert card.total_spent == Money(bench.platform.account.currency, 0)

    def test_a_cancelled_order_is_no_purchase(self, bench: Bench) -> None:
        ana = signs_up(bench)
        kept, gone = (self.buys(bench, ana) for _ in range(2))
        bench.do(f"orders/{gone['order']}/cancel")
        card = known(bench, ana)
        assert card.orders_count == 1
        assert card.total_spent == Money.parse(kept["total"], kept["currency"])

    @pytest.mark.parametrize("customer", ["", "0", "999999999", "1 or 1=1", "../orders", "gid"])
    def test_a_stranger_is_nobody(self, bench: Bench, customer: str) -> None:
        self.buys(bench, signs_up(bench))
        assert bench.platform.customer(customer, "") is None
        assert bench.platform.customer(customer, "stranger@example.com") is None

    def test_her_address_stands_in_no_url(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        ana = signs_up(bench)
        caplog.set_level("DEBUG")
        bench.platform.customer(ana, "ana@example.com")
        bench.platform.customer("", "ana@example.com")
        assert caplog.records
        assert "ana@example.com" not in caplog.text
        assert "ana%40example.com" not in caplog.text

    def test_a_shop_that_cannot_be_asked_says_so(self, bench: Bench) -> None:
        ana = signs_up(bench)
        for fault in ("fail_5xx", "throttle"):
            bench.do("faults", **{fault: 1})
            with pytest.raises((NotSent, OutcomeUnknown)):
                bench.platform.customer(ana, "")
        stranger = type(bench.platform)(self.wrong_credentials(bench.platform.account))
        with pytest.raises(Disconnected):
            stranger.customer(ana, "")
        assert known(bench, ana).orders_count == 0
