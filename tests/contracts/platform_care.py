"""What every store platform must do for a store that is looked after."""

from __future__ import annotations

from tests.contracts.bench import Bench, OnBench, terms


class CareContract(OnBench):
    """Codes that are taken away, against the sandbox."""

    def test_a_code_that_nobody_used_is_gone_and_stays_so(self, bench: Bench) -> None:
        made = bench.platform.create_discount(terms())
        kept = bench.platform.create_discount(terms("BACK-KEPT"))
        for _ in range(2):
            (result,) = bench.platform.retire_discounts([made.platform_id])
            assert (result.platform_id, result.used, result.error) == (made.platform_id, False, "")
        assert bench.platform.find_discount(terms().code) is None
        assert bench.platform.find_discount("BACK-KEPT") == kept
        told = bench.order(bench.cart(), code=terms().code)
        assert not told["code_accepted"]

    def test_a_code_that_was_used_stays_in_the_books(self, bench: Bench) -> None:
        made = bench.platform.create_discount(terms())
        unused = bench.platform.create_discount(terms("BACK-UNUSED"))
        assert bench.order(bench.cart(), code=terms().code)["code_accepted"]
        results = bench.platform.retire_discounts([made.platform_id, unused.platform_id])
        assert {one.platform_id: one.used for one in results} == {
            made.platform_id: True,
            unused.platform_id: False,
        }
        assert [one.error for one in results] == ["", ""]
        assert bench.platform.find_discount(terms().code) is not None
        assert not bench.order(bench.cart(), code=terms().code)["code_accepted"]

    def test_a_code_that_somebody_deleted_is_done(self, bench: Bench) -> None:
        made = bench.platform.create_discount(terms())
        bench.platform.retire_discounts([made.platform_id])
        other = bench.platform.create_discount(terms("BACK-OTHER"))
        results = bench.platform.retire_discounts([made.platform_id, other.platform_id])
        assert [one.error for one in results] == ["", ""]
        assert bench.state()["codes"] == []
