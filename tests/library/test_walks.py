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


def told_as_checkouts(pictures: list[Picture]) -> list[Picture]:
    """The same stories of people who had begun the checkout, which every platform tells."""
    return [
        replace(one, begins=TriggerKind.CHECKOUT_ABANDONED, title=f"{one.title} (checkout)")
        for one in pictures
        if one.begins is TriggerKind.CART_ABANDONED
    ]


def of_every_kind(pictures: list[Picture]) -> list[Picture]:
    """The same stories of every other kind of cart that the flow takes."""
    others = sorted(CART_TRIGGERS - {TriggerKind.CHECKOUT_ABANDONED})
    return [replace(p, begins=k, title=f"{p.title} ({k})") for p in pictures for k in others]


def on_both_platforms() -> list[Any]:
    """Each picture in a shop of each platform; what a platform never tells is skipped by name."""
    pictures = [
        *carts.PICTURES,
        *orders.PICTURES,
        *told_as_checkouts(carts.PICTURES),
        *of_every_kind(carts.RECOVERY),
    ]
    return [_walked(kind, picture) for picture in pictures for kind in SHOPS]


def _walked(kind: str, picture: Picture) -> Any:
    reason = SHOPS[kind].cannot.get(picture.begins, "")
    marks = [pytest.mark.skip(reason=reason)] if reason else []
    return pytest.param(
        kind, picture, marks=marks, id=f"{kind}: {picture.flow}: {picture.title}"
    )


@pytest.mark.parametrize(("kind", "picture"), on_both_platforms())
def test_a_flow_goes_as_in_its_picture(town: Town, kind: str, picture: Picture) -> None:
    assert walk_in(town, kind, picture).through() == picture.lines
