"""The pictures once more, through the whole service: sandbox shops, real adapters, PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connector.domain.flows import TriggerKind
from connector.domain.flows.flow import CART_TRIGGERS
from tests.library import carts, orders
from tests.library.pictures import Picture
from tests.library.shops import SHOPS
from tests.library.town import Town
from tests.library.walked import walk_in


def begun_with(kind: TriggerKind, pictures: list[Picture]) -> list[Picture]:
    """The same stories, begun with something else."""
    return [replace(one, begins=kind, title=f"{one.title} ({kind})") for one in pictures]


def on_both_platforms() -> list[Any]:
    """Each picture in a shop of each platform; what a platform never tells is skipped by name."""
    pictures = [*carts.PICTURES, *orders.PICTURES]
    for kind in sorted(CART_TRIGGERS - {TriggerKind.CHECKOUT_ABANDONED}):
        pictures += begun_with(kind, carts.RECOVERY[1:])
    return [_walked(kind, picture) for picture in pictures for kind in SHOPS]


def of_members_at_the_checkout() -> list[Picture]:
    """Carts whose owner Shopify does not know: there the same happens one step later."""
    members = [one for one in carts.PICTURES if one.begins is TriggerKind.CART_ABANDONED]
    return begun_with(TriggerKind.CHECKOUT_ABANDONED, members)


def _walked(kind: str, picture: Picture) -> Any:
    reason = SHOPS[kind].cannot.get(picture.begins, "")
    marks = [pytest.mark.skip(reason=reason)] if reason else []
    return pytest.param(kind, picture, marks=marks, id=f"{kind}: {picture.flow}: {picture.title}")


@pytest.mark.parametrize(("kind", "picture"), on_both_platforms())
def test_a_flow_goes_as_in_its_picture(town: Town, kind: str, picture: Picture) -> None:
    assert walk_in(town, kind, picture).through() == picture.lines


@pytest.mark.parametrize("picture", of_members_at_the_checkout(), ids=lambda one: one.title)
def test_tason_on_shopify_begins_with_the_checkout(town: Town, picture: Picture) -> None:
    assert walk_in(town, "shopify", picture).through() == picture.lines


# ---------------------------------------------------------------- the way back

VALUED = next(one for one in carts.SMSBUMP if one.title == "$500 and 5 orders")


@pytest.mark.parametrize("kind", SHOPS)
def test_free_shipping_and_five_percent_are_two_codes_that_count_together(
    town: Town, kind: str
) -> None:
    walk = walk_in(town, kind, VALUED)
    walk.shop.do("shipping", price="9")
    walk.begin()
    walk.until(VALUED.moment("9 June 15:30"))
    codes = walk.codes[-1]
    assert len(codes) == 2
    assert all(code.lower() in walk.links[-1].lower() for code in codes)  # of one link
    told = walk.buys(code=",".join(codes))
    assert told["code_accepted"]
    assert {code.lower() for code in told["codes"]} == {code.lower() for code in codes}
    assert Decimal(told["shipping"]) == 0
    assert walk.to_the_end()[1:] == ["9 June 15:30 sms thanks"]


@pytest.mark.parametrize("kind", SHOPS)
def test_every_link_leads_into_the_shop(town: Town, kind: str) -> None:
    for picture in (carts.RECOVERY[0], orders.PICTURES[0]):
        walk = walk_in(town, kind, picture)
        walk.through()
        assert len(walk.links) == len(picture.lines)
        assert all(link.startswith(walk.shop.store.url) for link in walk.links)
