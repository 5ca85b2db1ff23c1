"""Which passwords are refused, and that looking at one never takes long."""

from __future__ import annotations

import time

import pytest

from connector.domain.merchants import LONGEST, address_key, clean_address, password_problem

EMAIL = "mina.smith@minas-ceramics.example"


@pytest.mark.parametrize(
    "password",
    [
        "password123",
        "Passw0rd!2026",
        "p@ssword!!",
        "qwertyuiop",
        "poiuytrewq",
        "1234567890",
        "0987654321",
        "12345678910",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "minaminamina",
        "mina-smith-2026",
        "Cartwright2026!",
        "changeme!!!!",
        "letmein letmein",
    ],
)
def test_what_many_people_use_is_refused(password: str) -> None:
    assert "Many people" in password_problem(password, EMAIL)


@pytest.mark.parametrize(
    "password",
    [
        "three blue herons walk",
        "correct horse battery",
        "x9!kkd73jf0",
        "가나다라마바사아자차",
        "the password of mina is long",
        "a" + "bcdefg hij klm" * 14,
    ],
)
def test_what_is_hers_alone_is_taken(password: str) -> None:
    assert password_problem(password, EMAIL) == ""


def test_too_short_and_too_long_say_how_long() -> None:
    assert "10 characters or more" in password_problem("ninechars", EMAIL)
    assert "200 characters at most" in password_problem("ab cd ef gh " * 17, EMAIL)


@pytest.mark.parametrize(
    "text",
    ["", "mina", "mina@", "mína@minas.example", "mina@mínas.example", "a@b.c\x00", "a b@c.de"],
)
def test_what_is_no_address(text: str) -> None:
    assert clean_address(text) == ""


def test_two_spellings_of_one_address() -> None:
    assert address_key(clean_address(" Mina@Minas.example ")) == "mina@minas.example"
    assert address_key("mina+a@x.example") != address_key("mina+b@x.example")


def test_no_password_takes_long_to_judge() -> None:
    pieces = ("mina", "mina1", "password", "1", "a1", "smith-", "x", "minasmith9")
    begun = time.perf_counter()
    for piece in pieces:
        password_problem((piece * LONGEST)[: LONGEST - 4] + "zzzz", EMAIL)
    assert time.perf_counter() - begun < 0.2
