"""The same crowd in memory and on PostgreSQL: both must come to the very same.

Each cart takes some 230 statements; the 10,000 of `make campaign` do not fit here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from connector.cli.campaign import twin
from connector.cli.campaign.twin.verdict import Played, Verdict
from connector.embedded import Servers

_CARTS = 240  # twenty a shop
_SEED = 7
_SCENE = Played(
    name="berlin",
    carts=2,
    events=5,
    memory=["cart\tc1\tlost", "cart\tc2\tordered"],
    tables=["cart\tc1\tlost", "cart\tc2\tordered"],
    broken=[],
    done=Counter(event=5),
    memory_s=0.1,
    tables_s=1.0,
)


def test_what_is_decided_on_postgresql_is_what_the_rehearsal_decided(servers: Servers) -> None:
    verdict = twin.run(_CARTS, _SEED, servers)
    assert verdict.broken() == []
    assert verdict.memory_hash == verdict.pg_hash
    assert verdict.carts == _CARTS
    assert verdict.done["sends"] > _CARTS
    assert verdict.done["report"] > 0
    assert verdict.done["doubt"] > 0


def test_a_line_that_only_one_side_has_is_shown() -> None:
    late = replace(_SCENE, tables=["cart\tc1\tlost", "cart\tc2\trecovered"])
    verdict = Verdict.of(1, [late])
    assert verdict.memory_hash != verdict.pg_hash
    assert verdict.broken() == [
        "memory and tables differ in 2 lines",
        "berlin - cart\tc2\tordered",
        "berlin + cart\tc2\trecovered",
    ]


def test_a_line_too_many_is_a_difference_too() -> None:
    doubled = replace(_SCENE, tables=[*_SCENE.tables, _SCENE.tables[-1]])
    verdict = Verdict.of(1, [doubled])
    assert verdict.memory_hash != verdict.pg_hash
    assert verdict.differences == ["berlin + cart\tc2\tordered"]


def test_the_order_in_which_scenes_end_changes_nothing() -> None:
    other = replace(_SCENE, name="tokyo", memory=["cart\tc3\tlost"], tables=["cart\tc3\tlost"])
    one, two = Verdict.of(1, [_SCENE, other]), Verdict.of(1, [other, _SCENE])
    assert one.memory_hash == two.memory_hash == one.pg_hash
    assert not one.broken()
    assert one.carts == 4


def test_what_was_broken_on_the_way_is_told_though_the_logs_agree() -> None:
    broken = replace(_SCENE, broken=["nothing in barred hours: a message"])
    assert Verdict.of(1, [broken]).broken() == ["berlin: nothing in barred hours: a message"]
