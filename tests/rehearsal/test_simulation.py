"""Thirty days of twelve shops, over a clock change, with everything that goes wrong."""

from __future__ import annotations

import pytest

from connector.rehearsal.simulation import MARCH, OCTOBER, run
from connector.rehearsal.vendors import Wayward


def test_two_thousand_carts_break_no_rule_and_leave_the_same_log_each_time() -> None:
    first = run(2000, seed=1)
    assert first.carts == 2000
    assert first.accepted > 1000
    assert first.messages["unknown"] > 0
    assert first.runs["held_out"] > 0
    assert first.codes > 0
    assert run(2000, seed=1).log_hash == first.log_hash


@pytest.mark.parametrize("seed", [2, 3])
def test_a_spring_with_both_clock_changes_of_the_north(seed: int) -> None:
    assert run(600, seed, MARCH).carts == 600


def test_another_seed_is_another_story() -> None:
    assert run(60, seed=1).log_hash != run(60, seed=2).log_hash


def test_watching_changes_nothing() -> None:
    assert run(120, seed=5, watch=False).log_hash == run(120, seed=5).log_hash


def test_progress_is_told_shop_by_shop() -> None:
    heard: list[int] = []
    run(25, seed=1, days=2, progress=heard.append)
    assert sum(heard) == 25
    assert len(heard) == 12


def test_vendors_fail_as_often_as_they_do_in_life() -> None:
    vendor = Wayward(seed=1)
    fates = [str(vendor.answer(f"m{number}", 1, OCTOBER).fate) for number in range(4000)]
    assert 60 <= fates.count("unknown") <= 100  # 2 %
    assert fates.count("accepted") > 3800
