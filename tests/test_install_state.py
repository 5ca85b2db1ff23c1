"""The signed state of an installation: what we signed, whole, and nothing else."""

from __future__ import annotations

import pytest

from connector.errors import ConfigError
from connector.install_state import Pending, States, browser_hash

OLD, NEW = "an-old-key-that-is-long-enough-to-count", "a-new-key-that-is-long-enough-to-count"
PENDING = Pending("shopify", "oscars.myshopify.com", browser_hash("key"), 1_800_000_000, 7)


def test_what_was_signed_is_read() -> None:
    states = States([NEW])
    assert states.read(states.sign(PENDING)) == PENDING


def test_two_states_are_never_the_same() -> None:
    other = Pending("shopify", "oscars.myshopify.com", browser_hash("key"), 1_800_000_000, 7)
    assert other.nonce != PENDING.nonce
    assert len(PENDING.nonce) == 43


def test_a_rotated_key_is_believed_until_it_is_gone() -> None:
    signed = States([OLD]).sign(PENDING)
    assert States([NEW, OLD]).read(signed) == PENDING
    assert States([NEW]).read(signed) is None
    assert States([OLD]).read(States([NEW, OLD]).sign(PENDING)) is None


def test_no_letter_of_it_may_be_changed() -> None:
    states = States([NEW])
    signed = states.sign(PENDING)
    body = signed.index(".")
    for place in range(body):
        other = "A" if signed[place] != "A" else "B"
        assert states.read(signed[:place] + other + signed[place + 1 :]) is None


@pytest.mark.parametrize(
    "text", ["", ".", "x", "x.y", "a" * 5000, "é.é", ".." * 9, "e30.e30", "W10.W10", "\x00.\x00"]
)
def test_junk_is_nothing(text: str) -> None:
    assert States([NEW]).read(text) is None


def test_a_key_is_needed() -> None:
    with pytest.raises(ConfigError):
        States([])
