"""How many parts a text has, and how long a Korean one is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.texts import KOREAN_LMS_BYTES, KOREAN_SMS_BYTES, korean_bytes, segments


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),  # two places each
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # the sign is not cut in two: 152, 154, 1
        ("a" * 151 + "€" + "a" * 153, 2),
        ("é" * 160, 1),  # in the alphabet
        ("ê" * 70, 1),  # not in it
        ("a" * 160 + "’", 3),  # one curly quote and all count as UCS-2
        ("가" * 70, 1),
        ("가" * 71, 2),
        ("가" * 134, 2),
        ("가" * 135, 3),
        ("🛒" * 35, 1),  # two units each
        ("🛒" * 36, 2),
        ("🛒" * 66, 2),  # 33 fit into 67 units: no half of one
        ("🛒" * 67, 3),
    ],
)
def test_parts_are_counted_as_carriers_bill_them(text: str, parts: int) -> None:
    assert segments(text) == parts


@given(st.text(max_size=400), st.text(max_size=400))
def test_more_text_is_never_fewer_parts(first: str, more: str) -> None:
    assert segments(first) <= segments(first + more) <= max(1, len((first + more).encode()))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("abc 1", 5),
        ("장바구니", 8),
        ("(광고) 미나", 11),
        ("₩5", 3),
        ("똠", 2),
        ("🛒", 4),
    ],
)
def test_hangul_takes_two_bytes(text: str, length: int) -> None:
    assert korean_bytes(text) == length


def test_45_syllables_are_a_short_text() -> None:
    assert korean_bytes("가" * 45) == KOREAN_SMS_BYTES
    assert korean_bytes("가" * 1000) == KOREAN_LMS_BYTES
