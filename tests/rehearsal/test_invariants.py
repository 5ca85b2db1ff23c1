"""Every invariant sees the bug that it is there for."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import msgspec
import pytest

from connector.domain.settings import Texts
from connector.ports.channel import Repeat
from connector.ports.events import CartChanged, ErasureAsked
from connector.rehearsal.crowd import Scene, scenes
from connector.rehearsal.engine import Engine
from connector.rehearsal.invariants import Violated
from connector.rehearsal.news import SettingsEdited, Told
from connector.rehearsal.simulation import OCTOBER, play
from connector.rehearsal.vendors import Vendor, Wayward
from tests.rehearsal.bugs import PLANTED, Planted
from tests.rehearsal.cast import HOUR, MINA, MINUTE, NOON, OSCAR, agreed, cart, left, ordered

SEED = 4
BY_KEY = {"email": Repeat.LOOK_UP, "sms": Repeat.NEVER}
DEAR = Texts(price={"*": 1.0}, month_cap=12.0)  # the month's cap is soon used up

RARE = (
    # Oscar is forgotten between his cart and what was to be written about it,
    agreed(OSCAR, NOON - HOUR, "email"),
    left(OSCAR, NOON, "his"),
    Told(NOON + 40 * MINUTE, ErasureAsked(OSCAR, ())),
    # and of Mina's cart there is late news, after its order.
    left(MINA, NOON, "hers"),
    ordered(MINA, NOON + HOUR, "#hers", "hers"),
    Told(NOON + 2 * HOUR, CartChanged(cart(MINA, NOON + MINUTE, "hers"))),
)


@cache
def shops() -> list[Scene]:
    shops_there_are = scenes(3600, SEED, OCTOBER, 30)
    first, second, third = (poor(next(shops_there_are)) for _ in range(3))
    return [
        replace(first, story=sorted([*first.story, *RARE], key=lambda one: one.at)),
        second,
        third,
    ]


def poor(scene: Scene) -> Scene:
    story = [one for one in scene.story if not isinstance(one.event, SettingsEdited)]
    settings = msgspec.structs.replace(scene.settings, texts=DEAR)
    return replace(scene, settings=settings, story=story)


def play_all(engine: type[Engine], vendor: type[Vendor]) -> None:
    for scene in shops():
        play(scene, vendor(repeat=BY_KEY), OCTOBER, made_by=engine)


def test_without_a_bug_nothing_is_seen() -> None:
    play_all(Engine, Wayward)


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.engine.__name__)
def test_a_bug_is_seen(bug: Planted) -> None:
    with pytest.raises(Violated, match=f"^{bug.invariant}"):
        play_all(bug.engine, bug.vendor)
