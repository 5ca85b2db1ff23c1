"""Codes that are taken away: unused ones deleted, used ones stopped, each by its own call."""

from __future__ import annotations

from typing import Any

import pytest

from connector.errors import NotSent, OutcomeUnknown
from connector.ports.platform import Retired
from platforms.shopify.adapter import Shopify
from tests.platforms.test_shopify_abandoned import api
from tests.platforms.test_shopify_query import OSCAR

ONE, TWO, THREE = (f"gid://shopify/DiscountCodeNode/{n}" for n in (1, 2, 3))


def node(platform_id: str, uses: int = 0, status: str = "ACTIVE") -> dict[str, Any]:
    return {"id": platform_id, "codeDiscount": {"status": status, "asyncUsageCount": uses}}


def standing(*nodes: Any) -> dict[str, Any]:
    return {"data": {"nodes": list(nodes)}}


def did(name: str, *problems: str) -> dict[str, Any]:
    return {"data": {name: {"userErrors": [{"message": text} for text in problems]}}}


def test_each_goes_as_it_may() -> None:
    found = standing(node(ONE), node(TWO, 1), None)
    with api(found, did("discountCodeDelete"), did("discountCodeDeactivate")) as made:
        results = Shopify(OSCAR).retire_discounts([ONE, TWO, THREE])
    assert results == [Retired(ONE), Retired(TWO, used=True), Retired(THREE)]
    assert [asked["operationName"] for asked in made.asked] == [
        "CodesUse",
        "CodeDelete",
        "CodeDeactivate",
    ]


def test_a_used_code_whose_time_is_over_needs_nothing() -> None:
    with api(standing(node(ONE, 1, "EXPIRED"))) as made:
        assert Shopify(OSCAR).retire_discounts([ONE]) == [Retired(ONE, used=True)]
    assert len(made.asked) == 1


@pytest.mark.parametrize("uses", [0, 1])
def test_one_that_is_refused_says_why_and_stops_no_other(uses: int) -> None:
    name = "discountCodeDeactivate" if uses else "discountCodeDelete"
    found = standing(node(ONE, uses), node(TWO))
    with api(found, did(name, "locked"), did("discountCodeDelete")):
        results = Shopify(OSCAR).retire_discounts([ONE, TWO])
    assert results == [Retired(ONE, error="locked"), Retired(TWO)]


def test_a_deletion_that_may_have_happened_is_no_lie() -> None:
    odd = {"data": {"discountCodeDelete": 7}}
    with api(standing(node(ONE)), odd), pytest.raises(OutcomeUnknown):
        Shopify(OSCAR).retire_discounts([ONE])
    with api({"data": {"nodes": 7}}), pytest.raises(NotSent):
        Shopify(OSCAR).retire_discounts([ONE])
