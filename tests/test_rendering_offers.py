"""What offers are called in messages, and which messages need one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from connector.ports.channel import Rendered
from connector.rendering import preview, render
from connector.rendering.catalogue import catalogue
from connector.rendering.samples import context

ALL = preview()
FIVE = context("offer", "en")["offer"]
GIFTS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "5% off", "5% 할인"),
    ({"percent": "", "amount": "$5.00"}, "$5.00 off", "$5.00 할인"),
    ({"percent": "", "free_shipping": True}, "free shipping", "무료배송"),
    ({"free_shipping": True}, "free shipping and 5% off", "무료배송 + 5% 할인"),
]


def written(template: str, medium: str, locale: str, offer: dict[str, Any]) -> Rendered:
    return render(template, medium, context(template, locale) | {"offer": offer}, locale)


@pytest.mark.parametrize(("changes", "english", "korean"), GIFTS)
@pytest.mark.parametrize("template", ["offer", "last_hour", "win_back"])
def test_whatever_is_given_is_said(
    template: str, changes: dict[str, Any], english: str, korean: str
) -> None:
    for locale, words in (("en", english), ("ko", korean)):
        rendered = written(template, "email", locale, {**FIVE, **changes})
        assert words in rendered.subject
        assert words in rendered.html
        assert words in rendered.text


@pytest.mark.parametrize(("changes", "english", "korean"), GIFTS)
@pytest.mark.parametrize("template", ["offer", "last_hour"])
def test_a_text_says_it_too(
    template: str, changes: dict[str, Any], english: str, korean: str
) -> None:
    offer = {**FIVE, **changes, "expires": "11/24"}
    assert english in written(template, "sms", "en", offer).text
    in_ninety_bytes = template == "offer" and not changes
    words = "미나상점5% BACK-7KQ2M9XW4T ~11/24" if in_ninety_bytes else korean
    assert words in written(template, "sms", "ko", offer).text


@pytest.mark.parametrize("name", ["email/last_hour", "sms/last_hour"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_two_codes_are_both_shown_and_none_is_promised_to_be_in(name: str, language: str) -> None:
    rendered = ALL[f"{name}.{language}"]
    for code in ("BACK-7KQ2M9XW4T", "BACK-3RNC8VHD6E"):
        assert rendered.text.count(code) == 1
        assert rendered.html.count(code) == name.startswith("email")
    assert "nothing to type" not in rendered.html


def test_one_code_rides_along_with_the_button() -> None:
    assert "nothing to type" in ALL["email/offer.en"].html


@pytest.mark.parametrize(("medium", "says"), [("email", "on orders of"), ("sms", "from")])
def test_the_least_that_must_be_spent_is_said(medium: str, says: str) -> None:
    least = {**FIVE, "minimum": "$50.00"}
    assert f"{says} $50.00" in written("offer", medium, "en", least).text
    assert "$50.00 이상" in written("offer", medium, "ko", least).text
    assert f" {says} $" not in written("offer", medium, "en", FIVE).text


@pytest.mark.parametrize("locale", ["en", "ko"])
@pytest.mark.parametrize("none", [{"offer": None}, {}])
def test_a_win_back_without_an_offer_promises_none(locale: str, none: dict[str, Any]) -> None:
    values = {k: v for k, v in context("win_back", locale).items() if k != "offer"}
    rendered = render("win_back", "email", values | none, locale)
    shown = rendered.subject + rendered.text + rendered.html
    assert not re.search(r"BACK-| off|할인|코드|the code", shown)


def test_the_catalogue_knows_what_makes_no_sense_without_an_offer() -> None:
    offers = {(one.medium, one.name) for one in catalogue() if one.shows_offer}
    needed = {(one.medium, one.name) for one in catalogue() if one.needs_offer}
    assert needed == {(m, t) for m in ("email", "sms") for t in ("offer", "last_hour")}
    assert offers - needed == {("email", "win_back")}
