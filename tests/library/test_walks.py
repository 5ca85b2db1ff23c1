"""The pictures once more, through the whole service: sandbox shops, real adapters, PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
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
        pictures += begun_with(kind, carts.RECOVERY)
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
