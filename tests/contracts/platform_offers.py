"""What every store platform must do with codes: each kind made, found, used and refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import requests

from connector.domain.carts import CartLine
from connector.domain.discounts import DiscountTerms, OfferKind
from connector.domain.money import Money
from connector.errors import CodeTaken, Refused
from tests.contracts.bench import Bench, OnBench, terms

NOTHING = Decimal(0)


def price(bench: Bench, number: int = 0) -> Money:
    """What the store's first product costs, or another one."""
    amount = bench.state()["products"][number]["price"]
    return Money.parse(amount, bench.platform.account.currency)


def fixed(bench: Bench, **changes: Any) -> DiscountTerms:
    """A tenth of the first product's price off."""
    amount = Money(bench.platform.account.currency, price(bench).minor // 10)
    return terms("BACK-FIXED", kind=OfferKind.FIXED, percent=NOTHING, amount=amount, **changes)


def free_shipping(**changes: Any) -> DiscountTerms:
    return terms("BACK-SHIP", kind=OfferKind.FREE_SHIPPING, percent=NOTHING, **changes)


def one_of(bench: Bench, kind: OfferKind) -> DiscountTerms:
    made = {OfferKind.FIXED: fixed(bench), OfferKind.FREE_SHIPPING: free_shipping()}
    return made.get(kind, terms())


def paid(bench: Bench, told: dict[str, Any]) -> Money:
    return Money.parse(told["total"], bench.platform.account.currency)


def items(bench: Bench, *numbers: int) -> list[dict[str, Any]]:
    """One piece of each of these products of the store."""
    known = bench.state()["products"]
    return [{"variant_id": known[number]["variant_id"], "quantity": 1} for number in numbers]


def stranger(bench: Bench) -> int:
    """The first product that shares no collection with the store's first one."""
    first, *others = bench.state()["products"]
    apart = (set(one["collections"]).isdisjoint(first["collections"]) for one in others)
    return 1 + list(apart).index(True)


class OffersContract(OnBench):
    """Codes, against the sandbox, as a shopper uses them."""

    @pytest.mark.parametrize("kind", OfferKind)
    def test_a_code_of_each_kind_is_made_found_and_taken(
        self, bench: Bench, kind: OfferKind
    ) -> None:
        wanted = one_of(bench, kind)
        made = bench.platform.create_discount(wanted)
        assert bench.platform.find_discount(wanted.code.lower()) == made
        assert (made.reference, made.expires_at) == (wanted.reference, wanted.expires_at)
        with pytest.raises(CodeTaken):
            bench.platform.create_discount(wanted)

    def test_a_fixed_amount_comes_off_once(self, bench: Bench) -> None:
        wanted = fixed(bench)
        bench.platform.create_discount(wanted)
        told = bench.order(bench.cart(), code=wanted.code)
        assert told["code_accepted"]
        assert wanted.amount is not None
        assert paid(bench, told) == price(bench) * 2 - wanted.amount

    def test_free_shipping_takes_the_shipping_off(self, bench: Bench) -> None:
        rate = price(bench)
        bench.do("shipping", price=str(rate.amount))
        bench.platform.create_discount(free_shipping())
        without = bench.order(bench.cart())
        with_code = bench.order(bench.cart(), code=free_shipping().code)
        assert paid(bench, without) == price(bench) * 2 + rate
        assert paid(bench, with_code) == price(bench) * 2

    def test_free_shipping_and_five_percent_are_used_together(self, bench: Bench) -> None:
        """One tap on the link: the cart with both codes, to be paid as it is."""
        bench.do("shipping", price=str(price(bench).amount))
        pair = (free_shipping(combines=True), terms(combines=True))
        for wanted in pair:
            bench.platform.create_discount(wanted)
        told = self.follow(bench, [wanted.code for wanted in pair])
        assert sorted(code.upper() for code in told["codes"]) == sorted(one.code for one in pair)
        assert told["code_accepted"]
        assert paid(bench, told) == Money(price(bench).currency, price(bench).minor * 95 // 100)

    def follow(self, bench: Bench, codes: list[str]) -> dict[str, Any]:
        """She taps a link with one piece of the first product, and pays."""
        known = bench.state()["products"][0]
        line = CartLine(known["id"], known["variant_id"], "Goods", 1, price(bench))
        link = bench.platform.cart_link([line], codes)
        assert bench.platform.owns_url(link)
        cart = self.open(bench, link).headers["X-Sandbox-Cart"]
        bench.do(f"carts/{cart}", email="ana@example.com")
        return bench.order(cart)

    def open(self, bench: Bench, link: str) -> requests.Response:
        """What her browser shows."""
        return requests.get(link, timeout=10)

    def test_two_codes_that_were_not_made_for_it_do_not_go_together(self, bench: Bench) -> None:
        bench.platform.create_discount(terms())
        bench.platform.create_discount(free_shipping())
        told = bench.order(bench.cart(), code=f"{terms().code},{free_shipping().code}")
        assert [code.upper() for code in told["codes"]] == [terms().code]
        assert not told["code_accepted"]
        assert told["code_reason"]

    def test_a_link_without_codes_leaves_the_price_as_it_is(self, bench: Bench) -> None:
        assert paid(bench, self.follow(bench, [])) == price(bench)

    def test_below_the_minimum_a_code_is_refused(self, bench: Bench) -> None:
        least = price(bench) * 2
        bench.platform.create_discount(terms(minimum=least))
        below = bench.order(bench.cart(items=items(bench, 0)), code=terms().code)
        assert (below["code_accepted"], paid(bench, below)) == (False, price(bench))
        assert below["code_reason"]
        assert bench.order(bench.cart(), code=terms().code)["code_accepted"]

    @pytest.mark.parametrize("limit", ["product_ids", "collection_ids"])
    def test_a_code_for_some_goods_leaves_the_others_alone(self, bench: Bench, limit: str) -> None:
        first, other = bench.state()["products"][0], stranger(bench)
        named = {"product_ids": (first["id"],), "collection_ids": tuple(first["collections"])}
        ten: dict[str, Any] = {"percent": Decimal(10), limit: named[limit]}
        bench.platform.create_discount(terms(**ten))
        refused = bench.order(bench.cart(items=items(bench, other)), code=terms().code)
        assert (refused["code_accepted"], refused["codes"]) == (False, [])
        told = bench.order(bench.cart(items=items(bench, 0, other)), code=terms().code)
        tenth = Money(price(bench).currency, price(bench).minor // 10)
        assert paid(bench, told) == price(bench) + price(bench, other) - tenth

    def test_a_product_tells_its_collections(self, bench: Bench) -> None:
        first = bench.state()["products"][0]
        (card,) = bench.platform.products([first["id"]])
        assert list(card.collections) == first["collections"] != []

    # ------------------------------------------------------------ refusals

    @pytest.mark.parametrize("unknown", ["999999999", "no id", "-1", ""])
    @pytest.mark.parametrize("limit", ["product_ids", "collection_ids"])
    def test_goods_that_the_store_has_not_are_refused(
        self, bench: Bench, limit: str, unknown: str
    ) -> None:
        named: dict[str, Any] = {limit: (unknown,)}
        with pytest.raises(Refused):
            bench.platform.create_discount(terms(**named))
        assert bench.state()["codes"] == []

    def test_another_currency_than_the_stores_is_refused(self, bench: Bench) -> None:
        odd = Money("ISK", 500)
        for wanted in (fixed(bench, minimum=odd), terms(minimum=odd), free_shipping(minimum=odd)):
            with pytest.raises(Refused, match=bench.platform.account.currency):
                bench.platform.create_discount(wanted)
        with pytest.raises(Refused):
            bench.platform.create_discount(terms(kind=OfferKind.FIXED, amount=odd))
        assert bench.state()["codes"] == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"percent": Decimal(101)},
            {"percent": NOTHING},
            {"kind": OfferKind.FIXED},
            {"kind": OfferKind.FIXED, "amount": Money("USD", 0)},
            {"product_ids": ("1",), "collection_ids": ("2",)},
        ],
    )
    def test_terms_that_make_no_sense_are_refused(
        self, bench: Bench, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(Refused):
            bench.platform.create_discount(terms(**changes))
        assert bench.state()["codes"] == []
