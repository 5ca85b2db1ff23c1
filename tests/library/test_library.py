"""The flow library: every flow goes as in its picture, is sound, and has all its words."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from connector.domain.flows import TriggerKind, dump, read_text
from connector.domain.flows.checks import problems
from connector.domain.flows.fits import sends
from connector.domain.flows.flow import CART_TRIGGERS
from connector.rendering import preview
from jobs.flow_means import product
from tests.library import carts, orders
from tests.library.pictures import Picture
from tests.library.walk import LIBRARY, library, walk

PICTURES = [*carts.PICTURES, *orders.PICTURES]
KEYS = sorted(path.stem for path in LIBRARY.glob("*.yaml"))
TEXTS = preview()

# What a flow is warned of on purpose: the reference asks for it.
MANY = "the cap is"
US_ONCE = "numbers in the US get one text a cart"
NO_PLAN_B = "who has had her share of offers gets no message"
WARNED = {
    "activecampaign": {MANY},
    "cart-recovery": {NO_PLAN_B},
    "ladder": {MANY},
    "mailchimp-series": {MANY},
    "smsbump": {MANY, US_ONCE},
    "smsbump-segments": {MANY, US_ONCE},
    "two-weeks": {US_ONCE},
    "win-back": {NO_PLAN_B},
}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda one: f"{one.flow}: {one.title}")
def test_a_flow_goes_as_in_its_picture(picture: Picture) -> None:
    assert walk(picture) == picture.lines


def test_every_flow_has_a_picture() -> None:
    assert set(KEYS) == {picture.flow for picture in PICTURES} | {"cart-ab-test"}
    assert len(KEYS) >= 12


@pytest.mark.parametrize("kind", sorted(CART_TRIGGERS))
def test_the_first_flow_takes_every_kind_of_cart(kind: TriggerKind) -> None:
    for picture in carts.RECOVERY:
        assert walk(replace(picture, begins=kind)) == picture.lines


@pytest.mark.parametrize("key", KEYS)
def test_a_flow_is_sound(key: str) -> None:
    flow = library(key)
    assert flow.key == key
    assert flow.text.about
    found = problems(flow, replace(product(), currency="USD"))
    assert not [str(one) for one in found if not one.warning]
    known = WARNED.get(key, set())
    said = {next((one for one in known if one in problem.what), problem.what) for problem in found}
    assert said == known


def test_the_high_value_flow_is_refused_where_500_means_something_else() -> None:
    found = problems(library("smsbump"), replace(product(), currency="KRW"))
    assert [one.place for one in found if not one.warning] == [
        "steps[1].if.where.total_spent.at_least"
    ]


@pytest.mark.parametrize("key", KEYS)
def test_a_flow_survives_being_written_down(key: str) -> None:
    flow = library(key)
    assert read_text(dump(flow)).text == flow.text


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_flow_has_all_its_words(key: str, language: str) -> None:
    for _, send in sends(library(key)):
        words = [send.template, *([send.offer.otherwise] if send.offer else [])]
        for medium in send.media:
            wanted = {f"{medium}/{word}.{language}" for word in words if word}
            assert wanted <= TEXTS.keys()


class TestTheExperiment:
    PICTURE = Picture("cart-ab-test", "four days", "9 June 14:00", "")
    PEOPLE = [str(number) for number in range(800)]

    def test_everybody_gets_one_of_each_and_always_the_same(self) -> None:
        for person in self.PEOPLE[:50]:
            first, second = walk(self.PICTURE, person)
            assert first.split()[:3] in (["9", "June", "15:00"], ["9", "June", "18:00"])
            assert first.endswith(("email reminder", "email reminder_smile"))
            assert second.endswith(("email offer 5 %, 48 h", "email offer 10 %, 48 h"))
            assert walk(self.PICTURE, person) == [first, second]

    def test_the_three_questions_are_drawn_apart_in_equal_shares(self) -> None:
        ways = Counter(tuple(walk(self.PICTURE, person)) for person in self.PEOPLE)
        assert len(ways) == 8
        assert all(70 <= count <= 135 for count in ways.values())
