"""Machines are kept out, shoppers are not: labelled traffic, and both error rates."""

from __future__ import annotations

import pytest

from connector.domain.bots import BOT, MOST_CARTS, Signs, kept_out

MACHINES = [
    Signs("john.smith.4711@storebotmail.joonix.net"),
    Signs("JohnSmith@Joonix.net"),
    Signs("noreply@shop.example"),
    Signs("No-Reply+7@shop.example"),
    Signs("googlebot@mail.example"),
    Signs("postmaster@mail.example"),
    Signs("jane@mail.example", MOST_CARTS + 1),
]
SHOPPERS = [
    Signs("ana@example.com", 1),
    Signs("abbott@mail.example", 3),  # holds "bot"
    Signs("spiderman77@mail.example", 1),
    Signs("robot.reply@mail.example", 1),
    Signs("norepleigh@mail.example", 1),
    Signs("jane@mail.example", MOST_CARTS),
    Signs("x@notjoonix.net", 1),
    Signs("", 0),
    Signs("민아@example.kr", 2),
]


@pytest.mark.parametrize("signs", MACHINES)
def test_machines_are_kept_out_with_the_reason(signs: Signs) -> None:
    assert kept_out(signs).startswith(f"{BOT}: ")


@pytest.mark.parametrize("signs", SHOPPERS)
def test_shoppers_are_let_in(signs: Signs) -> None:
    assert kept_out(signs) == ""
