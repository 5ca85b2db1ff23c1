"""What every store platform's own calls must do, in good days and bad."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import requests

from connector.domain.money import Money
from connector.errors import CodeTaken, Disconnected, NotSent, OutcomeUnknown, Refused
from connector.ports.events import CartChanged, OrderPlaced
from tests.contracts.bench import Bench, OnBench, terms


class ApiContract(OnBench):
    """Calls to the store, against its sandbox."""

    def test_info_says_who_the_store_is(self, bench: Bench) -> None:
        info = bench.platform.info()
        assert (info.currency, info.timezone) == (
            bench.platform.account.currency,
            bench.platform.account.timezone,
        )
        assert info.name
        assert info.storefront.startswith("http")

    def test_a_code_is_made_once_and_found_in_any_case(self, bench: Bench) -> None:
        wanted = terms()
        assert bench.platform.find_discount(wanted.code) is None
        made = bench.platform.create_discount(wanted)
        found = bench.platform.find_discount(wanted.code.lower())
        assert found is not None
        assert found.platform_id == made.platform_id
        assert found.expires_at == made.expires_at == wanted.expires_at
        assert found.code.upper() == wanted.code
        assert found.reference == wanted.reference
        (code,) = bench.state()["codes"]
        assert Decimal(str(code["percent"])) == Decimal(5)
        assert (code["limit"], code["uses"]) == (1, 0)

    def test_a_taken_code_is_told_apart(self, bench: Bench) -> None:
        bench.platform.create_discount(terms())
        with pytest.raises(CodeTaken):
            bench.platform.create_discount(terms(code=terms().code.lower()))

    def test_a_code_is_good_for_one_order(self, bench: Bench) -> None:
        bench.platform.create_discount(terms())
        code = terms().code
        first = bench.order(bench.cart(), code=code)
        second = bench.order(bench.cart(email="ben@example.com", phone=""), code=code)
        assert (first["code_accepted"], second["code_accepted"]) == (True, False)
        assert second["code_reason"]
        assert Decimal(first["total"]) < Decimal(second["total"])

    def test_orders_since_finds_what_no_webhook_told(self, bench: Bench) -> None:
        since = bench.store.clock.now() - timedelta(minutes=1)
        order = bench.order(bench.cart(), quiet=True)
        (placed,) = bench.platform.orders_since(since)
        assert isinstance(placed, OrderPlaced)
        assert placed.order.external_id == str(order["order"])
        assert placed.order.person.email == "ana@example.com"
        assert placed.order.total == Money.parse(order["total"], order["currency"])
        assert placed.order.cart_tokens

    def test_orders_since_leaves_older_ones_out(self, bench: Bench) -> None:
        bench.order(bench.cart())
        later = bench.store.clock.now() + timedelta(hours=1)
        assert bench.platform.orders_since(later) == []

    def test_orders_since_reads_all_pages_oldest_first(self, bench: Bench) -> None:
        since = bench.store.clock.now() - timedelta(minutes=1)
        for _ in range(self.page_size + 1):
            bench.order(bench.cart(), quiet=True)
        orders = [e.order for e in bench.platform.orders_since(since) if isinstance(e, OrderPlaced)]
        assert len({order.external_id for order in orders}) == self.page_size + 1
        assert [o.source_at for o in orders] == sorted(o.source_at for o in orders)

    def test_products_are_those_that_exist(self, bench: Bench) -> None:
        known = bench.product_id()
        (card,) = bench.platform.products([known, "999999999", "no id"])
        assert card.product_id == known
        assert card.title
        assert card.image_url.startswith("http")
        assert card.product_url.startswith("http")
        assert bench.platform.products([]) == []

    def test_a_cart_link_rebuilds_the_cart_with_its_code(self, bench: Bench) -> None:
        bench.platform.subscribe(bench.catcher.url, bench.secret)
        bench.cart()
        lines = next(e.cart.lines for e in bench.events() if isinstance(e, CartChanged))
        bench.platform.create_discount(terms())
        link = bench.platform.cart_link(lines, [terms().code])
        assert bench.platform.owns_url(link)
        page = requests.get(link, timeout=10)
        assert page.status_code == 200
        assert page.headers["X-Sandbox-Cart"]
        assert lines[0].title in page.text
        assert terms().code in page.text.upper()

    # ------------------------------------------------------------ trouble

    def test_wrong_keys_are_disconnected(self, bench: Bench) -> None:
        stranger = type(bench.platform)(self.wrong_credentials(bench.platform.account))
        with pytest.raises(Disconnected):
            stranger.info()
        with pytest.raises(Disconnected):
            stranger.create_discount(terms())

    def test_a_throttled_call_did_not_happen(self, bench: Bench) -> None:
        bench.do("faults", throttle=1)
        with pytest.raises(NotSent):
            bench.platform.create_discount(terms())
        assert bench.state()["codes"] == []
        bench.platform.create_discount(terms())

    def test_a_failed_look_may_be_repeated(self, bench: Bench) -> None:
        bench.do("faults", fail_5xx=1)
        with pytest.raises((NotSent, OutcomeUnknown)):
            bench.platform.find_discount("X")
        assert bench.platform.find_discount("X") is None

    def test_a_failed_creation_is_unknown(self, bench: Bench) -> None:
        bench.do("faults", fail_5xx=1)
        with pytest.raises(OutcomeUnknown):
            bench.platform.create_discount(terms())

    def test_silence_after_a_creation_is_unknown_and_can_be_looked_up(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CARTWRIGHT_HTTP_TIMEOUT_S", "0.5")
        bench.do("faults", hang_s=1.0)
        with pytest.raises(OutcomeUnknown):
            bench.platform.create_discount(terms())
        monkeypatch.setenv("CARTWRIGHT_HTTP_TIMEOUT_S", "5")
        assert bench.platform.find_discount(terms().code) is not None

    def test_a_store_that_is_away_was_not_reached(self, bench: Bench) -> None:
        bench.store.stop()
        with pytest.raises(NotSent):
            bench.platform.create_discount(terms())
        bench.store = self.start().store

    def test_terms_that_the_store_does_not_accept_are_refused(self, bench: Bench) -> None:
        bench.do("faults", user_error="INVALID")
        with pytest.raises(Refused):
            bench.platform.create_discount(terms())
